"""Imported material whose time is up: gone for every use at once, though no record says so yet.

Owns that view of a key. It is the fold of the events that the timer is going to write, so that what is enforced at use
and what is recorded later can never differ. Source: AWS KMS API reference, ImportKeyMaterial, ValidTo.
"""

from shared.events import KeyMaterialDeleted
from shared.fold import Fold
from shared.keys.evolve_materials import material_deleted
from shared.keys.model import Key
from shared.keys.specs import EXTERNAL


def as_of(key: Key, region: str, now: int) -> Key:
    """`key` without what has expired: as `region` has it at `now`, in milliseconds."""
    if key.origin != EXTERNAL:
        return key
    for event in expiries(key, now):
        key = material_deleted(key, event, Fold(region, now))
    return key


def expiries(key: Key, now: int) -> tuple[KeyMaterialDeleted, ...]:
    """What the log has yet to be told at `now`: one event for each material that has expired."""
    return tuple(
        KeyMaterialDeleted(key.account, key.key_id, material.material_id, expired=True)
        for material in key.materials
        if material.valid_to is not None and material.valid_to <= now
    )
