"""What an event makes of a key: the folds of its stream.

Owns the one dispatch from a key's event to its next state. Every region folds every shared event of a multi-region key;
what belongs to one region (`state`, description, deletion, imported secrets; policy, tags and aliases unless they
follow the primary) changes in that region alone. Sets of regions only grow and shrink by the region that an event
names, so that records of the primary and of replicas may be adopted in either order.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shared import events as e
from shared.fold import BrokenHistory, Fold
from shared.keys.evolve_sharing import (
    follow,
    with_aliases,
    with_tags,
    without_anything_in_common,
    without_own_grants,
)
from shared.keys.model import (
    AUTOMATIC,
    DISABLED,
    ENABLED,
    PENDING_DELETION,
    PENDING_IMPORT,
    PENDING_REPLICA_DELETION,
    Deletion,
    Key,
    KeyMaterial,
    Rotation,
)
from shared.keys.sharing import GRANTS, is_given
from shared.keys.specs import EXTERNAL
from shared.keys.times import days


def _created(_state: object, event: e.KeyCreated, fold: Fold) -> Key:
    key = Key(
        event.account,
        event.key_id,
        event.spec,
        event.usage,
        event.origin,
        fold.time,
        _born(event.materials, fold),
        _first_state(event.origin) if fold.origin is None else None,
        event.description,
        event.policy,
        event.tags,
        event.primary_region,
        replica_regions=(),
        epoch=0,
        custom_key_store_id=event.custom_key_store_id,
        external_key_id=event.external_key_id,
        key_manager=event.key_manager,
    )
    return with_tags(key, event.tags) if event.tags else key


def _first_state(origin: str) -> str:
    return PENDING_IMPORT if origin == EXTERNAL else ENABLED


def _replicated(state: object, event: e.KeyReplicated, fold: Fold) -> Key:
    """The destination keeps what it has folded since the key's birth; it gets secrets and settings of its own."""
    key = _key(state)
    key = key._replace(replica_regions=_with(key.replica_regions, (event.replica_region,)))
    if event.replica_region != fold.region:
        return key
    key = key._replace(
        state=_first_state(key.origin),
        created_at=fold.time,
        materials=tuple(m._replace(wrapped=fold.rewrapped.get(m.material_id)) for m in key.materials),
        description=event.description,
        policy=event.policy,
    )
    return with_aliases(with_tags(key, event.tags), event.aliases, fold.time)


def _enabled(state: object, _event: e.KeyEnabled, _fold: Fold) -> Key:
    return _key(state)._replace(state=ENABLED)


def _disabled(state: object, _event: e.KeyDisabled, _fold: Fold) -> Key:
    return _key(state)._replace(state=DISABLED)


def _description_updated(state: object, event: e.KeyDescriptionUpdated, _fold: Fold) -> Key:
    return _key(state)._replace(description=event.description)


def _policy_put(state: object, event: e.KeyPolicyPut, _fold: Fold) -> Key:
    return _key(state)._replace(policy=event.policy)


def _tagged(state: object, event: e.KeyTagged, _fold: Fold) -> Key:
    key = _key(state)
    return with_tags(key, tuple(sorted({**dict(key.tags), **dict(event.tags)}.items())))


def _untagged(state: object, event: e.KeyUntagged, _fold: Fold) -> Key:
    key = _key(state)
    return key._replace(tags=tuple(tag for tag in key.tags if tag[0] not in event.tag_keys))


def _deletion_scheduled(state: object, event: e.KeyDeletionScheduled, _fold: Fold) -> Key:
    pending = PENDING_REPLICA_DELETION if event.due_at is None else PENDING_DELETION
    return _key(state)._replace(state=pending, deletion=Deletion(event.window_days, event.due_at))


def _deletion_canceled(state: object, _event: e.KeyDeletionCanceled, _fold: Fold) -> Key:
    key = _key(state)
    return key._replace(state=DISABLED if _is_complete(key) else PENDING_IMPORT, deletion=None)


