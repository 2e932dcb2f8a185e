"""What an event makes of a key: the folds of its stream.

Owns the one dispatch from a key's event to its next state. Every region folds every shared event of a multi-region key;
what belongs to one region (`state`, description, deletion, imported secrets; policy, tags and aliases unless they
follow the primary) changes in that region alone. Sets of regions only grow and shrink by the region that an event
names, so that records of the primary and of replicas may be adopted in either order.
"""

from collections.abc import Callable, Mapping
from typing import Any

from shared import events as e
from shared.fold import Fold
from shared.keys.evolve_families import converted, family_created
from shared.keys.evolve_materials import (
    material_deleted,
    material_imported,
    replica_material_imported,
    rotated,
    rotation_disabled,
    rotation_enabled,
    rotation_started,
)
from shared.keys.evolve_sharing import (
    follow,
    with_aliases,
    with_tags,
    without_anything_in_common,
    without_own_grants,
)
from shared.keys.folding import born_materials, first_state, is_complete, the_key, with_regions, without_region
from shared.keys.model import (
    DISABLED,
    ENABLED,
    PENDING_DELETION,
    PENDING_IMPORT,
    PENDING_REPLICA_DELETION,
    Deletion,
    Key,
)
from shared.keys.sharing import GRANTS, is_given
from shared.keys.times import days


def _created(_state: object, event: e.KeyCreated, fold: Fold) -> Key:
    key = Key(
        event.account,
        event.key_id,
        event.spec,
        event.usage,
        event.origin,
        fold.time,
        born_materials(event.materials, fold),
        first_state(event.origin) if fold.origin is None else None,
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


def _replicated(state: object, event: e.KeyReplicated, fold: Fold) -> Key:
    """The destination keeps what it has folded since the key's birth; it gets secrets and settings of its own."""
    key = the_key(state)
    key = key._replace(replica_regions=with_regions(key.replica_regions, (event.replica_region,)))
    if event.replica_region != fold.region:
        return key
    key = key._replace(
        state=first_state(key.origin),
        created_at=fold.time,
        materials=tuple(m._replace(wrapped=fold.rewrapped.get(m.material_id)) for m in key.materials),
        description=event.description,
        policy=event.policy,
    )
    return with_aliases(with_tags(key, event.tags), event.aliases, fold.time)


def _enabled(state: object, _event: e.KeyEnabled, _fold: Fold) -> Key:
    return the_key(state)._replace(state=ENABLED)


def _disabled(state: object, _event: e.KeyDisabled, _fold: Fold) -> Key:
    return the_key(state)._replace(state=DISABLED)


def _description_updated(state: object, event: e.KeyDescriptionUpdated, _fold: Fold) -> Key:
    return the_key(state)._replace(description=event.description)


def _policy_put(state: object, event: e.KeyPolicyPut, _fold: Fold) -> Key:
    return the_key(state)._replace(policy=event.policy)


def _tagged(state: object, event: e.KeyTagged, _fold: Fold) -> Key:
    key = the_key(state)
    return with_tags(key, tuple(sorted({**dict(key.tags), **dict(event.tags)}.items())))


def _untagged(state: object, event: e.KeyUntagged, _fold: Fold) -> Key:
    key = the_key(state)
    return key._replace(tags=tuple(tag for tag in key.tags if tag[0] not in event.tag_keys))


def _deletion_scheduled(state: object, event: e.KeyDeletionScheduled, _fold: Fold) -> Key:
    pending = PENDING_REPLICA_DELETION if event.due_at is None else PENDING_DELETION
    return the_key(state)._replace(state=pending, deletion=Deletion(event.window_days, event.due_at))


def _deletion_canceled(state: object, _event: e.KeyDeletionCanceled, _fold: Fold) -> Key:
    key = the_key(state)
    return key._replace(state=DISABLED if is_complete(key) else PENDING_IMPORT, deletion=None)


def _deleted(state: object, event: e.KeyDeleted, fold: Fold) -> Key | None:
    key = the_key(state)
    if event.whole:
        return None
    key = key._replace(
        replica_regions=without_region(key.replica_regions, event.region),
        materials=tuple(m._replace(imported_in=without_region(m.imported_in, event.region)) for m in key.materials),
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


def _primary_region_updated(state: object, event: e.PrimaryRegionUpdated, fold: Fold) -> Key:
    """A replica that is to go and is made the primary waits for the others, so that no family loses its primary."""
    key = the_key(state)
    replicas = tuple(sorted({*key.replica_regions, key.primary_region or ""} - {event.primary_region}))
    if is_given(key, fold.region, GRANTS):
        key = without_own_grants(key, fold.time)  # what has not been given to all can be given by nobody any more
    key = key._replace(primary_region=event.primary_region, replica_regions=replicas, epoch=event.epoch)
    if event.primary_region != fold.region or key.deletion is None:
        return key
    return key._replace(state=PENDING_REPLICA_DELETION, deletion=key.deletion._replace(due_at=None))


def _settings_shared(state: object, event: e.KeySettingsShared, fold: Fold) -> Key:
    return follow(the_key(state), event, fold)


def _aliases_set(state: object, event: e.KeyAliasesSet, fold: Fold) -> Key:
    return with_aliases(the_key(state), event.aliases, fold.time)


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
    e.KeyRotationEnabled: rotation_enabled,
    e.KeyRotationDisabled: rotation_disabled,
    e.KeyRotated: rotated,
    e.KeyRotationStarted: rotation_started,
    e.KeyFamilyCreated: family_created,
    e.KeyConverted: converted,
    e.KeyMaterialImported: material_imported,
    e.KeyMaterialDeleted: material_deleted,
    e.ReplicaMaterialImported: replica_material_imported,
    e.PrimaryRegionUpdated: _primary_region_updated,
    e.KeySettingsShared: _settings_shared,
    e.KeyAliasesSet: _aliases_set,
}
