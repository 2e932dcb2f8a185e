"""What happens when the primary gives a multi-region key to one more region.

Owns the decision of ReplicateKey. The own log learns that there is one more replica; the shared log carries the
secrets, sealed to the new region and to nobody else, and the settings that the key is born with there.
"""

from collections.abc import Mapping

from shared.decision import Decision, StateView
from shared.errors import AlreadyExists, ValidationFailed
from shared.events import KeyReplicated, MaterialBorn
from shared.keys.commands import RegionalSettings, ReplicateKey
from shared.keys.decide import checked
from shared.keys.decide_primary import primary_key
from shared.keys.decide_sharing import born_settings, require_followed
from shared.keys.lifecycle import require
from shared.keys.lookup import arn_of
from shared.keys.model import Key, KeyMaterial
from shared.keys.replicas_tag import require_no_late_replicas
from shared.keys.sharing import ALIASES, alias_names, is_common
from shared.keys.specs import EXTERNAL


def replicable(command: ReplicateKey, view: StateView) -> Key:
    """The key, if it may be given to the region: asked before its secrets are sealed.

    Errors: NotFound, UnsupportedOperation, KeyDisabled, InvalidKeyState, ValidationFailed, AlreadyExists.
    """
    key = primary_key(view, command.key)
    require("ReplicateKey", key, arn_of(command.key))
    _require_destination(key, command)
    return key


def replicate_key(command: ReplicateKey, view: StateView, sealed: Mapping[str, Mapping[str, bytes]]) -> Decision:
    """`sealed`: material id -> region -> the secret sealed to it, for the new region and every material that travels.

    Errors: those of `replicable` and `require_followed`, MalformedPolicy, LimitExceeded, InvalidTag.
    """
    key = replicable(command, view)
    require_no_late_replicas(command.settings.tags, key.tags)
    replica = command.key._replace(region=command.replica_region)
    require_followed(key, replica, command.settings)
    born = born_settings(key, command.settings)
    settings = checked(born, command.limits, replica, command.author)
    materials = tuple(_born(material) for material in key.materials)
    local = _replicated(key, command, settings, materials)
    shared = local._replace(materials=_addressed(materials, sealed)) if secrets_travel(key) else local
    return Decision((local,), (shared,), answer=key.key_id)


def secrets_travel(key: Key) -> bool:
    """Imported material does not: each region that holds the key imports it for itself."""
    return key.origin != EXTERNAL


def _addressed(
    materials: tuple[MaterialBorn, ...], sealed: Mapping[str, Mapping[str, bytes]]
) -> tuple[MaterialBorn, ...]:
    return tuple(material._replace(sealed=sealed[material.material_id]) for material in materials)


def _require_destination(key: Key, command: ReplicateKey) -> None:
    """Errors: AlreadyExists where the region has the key, ValidationFailed for a region that is no peer."""
    region = command.replica_region
    if region == key.primary_region or region in key.replica_regions:
        raise AlreadyExists(f"Key '{arn_of(command.key._replace(region=region))}' already exists")
    if region not in command.known_regions:
        known = ", ".join(sorted(command.known_regions)) or "none"
        raise ValidationFailed(f"ReplicaRegion {region} is not a region of this deployment. Known regions: {known}.")


def _replicated(
    key: Key, command: ReplicateKey, settings: RegionalSettings, materials: tuple[MaterialBorn, ...]
) -> KeyReplicated:
    return KeyReplicated(
        account=key.account,
        key_id=key.key_id,
        spec=key.spec,
        usage=key.usage,
        origin=key.origin,
        materials=materials,
        primary_region=command.key.region,
        replica_regions=tuple(sorted({*key.replica_regions, command.replica_region})),
        replica_region=command.replica_region,
        description=settings.description,
        policy=settings.policy,
        tags=settings.tags,
        aliases=alias_names(key) if is_common(key, ALIASES) else (),
    )


def _born(material: KeyMaterial) -> MaterialBorn:
    return MaterialBorn(material.material_id, material.born_key_id, material.created_at, id_commits=material.id_commits)
