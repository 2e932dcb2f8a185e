"""What happens when a multi-region key begins with its replicas: by CreateKey, or from a single-region key.

Owns these two decisions. One event makes primary and replicas, so that there are all of them or none; the own log holds
the material wrapped, the shared log sealed to each region that is to have it. All of them begin with the same settings.
"""

from typing import NamedTuple

from shared.decision import Decision, StateView
from shared.errors import UnsupportedOperation, ValidationFailed
from shared.events import KeyConverted, KeyCreated, KeyFamilyCreated, MaterialBorn
from shared.keys.commands import CreateKey, KeyName
from shared.keys.decide import checked, create_key
from shared.keys.heirs import require_no_heir
from shared.keys.lifecycle import require
from shared.keys.lookup import arn_of, held_key
from shared.keys.model import Key
from shared.keys.multi_region import may_span_regions
from shared.keys.quota import require_room
from shared.keys.replicas_tag import named_regions, require_replicas, unfit_regions


class ConvertKey(NamedTuple):
    """`heir_key_id`: that of the multi-region key that is to have the material. `known_regions`: the peers."""

    key: KeyName
    heir_key_id: str
    replica_regions: tuple[str, ...]
    known_regions: frozenset[str]
    keys_per_account: int


def family_of(command: CreateKey, known_regions: frozenset[str]) -> KeyFamilyCreated:
    """What CreateKey makes where it asks for replicas, without its material: asked before anything is sealed.

    Errors: InvalidTag; those of `checked`, for each replica.
    """
    tags = command.settings.tags
    require_replicas(tags, command.key.region, known_regions, multi_region=command.multi_region)
    regions = tuple(sorted(named_regions(tags)))
    for region in regions:
        checked(command.settings, command.limits, command.key._replace(region=region), command.author)
    return KeyFamilyCreated(
        account=command.key.account,
        key_id=command.key.key_id,
        spec=command.spec,
        usage=command.usage or "",
        origin=command.origin,
        materials=(),
        primary_region=command.key.region,
        replica_regions=regions,
        description=command.settings.description,
        policy=command.settings.policy,
        tags=tuple(sorted(tags)),
    )


def create_family(command: CreateKey, view: StateView, known_regions: frozenset[str]) -> Decision:
    """`command.material`: wrapped, and sealed for each replica. Errors: of `family_of` and of `create_key`."""
    family = family_of(command, known_regions)
    (created,) = create_key(command, view).events
    if not isinstance(created, KeyCreated):
        raise AssertionError("CreateKey creates a key")
    return _born(family._replace(usage=created.usage, materials=created.materials))


def convertible(command: ConvertKey, view: StateView) -> Key:
    """The single-region key, if it may be converted: asked before its secrets are sealed.

    Errors: NotFound, HasHeir, ValidationFailed, UnsupportedOperation, LimitExceeded; those of the key's state.
    """
    key, arn = held_key(view, command.key), arn_of(command.key)
    require("ConvertKey", key, arn)
    if key.is_multi_region:
        raise UnsupportedOperation(f"{arn} is a multi-region key already.")
    if not may_span_regions(key):
        raise UnsupportedOperation(f"{arn} cannot have replicas.")
    require_no_heir(view, key, command.key)
    if refusal := unfit_regions(command.replica_regions, command.key.region, command.known_regions):
        raise ValidationFailed(f"ReplicaRegions: {refusal}")
    require_room(view, key.account, command.keys_per_account)
    return key


def convert_key(command: ConvertKey, view: StateView, materials: tuple[MaterialBorn, ...]) -> Decision:
    """The answer is the id of the multi-region key. `materials`: all of the key's, wrapped, and sealed to each region.

    What opens under the old id opens under the new one, and the other way round until the new key is rotated. The old
    key keeps its material, state, policy, aliases and grants. Errors: those of `convertible`.
    """
    key = convertible(command, view)
    family = KeyFamilyCreated(
        account=key.account,
        key_id=command.heir_key_id,
        spec=key.spec,
        usage=key.usage,
        origin=key.origin,
        materials=materials,
        primary_region=command.key.region,
        replica_regions=tuple(sorted(command.replica_regions)),
        description=key.description,
        policy=key.policy,
        tags=key.tags,
        rotation_period_days=None if key.rotation is None else key.rotation.period_days,
    )
    converted = KeyConverted(key.account, key.key_id, command.heir_key_id)
    born = _born(family)
    return born._replace(events=(*born.events, converted))


def _born(family: KeyFamilyCreated) -> Decision:
    own = tuple(material._replace(sealed=None) for material in family.materials)
    shared = tuple(material._replace(wrapped=None) for material in family.materials)
    return Decision((family._replace(materials=own),), (family._replace(materials=shared),), answer=family.key_id)
