"""What becomes of a key when another region becomes its primary, by hand-over or by force.

Owns these folds, and that of what an overtaken primary says. The greater epoch replaces all that the regions share, by
the one value that its first record carries; what a region has besides (its secrets, its state, its own settings) it
keeps. Material that the new primary did not know stays for decryption, whatever the order of adoption: it may have
encrypted something. What regions have said of themselves meanwhile is applied again.
"""

from collections.abc import Callable, Iterable
from typing import Any

from shared import events as e
from shared.fold import Fold
from shared.keys.condensing import events_of
from shared.keys.epochs import Epoch, counts, epoch_of
from shared.keys.evolve_materials import replica_material_imported
from shared.keys.evolve_sharing import born_here, follow, let_go, without_own_grants
from shared.keys.folding import (
    born_materials,
    is_complete,
    the_key,
    waiting_if_incomplete,
    with_material,
    with_regions,
    without_member,
)
from shared.keys.history import ends_unheard, holders, imported
from shared.keys.model import (
    ENABLED,
    PENDING_DELETION,
    PENDING_IMPORT,
    PENDING_REPLICA_DELETION,
    WORD,
    Key,
    KeyMaterial,
    SharedChange,
)
from shared.keys.settling import is_meant, settled_again
from shared.keys.settling import settled as settled_in
from shared.keys.sharing import GRANTS, is_given
from shared.keys.specs import EXTERNAL
from shared.keys.times import days
from shared.keys.whole import Whole, decode_whole, material_in, rotation_in, settings_in, under_way_in


def fenced(fold_of: Callable[[Any, Any, Fold], Key]) -> Callable[[Any, Any, Fold], Key]:
    """The fold of what the primary alone says: of a lost epoch, it brings material to decrypt with, and no more."""

    def fold(state: object, event: Any, fold: Fold) -> Key:
        key = the_key(state)
        epoch = epoch_of(fold.author, event, fold.key_epoch)
        if fold.origin is None or epoch is None or counts(key, epoch, fold.number):
            return fold_of(key, event, fold)
        return _with_overtaken(_strayed(key, event, fold), event, fold)

    return fold


def promoted(state: object, event: e.KeyPromoted, fold: Fold) -> Key:
    before = (event.epoch - 1, event.former_region, event.built_on_number)
    return _begin(the_key(state), event, before, fold)


def primary_region_updated(state: object, event: e.PrimaryRegionUpdated, fold: Fold) -> Key:
    """The old primary hands over. An older version's record does not say what it hands over: that is what is here."""
    key = the_key(state)
    if event.shared_state:
        return _begin(key, event, (event.epoch - 1, fold.author, fold.number), fold)
    if (event.epoch, event.primary_region) <= key.present_epoch:
        return key
    replicas = tuple(sorted({*key.replica_regions, key.primary_region or ""} - {event.primary_region}))
    chain = (*key.chain, (*key.present_epoch, fold.number))
    after = key._replace(primary_region=event.primary_region, replica_regions=replicas, epoch=event.epoch, chain=chain)
    return _stepped(key, after, fold)


def material_given(state: object, event: e.KeyMaterialGiven, fold: Fold) -> Key:
    """Who lacked it has it now; who has it already keeps what it has."""
    key = the_key(state)
    for born in event.materials:
        held = key.material(born.material_id)
        if held is not None:
            wrapped = held.wrapped or fold.rewrapped.get(born.material_id)
            given_to = with_regions(held.given_to, event.regions) if held.overtaken else held.given_to
            key = with_material(key, held._replace(wrapped=wrapped, given_to=given_to))
    return key


def overtaken_settled(state: object, event: e.OvertakenSettled, fold: Fold) -> Key:
    """A replica that a dropped change had made goes."""
    key = the_key(state)
    meant = () if event.done_again else (change for change in key.history if is_meant(change, event))
    dropped = [said for change in meant for said in events_of(change)]
    gave = any(isinstance(said, e.KeyReplicated) and said.replica_region == fold.region for said in dropped)
    key = settled_in(key, event, fold)
    is_member = fold.region in (key.primary_region, *key.replica_regions)
    return let_go(key) if gave and key.held_here and not is_member else key


def _begin(key: Key, event: e.KeyPromoted | e.PrimaryRegionUpdated, before: tuple[int, str, int], fold: Fold) -> Key:
    """The epoch that the event begins, if it is greater than the present one; else the event has lost.

    A region may have been made the primary by a hand-over and, not knowing, by itself: what it then said rests on its
    own promotion.
    """
    whole, epoch = decode_whole(event.shared_state), (event.epoch, event.primary_region)
    if epoch < key.present_epoch or (epoch == key.present_epoch and isinstance(event, e.PrimaryRegionUpdated)):
        return _keeping(key, _materials_of(key, whole))
    after = _with_whole(key, whole, epoch, before, fold)
    for change in key.history:
        if not _is_built_on(change, fold):
            after = _said_again(after, change, fold)
    return _stepped(key, settled_again(after), fold)


