"""What the folds of a key's events have in common.

Owns how a material is born into a state, when imported material is complete, and how sets of regions change.
"""

from collections.abc import Callable, Iterable

from shared import events as e
from shared.fold import BrokenHistory, Fold
from shared.keys.model import ENABLED, PENDING_IMPORT, Key, KeyMaterial
from shared.keys.specs import EXTERNAL

_NOTHING_ELSE = tuple(KeyMaterial._field_defaults.values())[:-1]
# The call of a named tuple with all its defaults costs three times as much, and a rebuild makes millions.
_new: Callable[[type[KeyMaterial], Iterable[object]], KeyMaterial] = tuple.__new__


def first_state(origin: str) -> str:
    """Of a key where it has just begun."""
    return PENDING_IMPORT if origin == EXTERNAL else ENABLED


def born_materials(born: tuple[e.MaterialBorn, ...], fold: Fold) -> tuple[KeyMaterial, ...]:
    own = tuple(map(_born, born))
    if fold.origin is None:
        return own
    return tuple(material._replace(wrapped=fold.rewrapped.get(material.material_id)) for material in own)


def _born(born: e.MaterialBorn) -> KeyMaterial:
    material_id, born_key_id, created_at, wrapped, _, id_commits = born
    return _new(KeyMaterial, (material_id, born_key_id, created_at, wrapped, *_NOTHING_ELSE, id_commits))


def with_material(key: Key, material: KeyMaterial) -> Key:
    """`key` with `material` in the place of the one with its id, or last."""
    if key.material(material.material_id) is None:
        return key._replace(materials=(*key.materials, material))
    return key._replace(
        materials=tuple(material if m.material_id == material.material_id else m for m in key.materials)
    )


def with_born(key: Key, born: tuple[e.MaterialBorn, ...], fold: Fold) -> Key:
    """`key` with new material last; of such as was overtaken, and is born again, the secret stays."""
    for material in born_materials(born, fold):
        held = key.material(material.material_id)
        if held is not None:
            key = without_material(key, held)
            commits = held.id_commits or material.id_commits
            material = material._replace(wrapped=held.wrapped or material.wrapped, id_commits=commits)
        key = key._replace(materials=(*key.materials, material))
    return key


def without_material(key: Key, material: KeyMaterial) -> Key:
    return key._replace(materials=tuple(m for m in key.materials if m.material_id != material.material_id))


def waiting_if_incomplete(key: Key) -> Key:
    """A key that misses material waits for it, whoever has taken it, unless it is about to go itself."""
    waits = key.held_here and key.deletion is None and not is_complete(key)
    return key._replace(state=PENDING_IMPORT) if waits else key


def is_complete(key: Key) -> bool:
    """Whether imported material is all here: with one missing, the key is of no use (AWS: PendingImport)."""
    if key.origin != EXTERNAL:
        return True
    needed = [material for material in key.materials if not material.pending and not material.overtaken]
    return bool(needed) and all(material.wrapped is not None for material in needed)


def with_regions(regions: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*regions, *more}))


def without_region(regions: tuple[str, ...], region: str) -> tuple[str, ...]:
    return tuple(name for name in regions if name != region)


def with_secrets(key: Key, fold: Fold) -> Key:
    """`key` with the secrets that have come for this region; one that it has already stays."""
    return key._replace(
        materials=tuple(m._replace(wrapped=m.wrapped or fold.rewrapped.get(m.material_id)) for m in key.materials)
    )


def without_secrets(key: Key) -> Key:
    """`key` as a region knows it that does not hold it."""
    return key._replace(materials=tuple(m._replace(wrapped=None, valid_to=None) for m in key.materials))


def without_member(key: Key, region: str) -> Key:
    """What every region knows of a key when `region` no longer has it."""
    return key._replace(
        replica_regions=without_region(key.replica_regions, region),
        materials=tuple(m._replace(imported_in=without_region(m.imported_in, region)) for m in key.materials),
    )


def the_key(state: object) -> Key:
    if not isinstance(state, Key):
        raise BrokenHistory(f"expected a key, found {type(state).__name__}")
    return state
