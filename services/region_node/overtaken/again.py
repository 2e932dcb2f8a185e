"""An overtaken change, decided anew at the present primary.

Owns which decision each of them comes to, in one table: the same that a client's request comes to, so that it is
refused for what the request would be refused for. Settings were told as a whole and are made so as a whole; an alias
that somebody has meanwhile given to another key stays with that one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from services.region_node.changes.fresh_material import all_sealed_to, fresh_material
from services.region_node.keys.vault import RegionVault
from services.region_node.requests.quotas import Quotas
from shared import events as e
from shared.aliases.commands import CreateAlias
from shared.aliases.decide import create_alias
from shared.decision import Decision, StateView
from shared.keys import commands, decide
from shared.keys.decide_import import delete_imported_key_material
from shared.keys.decide_primary import update_primary_region
from shared.keys.decide_replica import replicable, replicate_key
from shared.keys.decide_rotation import disable_key_rotation, enable_key_rotation, rotatable, rotate_on_demand
from shared.keys.errors import NotDoneAgain
from shared.keys.in_one_record import Decide
from shared.keys.lookup import held_key
from shared.keys.sharing import ALIASES, POLICY, REPLICATE_TAG, TAGS, alias_names
from shared.keys.specs import EXTERNAL
from shared.policy.document import rendered
from shared.policy.principals import account_root
from shared.policy.question import Principal, PrincipalKind


class Again(NamedTuple):
    """Where and with what. `quotas`: those of a client's request here; `now` is in milliseconds."""

    name: commands.KeyName
    vault: RegionVault
    quotas: Quotas
    now: int


def decisions_of(events: Sequence[e.Event], again: Again) -> list[Decide]:
    """One after the other, for one record.

    Errors: NotDoneAgain for what nobody but a client can do again.
    """
    found = [decision for event in events for decision in _decisions(event, again)]
    if not found:
        raise NotDoneAgain("Of this change it is only known that there was one")
    return found


def _decisions(event: e.Event, again: Again) -> Iterable[Decide]:
    of = _AGAIN.get(type(event))
    if of is None:
        raise NotDoneAgain(f"{type(event).__name__} is not done again")
    decisions: Iterable[Decide] = of(event, again)
    return decisions


def _rotation(event: e.KeyRotated | e.KeyRotationStarted, again: Again) -> list[Decide]:
    """With fresh material: the overtaken one decrypts what it has encrypted, and nothing more.

    The end of a rotation that was under way needs nothing: its beginning is built on, and ended, or done again itself.
    """
    command = commands.RotateKeyOnDemand(again.name, again.now)

    def rotate(view: StateView) -> Decision:
        if not event.materials and held_key(view, again.name).origin != EXTERNAL:
            return Decision(())
        key = rotatable(command, view)
        return rotate_on_demand(
            command, view, None if key.origin == EXTERNAL else fresh_material(again.vault, key, again.now)
        )

    return [rotate]


def _replica(event: e.KeyReplicated, again: Again) -> list[Decide]:
    settings = commands.RegionalSettings(event.description, event.policy, event.tags, bypass_lockout_check=True)
    limits = commands.SettingsLimits(again.quotas.policy_bytes, again.quotas.tags_per_key)
    peers, author = again.vault.peer_regions(), _root(again)
    command = commands.ReplicateKey(again.name, event.replica_region, peers, settings, limits, author)

    def replicate(view: StateView) -> Decision:
        key = replicable(command, view)
        return replicate_key(command, view, all_sealed_to(again.vault, key, event.replica_region))

    return [replicate]


def _settings(event: e.KeySettingsShared, again: Again) -> list[Decide]:
    named, name = event.replicate.split(), again.name
    found: list[Decide] = []
    tags = event.tags if TAGS in named else ((REPLICATE_TAG, event.replicate),) if named else ()
    if POLICY in named:
        text = rendered(event.policy, name.account)
        policy = commands.PutKeyPolicy(name, text, True, _root(again), again.quotas.policy_bytes)
        found.append(lambda view: decide.put_key_policy(policy, view))
    if tags:
        command = commands.TagResource(name, tags, again.quotas.tags_per_key)
        found.append(lambda view: decide.tag_resource(command, view))
    if ALIASES in named:
        found += [_alias(alias, again) for alias in event.aliases]
    return [*found, lambda view: _untagged(view, event, again)]


def _untagged(view: StateView, event: e.KeySettingsShared, again: Again) -> Decision:
    """What the key was not to have any more."""
    named, key = event.replicate.split(), held_key(view, again.name)
    kept = {tag for tag, _ in event.tags} if TAGS in named else {tag for tag, _ in key.tags if tag != REPLICATE_TAG}
    kept |= {REPLICATE_TAG} if named else set()
    gone = tuple(tag for tag, _ in key.tags if tag not in kept)
    return decide.untag_resource(commands.UntagResource(again.name, gone), view) if gone else Decision(())


def _alias(alias: str, again: Again) -> Decide:
    command = CreateAlias(alias, again.name, again.quotas.aliases_per_key)

    def create(view: StateView) -> Decision:
        is_there = alias in alias_names(held_key(view, again.name)) or view.alias(again.name.account, alias) is not None
        return Decision(()) if is_there else create_alias(command, view)

    return create


def _root(again: Again) -> Principal:
    return Principal(PrincipalKind.ROOT, again.name.account, account_root(again.name.account))


def _imported(event: e.KeyMaterialImported, _again: Again) -> list[Decide]:
    material = event.materials[0].material_id
    raise NotDoneAgain(f"Material {material} has to be imported by who has it: ImportKeyMaterial")


_AGAIN: Mapping[type[Any], Callable[[Any, Again], Iterable[Decide]]] = {
    e.KeyReplicated: _replica,
    e.KeyRotated: _rotation,
    e.KeyRotationStarted: _rotation,
    e.KeySettingsShared: _settings,
    e.KeyMaterialImported: _imported,
    e.KeyRotationEnabled: lambda event, again: [
        lambda view: enable_key_rotation(commands.EnableKeyRotation(again.name, event.period_days), view)
    ],
    e.KeyRotationDisabled: lambda _event, again: [
        lambda view: disable_key_rotation(commands.DisableKeyRotation(again.name), view)
    ],
    e.KeyMaterialDeleted: lambda event, again: [
        lambda view: delete_imported_key_material(
            commands.DeleteImportedKeyMaterial(again.name, event.material_id), view
        )
    ],
    **dict.fromkeys(
        (e.PrimaryRegionUpdated, e.KeyPromoted),
        lambda event, again: [
            lambda view: update_primary_region(commands.UpdatePrimaryRegion(again.name, event.primary_region), view)
        ],
    ),
}