def _with_whole(key: Key, whole: Whole, epoch: Epoch, before: tuple[int, str, int], fold: Fold) -> Key:
    count, primary = epoch
    after = key._replace(
        primary_region=primary,
        replica_regions=tuple(sorted(set(whole.regions) - {primary})),
        epoch=count,
        rotation=rotation_in(whole),
        under_way=under_way_in(whole),
        materials=_materials_of(key, whole),
        chain=(*whole.chain, before),
    )
    given = holders(key)
    lost = [m._replace(given_to=with_regions(m.given_to, given.get(m.material_id, ()))) for m in key.materials]
    return follow(_keeping(after, lost), settings_in(whole, key), fold)


def _materials_of(key: Key, whole: Whole) -> tuple[KeyMaterial, ...]:
    return tuple(material_in(shared, key) for shared in whole.materials)


def _is_built_on(change: SharedChange, fold: Fold) -> bool:
    return change.origin == fold.author or change.number <= fold.adopted.get(change.origin, 0)


def _said_again(key: Key, change: SharedChange, fold: Fold) -> Key:
    """What a region said of itself holds, whoever is the primary."""
    for event in events_of(change) if change.epoch == WORD else ():
        if isinstance(event, e.KeyDeleted):
            key = without_member(key, event.region)
        elif isinstance(event, e.ReplicaMaterialImported):
            key = replica_material_imported(key, event, fold)
    return key


def _with_overtaken(key: Key, event: object, fold: Fold) -> Key:
    """What an overtaken primary brought to decrypt with, and to whom it gave that.

    What was imported and never in use has encrypted nothing. A new replica brings nothing that is new.
    """
    born = _in_use(key, event)
    brought = [
        material._replace(given_to=tuple(sorted({fold.author, *(said.sealed or {})})))
        for material, said in zip(born_materials(born, fold), born, strict=True)
    ]
    for material in brought:
        held = key.material(material.material_id)
        if held is not None:
            is_birth = not isinstance(event, e.KeyReplicated)
            key = with_material(key, _brought_again(key, held, material, is_birth=is_birth))
    return key if isinstance(event, e.KeyReplicated) else _keeping(key, brought)


def _brought_again(key: Key, held: KeyMaterial, brought: KeyMaterial, *, is_birth: bool) -> KeyMaterial:
    """The same whichever of several births comes first. A replica is given what was born before, and says no more."""
    if is_birth:
        held = held._replace(id_commits=held.id_commits or brought.id_commits)
    if key.held_here and (held.overtaken or key.origin != EXTERNAL):
        held = held._replace(wrapped=held.wrapped or brought.wrapped)
    if not held.overtaken:
        return held
    since = min(held.created_at, brought.created_at) if is_birth else held.created_at
    return held._replace(created_at=since, given_to=with_regions(held.given_to, brought.given_to))


def _strayed(key: Key, event: object, fold: Fold) -> Key:
    """The region that an overtaken record gives the key has it, though no other knows it as one of the key's.

    So it is whichever comes first, the record or the promotion; but no end of a replica is undone.
    """
    if not isinstance(event, e.KeyReplicated) or event.replica_region != fold.region:
        return key
    return key if ends_unheard(key, fold.region, fold.adopted) else born_here(key, event, fold)


def _in_use(key: Key, event: object) -> tuple[e.MaterialBorn, ...]:
    if isinstance(event, e.KeyMaterialImported) and event.pending:
        return ()
    if isinstance(event, e.KeyRotated) and not event.materials:
        return imported(key, event.material_id)
    return e.materials_of(event)


def _keeping(key: Key, materials: Iterable[KeyMaterial]) -> Key:
    """`key` with those of `materials` that it lacks, for decryption alone.

    They stand first, in an order of their own, and say nothing that depends on when a region came to know them.
    """
    known = {material.material_id for material in key.materials}
    lost = [
        material._replace(
            rotated_at=None, rotation_type=None, pending=False, description="", imported_in=(), overtaken=True
        )
        for material in materials
        if material.material_id not in known and not _has_encrypted_nothing(key, material)
    ]
    old = sorted((m for m in (*key.materials, *lost) if m.overtaken), key=lambda m: (m.created_at, m.material_id))
    return key._replace(materials=(*old, *(m for m in key.materials if not m.overtaken)))


def _has_encrypted_nothing(key: Key, material: KeyMaterial) -> bool:
    """Imported material that is pending; what a rotation under way gave may encrypt by a record that is to come."""
    return material.pending and key.origin == EXTERNAL


def _stepped(before: Key, after: Key, fold: Fold) -> Key:
    """What a region makes of its part: as the new primary, as the one that it was, or as neither.

    A replica that is to go and is made the primary waits for the others, so that no family loses its primary; a primary
    that waited for its replicas and is one itself now goes after its own window.
    """
    if is_given(before, fold.region, GRANTS):
        after = without_own_grants(after, fold.time)  # what has not been given to all nobody can give any more
    deletion = after.deletion
    if deletion is not None and after.primary_region == fold.region:
        return after._replace(state=PENDING_REPLICA_DELETION, deletion=deletion._replace(due_at=None))
    if deletion is not None and deletion.due_at is None:
        due_at = fold.time + days(deletion.window_days)
        return after._replace(state=PENDING_DELETION, deletion=deletion._replace(due_at=due_at))
    if after.state == PENDING_IMPORT and is_complete(after):
        return after._replace(state=ENABLED)
    return waiting_if_incomplete(after)
