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
from shared.keys.evolve_promotion import (
    fenced,
    material_given,
    overtaken_settled,
    primary_region_updated,
    promoted,
)
from shared.keys.evolve_scream_test import SCREAM_TEST_FOLDS
from shared.keys.evolve_sharing import born_here, follow, let_go, settings_in, with_aliases, with_tags
from shared.keys.folding import (
    born_materials,
    first_state,
    is_complete,
    the_key,
    with_material,
    with_regions,
    without_member,
)
from shared.keys.history import ends_unheard
from shared.keys.model import (
    DISABLED,
    ENABLED,
    PENDING_DELETION,
    PENDING_IMPORT,
    PENDING_REPLICA_DELETION,
    Deletion,
    Key,
)
from shared.keys.times import days


def _created(_state: object, event: e.KeyCreated, fold: Fold) -> Key:
    key = Key(  # by place: by name, the call of so many takes half as long again
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
        (),
        0,
        None,
        None,
        event.custom_key_store_id,
        event.external_key_id,
        event.key_manager,
    )
    return with_tags(key, event.tags) if event.tags else key


def _replicated(state: object, event: e.KeyReplicated, fold: Fold) -> Key:
    key = _known_to_have(the_key(state), event)
    if ends_unheard(key, event.replica_region, fold.adopted):
        return key
    key = key._replace(replica_regions=with_regions(key.replica_regions, (event.replica_region,)))
    if event.replica_region != fold.region:
        return key
    born = born_here(key, event, fold)
    # What an overtaken record had given it before had settings in common with a primary that has lost.
    return follow(born, settings_in(event), fold) if key.held_here else born


def _known_to_have(key: Key, event: e.KeyReplicated) -> Key:
    """A new replica gets what the primary has, what was overtaken too."""
    given = {material.material_id for material in event.materials}
    for material in key.materials:
        if material.overtaken and material.material_id in given:
            given_to = with_regions(material.given_to, (event.replica_region,))
            key = with_material(key, material._replace(given_to=given_to))
    return key


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
    key = without_member(key, event.region)
    if event.region == fold.region:
        return let_go(key)
    return _begin_window(key, fold.time)


def _begin_window(key: Key, now: int) -> Key:
    """A primary that waited for its last replica waits for its own window now."""
    if key.state != PENDING_REPLICA_DELETION or key.replica_regions or key.deletion is None:
        return key
    due_at = now + days(key.deletion.window_days)
    return key._replace(state=PENDING_DELETION, deletion=key.deletion._replace(due_at=due_at))


def _settings_shared(state: object, event: e.KeySettingsShared, fold: Fold) -> Key:
    return follow(the_key(state), event, fold)


def _aliases_set(state: object, event: e.KeyAliasesSet, fold: Fold) -> Key:
    return with_aliases(the_key(state), event.aliases, fold.time)


KEY_FOLDS: Mapping[type[e.Event], Callable[[Any, Any, Fold], Key | None]] = {
    e.KeyCreated: _created,
    e.KeyReplicated: fenced(_replicated),
    e.KeyEnabled: _enabled,
    e.KeyDisabled: _disabled,
    e.KeyDescriptionUpdated: _description_updated,
    e.KeyPolicyPut: _policy_put,
    e.KeyTagged: _tagged,
    e.KeyUntagged: _untagged,
    e.KeyDeletionScheduled: _deletion_scheduled,
    e.KeyDeletionCanceled: _deletion_canceled,
    e.KeyDeleted: _deleted,
    e.KeyRotationEnabled: fenced(rotation_enabled),
    e.KeyRotationDisabled: fenced(rotation_disabled),
    e.KeyRotated: fenced(rotated),
    e.KeyRotationStarted: fenced(rotation_started),
    e.KeyFamilyCreated: family_created,
    e.KeyConverted: converted,
    e.KeyMaterialImported: fenced(material_imported),
    e.KeyMaterialDeleted: fenced(material_deleted),
    e.ReplicaMaterialImported: replica_material_imported,
    e.PrimaryRegionUpdated: primary_region_updated,
    e.KeyPromoted: promoted,
    e.KeyMaterialGiven: material_given,
    e.OvertakenSettled: fenced(overtaken_settled),
    e.KeySettingsShared: fenced(_settings_shared),
    e.KeyAliasesSet: _aliases_set,
    **SCREAM_TEST_FOLDS,
}