def _deleted(state: object, event: e.KeyDeleted, fold: Fold) -> Key | None:
    key = _key(state)
    if event.whole:
        return None
    key = key._replace(
        replica_regions=_without(key.replica_regions, event.region),
        materials=tuple(m._replace(imported_in=_without(m.imported_in, event.region)) for m in key.materials),
    )
    if event.region == fold.region:
        return _let_go(key)
    return _begin_window(key, fold.time)


def _let_go(key: Key) -> Key:
    """What a region still knows of a key when its replica is gone."""
    materials = tuple(material._replace(wrapped=None, valid_to=None) for material in key.materials)
    key = key._replace(state=None, materials=materials, description="", policy=None, tags=(), deletion=None)
    return without_anything_in_common(key)


def _begin_window(key: Key, now: int) -> Key:
    """A primary that waited for its last replica waits for its own window now."""
    if key.state != PENDING_REPLICA_DELETION or key.replica_regions or key.deletion is None:
        return key
    due_at = now + days(key.deletion.window_days)
    return key._replace(state=PENDING_DELETION, deletion=key.deletion._replace(due_at=due_at))


def _rotation_enabled(state: object, event: e.KeyRotationEnabled, fold: Fold) -> Key:
    return _key(state)._replace(rotation=Rotation(event.period_days, fold.time + days(event.period_days)))


def _rotation_disabled(state: object, _event: e.KeyRotationDisabled, _fold: Fold) -> Key:
    return _key(state)._replace(rotation=None)


def _rotated(state: object, event: e.KeyRotated, fold: Fold) -> Key:
    key = _key(state)
    rotated = [*key.materials, *_born(event.materials, fold)]
    (index,) = (index for index, material in enumerate(rotated) if material.material_id == event.material_id)
    rotated[index] = rotated[index]._replace(
        rotated_at=fold.time, rotation_type=event.rotation_type, pending=False, imported_in=()
    )
    key = key._replace(materials=tuple(rotated))
    if event.rotation_type == AUTOMATIC and key.rotation is not None:
        key = key._replace(rotation=_following(key.rotation, fold.time))
    return _waiting_if_incomplete(key)


def _following(rotation: Rotation, now: int) -> Rotation:
    """The next date counts from the last one; a key that was overdue (disabled for long) counts from now."""
    period = days(rotation.period_days)
    next_at = rotation.next_at + period
    return rotation._replace(next_at=next_at if next_at > now else now + period)


def _material_imported(state: object, event: e.KeyMaterialImported, fold: Fold) -> Key:
    """New material that is pending takes the place of any that was: that one had expired, and no record says so yet."""
    key = _key(state)
    (born,) = _born(event.materials, fold)
    known = key.material(born.material_id)
    if known is None and event.pending:
        key = key._replace(materials=tuple(m for m in key.materials if not m.pending))
    material = known or born._replace(wrapped=None, pending=event.pending)
    if event.description is not None:
        material = material._replace(description=event.description)
    if material.pending and key.is_multi_region:
        material = material._replace(imported_in=_with(material.imported_in, (fold.origin or fold.region,)))
    if fold.origin is None:
        material = material._replace(wrapped=born.wrapped, valid_to=event.valid_to)
    key = _with_material(key, material)
    return key._replace(state=ENABLED) if key.state == PENDING_IMPORT and _is_complete(key) else key


def material_deleted(state: object, event: e.KeyMaterialDeleted, fold: Fold) -> Key:
    """The primary takes pending material back for all; whatever else goes, goes in one region."""
    key = _key(state)
    material = key.material(event.material_id)
    if material is None:
        return key
    if material.pending and (fold.origin is not None or key.primary_region in (None, fold.region)):
        return key._replace(materials=tuple(m for m in key.materials if m.material_id != event.material_id))
    if fold.origin is not None:
        return key
    return _waiting_if_incomplete(_with_material(key, material._replace(wrapped=None, valid_to=None)))


