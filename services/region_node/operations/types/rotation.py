"""EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.operations.types.common import (
    ExpirationModel,
    KeyIdentifierText,
    Limit,
    Marker,
    MaterialDescription,
    MaterialId,
)
from services.region_node.wire.shapes import Choice, Range, Timestamp
from shared.keys.times import ROTATION_PERIODS

RotationPeriod: TypeAlias = Annotated[int, Range(ROTATION_PERIODS.start, ROTATION_PERIODS.stop - 1)]


class EnableKeyRotationRequest(NamedTuple):
    key_id: KeyIdentifierText
    rotation_period_in_days: RotationPeriod | None = None


class DisableKeyRotationRequest(NamedTuple):
    key_id: KeyIdentifierText


class GetKeyRotationStatusRequest(NamedTuple):
    key_id: KeyIdentifierText


class GetKeyRotationStatusResponse(NamedTuple):
    key_rotation_enabled: bool
    key_id: KeyIdentifierText
    rotation_period_in_days: RotationPeriod | None = None
    next_rotation_date: Timestamp | None = None
    on_demand_rotation_start_date: Timestamp | None = None
    """Present while a rotation on demand is in progress: until all replicas have the new material."""


class RotateKeyOnDemandRequest(NamedTuple):
    key_id: KeyIdentifierText


class RotateKeyOnDemandResponse(NamedTuple):
    key_id: KeyIdentifierText


class ListKeyRotationsRequest(NamedTuple):
    key_id: KeyIdentifierText
    include_key_material: Annotated[str, Choice(("ALL_KEY_MATERIAL", "ROTATIONS_ONLY"))] = "ROTATIONS_ONLY"
    limit: Limit | None = None
    marker: Marker | None = None


class RotationsListEntry(NamedTuple):
    key_id: KeyIdentifierText
    key_material_id: MaterialId
    key_material_state: Annotated[
        str, Choice(("NON_CURRENT", "CURRENT", "PENDING_ROTATION", "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"))
    ]
    key_material_description: MaterialDescription | None = None
    import_state: Annotated[str, Choice(("IMPORTED", "PENDING_IMPORT"))] | None = None
    expiration_model: ExpirationModel | None = None
    valid_to: Timestamp | None = None
    rotation_date: Timestamp | None = None
    rotation_type: Annotated[str, Choice(("AUTOMATIC", "ON_DEMAND"))] | None = None


class ListKeyRotationsResponse(NamedTuple):
    rotations: tuple[RotationsListEntry, ...]
    next_marker: Marker | None
    truncated: bool
