"""EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand.

What happens when a rotation is due is the matter of `due.py`.
"""

from services.region_node.changes.fresh_material import fresh_material
from services.region_node.operations import rules
from services.region_node.operations.resolve import arn_of, resolve_allowed, resolve_name
from services.region_node.operations.types.rotation import (
    DisableKeyRotationRequest,
    EnableKeyRotationRequest,
    GetKeyRotationStatusRequest,
    GetKeyRotationStatusResponse,
    RotateKeyOnDemandRequest,
    RotateKeyOnDemandResponse,
)
from services.region_node.requests.call import Call
from shared.decision import Decision, StateView
from shared.keys import commands
from shared.keys.decide_rotation import disable_key_rotation, enable_key_rotation, rotatable, rotate_on_demand
from shared.keys.lookup import held_key
from shared.keys.model import ON_DEMAND, Key
from shared.keys.specs import EXTERNAL

PERIOD_DAYS = 365
"""Where the client names none (AWS KMS API reference, EnableKeyRotation)."""


async def enable_rotation(call: Call, request: EnableKeyRotationRequest) -> None:
    name = resolve_name(call, request.key_id, rules.ENABLE_KEY_ROTATION)
    command = commands.EnableKeyRotation(name, request.rotation_period_in_days or PERIOD_DAYS)
    await call.change(lambda view: enable_key_rotation(command, view))


async def disable_rotation(call: Call, request: DisableKeyRotationRequest) -> None:
    command = commands.DisableKeyRotation(resolve_name(call, request.key_id, rules.DISABLE_KEY_ROTATION))
    await call.change(lambda view: disable_key_rotation(command, view))


def get_rotation_status(call: Call, request: GetKeyRotationStatusRequest) -> GetKeyRotationStatusResponse:
    """A key on its way out is not rotated, and says so; its setting is there again when the deletion is cancelled."""
    key = resolve_allowed(call, request.key_id, rules.GET_KEY_ROTATION_STATUS)
    if key.rotation is None or key.deletion is not None:
        return GetKeyRotationStatusResponse(False, key.key_id, None, None, _started_on_demand(key))
    period_days, next_at = key.rotation
    return GetKeyRotationStatusResponse(True, key.key_id, period_days, next_at / 1000, _started_on_demand(key))


def _started_on_demand(key: Key) -> float | None:
    """Seconds. Present while the replicas are being given the new material."""
    under_way = key.under_way
    return under_way.started_at / 1000 if under_way is not None and under_way.rotation_type == ON_DEMAND else None


async def rotate(call: Call, request: RotateKeyOnDemandRequest) -> RotateKeyOnDemandResponse:
    command = commands.RotateKeyOnDemand(resolve_name(call, request.key_id, rules.ROTATE_KEY_ON_DEMAND), call.now)
    await call.change(lambda view: _decide(call, command, view))
    return RotateKeyOnDemandResponse(arn_of(call, held_key(call.latest(), command.key)))


def _decide(call: Call, command: commands.RotateKeyOnDemand, view: StateView) -> Decision:
    """Makes material only for a key that may be rotated, and anew each time: a replica may have come."""
    key = rotatable(command, view)
    fresh = None if key.origin == EXTERNAL else fresh_material(call.vault, key, call.now)
    return rotate_on_demand(command, view, fresh)
