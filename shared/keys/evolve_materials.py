"""What events make of a key's materials: rotation, import, and their end.

Owns these folds; the table of all stands in `shared/keys/evolve.py`.
"""

from shared import events as e
from shared.fold import Fold
from shared.keys.folding import (
    born_materials,
    is_complete,
    the_key,
    waiting_if_incomplete,
    with_born,
    with_material,
    with_regions,
    without_material,
)
from shared.keys.model import AUTOMATIC, ENABLED, PENDING_IMPORT, Key, Rotation, RotationUnderWay
from shared.keys.times import days


def rotation_enabled(state: object, event: e.KeyRotationEnabled, fold: Fold) -> Key:
    return the_key(state)._replace(rotation=Rotation(event.period_days, fold.time + days(event.period_days)))


def rotation_disabled(state: object, _event: e.KeyRotationDisabled, _fold: Fold) -> Key:
    return the_key(state)._replace(rotation=None)


def rotated(state: object, event: e.KeyRotated, fold: Fold) -> Key:
    """The material comes last, as the current one. The schedule has gone on already where the rotation was begun."""
    key = the_key(state)
    materials = with_born(key, event.materials, fold).materials
    (chosen,) = (material for material in materials if material.material_id == event.material_id)
    others = tuple(material for material in materials if material.material_id != event.material_id)
    current = chosen._replace(rotated_at=fold.time, rotation_type=event.rotation_type, pending=False, imported_in=())
    key = key._replace(materials=(*others, current))
    if key.under_way is not None and key.under_way.material_id == event.material_id:
        return key._replace(under_way=None)
    return waiting_if_incomplete(_gone_on(key, event.rotation_type, fold))


def rotation_started(state: object, event: e.KeyRotationStarted, fold: Fold) -> Key:
    """From here on every region that holds the key opens what the new material encrypts; none encrypts under it yet."""
    key = the_key(state)
    key = with_born(key, event.materials, fold)
    fresh = key.materials[-1]
    under_way = RotationUnderWay(fresh.material_id, event.rotation_type, fold.time, fold.origin or fold.region)
    key = with_material(key, fresh._replace(pending=True))._replace(under_way=under_way)
    return _gone_on(key, event.rotation_type, fold)


def _gone_on(key: Key, rotation_type: str, fold: Fold) -> Key:
    if rotation_type != AUTOMATIC or key.rotation is None:
        return key
    return key._replace(rotation=_following(key.rotation, fold.time))


def _following(rotation: Rotation, now: int) -> Rotation:
    """The next date counts from the last one; a key that was overdue (disabled for long) counts from now."""
    period = days(rotation.period_days)
    next_at = rotation.next_at + period
    return rotation._replace(next_at=next_at if next_at > now else now + period)


def material_imported(state: object, event: e.KeyMaterialImported, fold: Fold) -> Key:
    """New material that is pending takes the place of any that was: that one had expired, and no record says so yet."""
    key = the_key(state)
    (born,) = born_materials(event.materials, fold)
    known, held = key.material(born.material_id), None
    if known is not None and known.overtaken and fold.author == key.primary_region:
        # The primary takes it in as new; a region that has the secret keeps it.
        key, held, known = without_material(key, known), known.wrapped, None
    if known is None and event.pending:
        key = key._replace(materials=tuple(m for m in key.materials if not m.pending))
    material = known or born._replace(wrapped=held, pending=event.pending)
    if event.description is not None:
        material = material._replace(description=event.description)
    if material.pending and key.is_multi_region:
        material = material._replace(imported_in=with_regions(material.imported_in, (fold.origin or fold.region,)))
    if fold.origin is None:
        material = material._replace(wrapped=born.wrapped, valid_to=event.valid_to)
    key = with_material(key, material)
    return key._replace(state=ENABLED) if key.state == PENDING_IMPORT and is_complete(key) else key


def material_deleted(state: object, event: e.KeyMaterialDeleted, fold: Fold) -> Key:
    """The primary takes pending material back for all; whatever else goes, goes in one region."""
    key = the_key(state)
    material = key.material(event.material_id)
    if material is None:
        return key
    if material.pending and (fold.origin is not None or key.primary_region in (None, fold.region)):
        return key._replace(materials=tuple(m for m in key.materials if m.material_id != event.material_id))
    if fold.origin is not None:
        return key
    return waiting_if_incomplete(with_material(key, material._replace(wrapped=None, valid_to=None)))


def replica_material_imported(state: object, event: e.ReplicaMaterialImported, _fold: Fold) -> Key:
    key = the_key(state)
    material = key.material(event.material_id)
    if material is None or not material.pending or material.created_at != event.created_at:
        return key
    return with_material(key, material._replace(imported_in=with_regions(material.imported_in, (event.region,))))
