"""ListKeyRotations: the materials of a key, from its first to the one that waits for its rotation.

Owns what an entry says. Source: AWS KMS API reference, "RotationsListEntry".
"""

from collections.abc import Iterator
from typing import NamedTuple

from services.region_node.operations import rules
from services.region_node.operations.pagination import PageSize, list_scope, page_of
from services.region_node.operations.resolve import resolve_allowed
from services.region_node.operations.types.rotation import (
    ListKeyRotationsRequest,
    ListKeyRotationsResponse,
    RotationsListEntry,
)
from services.region_node.requests.call import Call
from shared.keys.model import Key, KeyMaterial
from shared.keys.specs import EXTERNAL, SYMMETRIC_DEFAULT

LIST_KEY_ROTATIONS_PAGE = PageSize(default=100, most=1000)


class _Placed(NamedTuple):
    """A material and its place among those of its key, which never changes while the material stands there."""

    place: str
    material: KeyMaterial


def list_rotations(call: Call, request: ListKeyRotationsRequest) -> ListKeyRotationsResponse:
    """Oldest first. A key that cannot be rotated has an empty list."""
    key = resolve_allowed(call, request.key_id, rules.LIST_KEY_ROTATIONS)
    everything = request.include_key_material == "ALL_KEY_MATERIAL"
    page = page_of(
        list_scope(call, "ListKeyRotations", key.key_id),
        request.marker,
        LIST_KEY_ROTATIONS_PAGE.of(request.limit),
        lambda after: _placed(key, after),
        lambda placed: placed.place,
        lambda placed: everything or placed.material.rotation_type is not None,
    )
    entries = tuple(_entry(key, placed.material) for placed in page.items)
    return ListKeyRotationsResponse(entries, page.next_marker, page.truncated)


def _placed(key: Key, after: str) -> Iterator[_Placed]:
    materials = key.materials if key.spec == SYMMETRIC_DEFAULT else ()
    placed = (_Placed(f"{number:08}", material) for number, material in enumerate(materials) if not material.overtaken)
    return (each for each in placed if each.place > after)


def _entry(key: Key, material: KeyMaterial) -> RotationsListEntry:
    entry = RotationsListEntry(
        key_id=key.key_id,
        key_material_id=material.material_id,
        key_material_state=_state(key, material),
        rotation_date=None if material.rotated_at is None else material.rotated_at / 1000,
        rotation_type=material.rotation_type,
    )
    return _with_import(entry, material) if key.origin == EXTERNAL else entry


def _with_import(entry: RotationsListEntry, material: KeyMaterial) -> RotationsListEntry:
    imported = material.wrapped is not None
    return entry._replace(
        key_material_description=material.description or None,
        import_state="IMPORTED" if imported else "PENDING_IMPORT",
        expiration_model=expiration_model(material) if imported else None,
        valid_to=None if material.valid_to is None else material.valid_to / 1000,
    )


def expiration_model(material: KeyMaterial) -> str:
    return "KEY_MATERIAL_DOES_NOT_EXPIRE" if material.valid_to is None else "KEY_MATERIAL_EXPIRES"


def _state(key: Key, material: KeyMaterial) -> str:
    if material.pending:
        return "PENDING_MULTI_REGION_IMPORT_AND_ROTATION" if key.awaits_import(material) else "PENDING_ROTATION"
    return "CURRENT" if material.material_id == key.current_material.material_id else "NON_CURRENT"