def _replica_material_imported(state: object, event: e.ReplicaMaterialImported, _fold: Fold) -> Key:
    key = _key(state)
    material = key.material(event.material_id)
    if material is None or not material.pending or material.created_at != event.created_at:
        return key
    return _with_material(key, material._replace(imported_in=_with(material.imported_in, (event.region,))))


def _primary_region_updated(state: object, event: e.PrimaryRegionUpdated, fold: Fold) -> Key:
    """A replica that is to go and is made the primary waits for the others, so that no family loses its primary."""
    key = _key(state)
    replicas = tuple(sorted({*key.replica_regions, key.primary_region or ""} - {event.primary_region}))
    if is_given(key, fold.region, GRANTS):
        key = without_own_grants(key, fold.time)  # what has not been given to all can be given by nobody any more
    key = key._replace(primary_region=event.primary_region, replica_regions=replicas, epoch=event.epoch)
    if event.primary_region != fold.region or key.deletion is None:
        return key
    return key._replace(state=PENDING_REPLICA_DELETION, deletion=key.deletion._replace(due_at=None))


def _settings_shared(state: object, event: e.KeySettingsShared, fold: Fold) -> Key:
    return follow(_key(state), event, fold)


def _aliases_set(state: object, event: e.KeyAliasesSet, fold: Fold) -> Key:
    return with_aliases(_key(state), event.aliases, fold.time)


def _born(born: tuple[e.MaterialBorn, ...], fold: Fold) -> tuple[KeyMaterial, ...]:
    adopted = fold.origin is not None
    return tuple(
        [
            KeyMaterial(material_id, born_key_id, created_at, fold.rewrapped.get(material_id) if adopted else wrapped)
            for material_id, born_key_id, created_at, wrapped, _ in born
        ]
    )


def _with_material(key: Key, material: KeyMaterial) -> Key:
    """`key` with `material` in the place of the one with its id, or last."""
    if key.material(material.material_id) is None:
        return key._replace(materials=(*key.materials, material))
    return key._replace(
        materials=tuple(material if m.material_id == material.material_id else m for m in key.materials)
    )


def _waiting_if_incomplete(key: Key) -> Key:
    """A key that misses material waits for it, whoever has taken it, unless it is about to go itself."""
    waits = key.held_here and key.deletion is None and not _is_complete(key)
    return key._replace(state=PENDING_IMPORT) if waits else key


def _is_complete(key: Key) -> bool:
    """Whether imported material is all here: with one missing, the key is of no use (AWS: PendingImport)."""
    if key.origin != EXTERNAL:
        return True
    needed = [material for material in key.materials if not material.pending]
    return bool(needed) and all(material.wrapped is not None for material in needed)


def _with(regions: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*regions, *more}))


def _without(regions: tuple[str, ...], region: str) -> tuple[str, ...]:
    return tuple(name for name in regions if name != region)


def _key(state: object) -> Key:
    if not isinstance(state, Key):
        raise BrokenHistory(f"expected a key, found {type(state).__name__}")
    return state


KEY_FOLDS: Mapping[type[e.Event], Callable[[Any, Any, Fold], Key | None]] = {
    e.KeyCreated: _created,
    e.KeyReplicated: _replicated,
    e.KeyEnabled: _enabled,
    e.KeyDisabled: _disabled,
    e.KeyDescriptionUpdated: _description_updated,
    e.KeyPolicyPut: _policy_put,
    e.KeyTagged: _tagged,
    e.KeyUntagged: _untagged,
    e.KeyDeletionScheduled: _deletion_scheduled,
    e.KeyDeletionCanceled: _deletion_canceled,
    e.KeyDeleted: _deleted,
    e.KeyRotationEnabled: _rotation_enabled,
    e.KeyRotationDisabled: _rotation_disabled,
    e.KeyRotated: _rotated,
    e.KeyMaterialImported: _material_imported,
    e.KeyMaterialDeleted: material_deleted,
    e.ReplicaMaterialImported: _replica_material_imported,
    e.PrimaryRegionUpdated: _primary_region_updated,
    e.KeySettingsShared: _settings_shared,
    e.KeyAliasesSet: _aliases_set,
}
