"""What happens when the material of a key shall change: by a schedule, when that is due, and on demand.

Owns the decisions about rotation. They belong to the primary of a multi-region key, and every region folds them; fresh
material comes wrapped for the own log and sealed for each region that holds the key. Where there are replicas, it is
given to them first, and encrypts once each of them has it, so that a fresh blob opens in every region at once.
Source: AWS KMS Developer Guide, "Rotate AWS KMS keys".
"""

from collections.abc import Container

from shared.decision import Decision, StateView
from shared.errors import Conflict, InvalidKeyState, LimitExceeded, UnsupportedOperation
from shared.events import KeyRotated, KeyRotationDisabled, KeyRotationEnabled, KeyRotationStarted, MaterialBorn
from shared.keys.commands import DisableKeyRotation, EnableKeyRotation, KeyName, RotateKeyOnDemand
from shared.keys.decide_primary import require_not_replica
from shared.keys.due import rotation_due
from shared.keys.heirs import require_no_heir
from shared.keys.lifecycle import require
from shared.keys.lookup import arn_of, held_key
from shared.keys.model import AUTOMATIC, ON_DEMAND, Key, KeyMaterial, RotationUnderWay
from shared.keys.specs import EXTERNAL, SYMMETRIC_DEFAULT

ON_DEMAND_MOST = 25
"""Rotations on demand in the life of a key."""
QUIET_MILLISECONDS = 20 * 60 * 1000
"""So long before an automatic rotation none is done on demand."""

_LIMIT = (
    "The on-demand rotations limit has been reached for the given keyId. "
    "No more on-demand rotations can be performed for this key: {arn}"
)
_CONFLICT = "An automatic rotation of {arn} is in progress or begins within the next 20 minutes."
_UNDER_WAY = "A rotation of {arn} is in progress: not every replica key has the new key material yet."
_NOTHING_PENDING = "No available key material pending rotation for the key: {arn}."


def enable_key_rotation(command: EnableKeyRotation, view: StateView) -> Decision:
    """The period counts from now, also where only its length changes. Errors: those of `_rotating`; HasHeir."""
    key = _rotating(view, command.key, "EnableKeyRotation")
    require_no_heir(view, key, command.key)
    if key.rotation is not None and key.rotation.period_days == command.period_days:
        return Decision(())
    return _told(key, KeyRotationEnabled(key.account, key.key_id, command.period_days))


def disable_key_rotation(command: DisableKeyRotation, view: StateView) -> Decision:
    """Errors: those of `_rotating`."""
    key = _rotating(view, command.key, "DisableKeyRotation")
    return Decision(()) if key.rotation is None else _told(key, KeyRotationDisabled(key.account, key.key_id))


def rotatable(command: RotateKeyOnDemand, view: StateView) -> Key:
    """The key, if it may be rotated on demand: asked before fresh material is made.

    Errors: those of `_rotating`; Conflict; LimitExceeded; InvalidKeyState where imported material should be pending.
    """
    key, arn = _rotating(view, command.key, "RotateKeyOnDemand"), arn_of(command.key)
    require_no_heir(view, key, command.key)
    if key.under_way is not None:
        raise Conflict(_UNDER_WAY.format(arn=arn))
    if key.rotation is not None and key.rotation.next_at - command.now <= QUIET_MILLISECONDS:
        raise Conflict(_CONFLICT.format(arn=arn))
    if sum(material.rotation_type == ON_DEMAND for material in key.materials) >= ON_DEMAND_MOST:
        raise LimitExceeded(_LIMIT.format(arn=arn))
    if key.origin == EXTERNAL and _ready_material(key) is None:
        raise InvalidKeyState(_NOTHING_PENDING.format(arn=arn))
    return key


def rotate_on_demand(command: RotateKeyOnDemand, view: StateView, fresh: MaterialBorn | None) -> Decision:
    """`fresh`: wrapped and sealed; None for a key with imported material. Errors: those of `rotatable`."""
    return _rotated(rotatable(command, view), ON_DEMAND, fresh)


def rotation_is_due(key: Key, name: KeyName, now: int) -> bool:
    """Whether `key` is to be rotated here by itself."""
    due_at = rotation_due(key, name.region)
    return due_at is not None and due_at <= now


def rotate_when_due(name: KeyName, view: StateView, now: int, fresh: MaterialBorn) -> Decision:
    """The automatic rotation, if it is still due. `fresh`: wrapped and sealed. Errors: NotFound."""
    key = held_key(view, name)
    return _rotated(key, AUTOMATIC, fresh) if rotation_is_due(key, name, now) else Decision(())


def finish_rotation(
    name: KeyName, view: StateView, rotation: RotationUnderWay, confirmed: Container[str], *, overdue: bool
) -> Decision:
    """The new material of `rotation` becomes current, if every replica has confirmed that it has it.

    `confirmed`: regions. `overdue`: the time that is allowed for it is over, so that nobody waits for a region that
    cannot be reached; the record says whom it has not waited for. Whatever the key's state: what was begun ends.
    """
    key = view.key(name.account, name.key_id)
    if key is None or key.under_way != rotation or key.primary_region != name.region:
        return Decision(())
    lacking = tuple(region for region in key.replica_regions if region not in confirmed)
    if lacking and not overdue:
        return Decision(())
    material_id, rotation_type, *_ = rotation
    return _told(key, _rotated_to(key, rotation_type, material_id)._replace(unconfirmed=lacking))


def _rotating(view: StateView, name: KeyName, operation: str) -> Key:
    """Errors: NotFound; those of the key's state; UnsupportedOperation for other keys than symmetric, and replicas."""
    key = held_key(view, name)
    require(operation, key, arn_of(name))
    if key.spec != SYMMETRIC_DEFAULT:
        raise UnsupportedOperation
    require_not_replica(key, name)
    return key


def _ready_material(key: Key) -> KeyMaterial | None:
    """The material to which a key with imported material can be rotated: it is here, and so in every other region."""
    pending = key.pending_material
    return None if pending is None or pending.wrapped is None or key.awaits_import(pending) else pending


def _rotated(key: Key, rotation_type: str, fresh: MaterialBorn | None) -> Decision:
    if fresh is None:
        pending = _ready_material(key)
        if pending is None:
            raise AssertionError("a key without fresh material has some pending")
        return _told(key, _rotated_to(key, rotation_type, pending.material_id))
    own, shared = fresh._replace(sealed=None), fresh._replace(wrapped=None)
    return Decision(
        (_changed(key, rotation_type, own),),
        (_changed(key, rotation_type, shared),) if key.is_multi_region else (),
        answer=key.key_id,
    )


def _changed(key: Key, rotation_type: str, fresh: MaterialBorn) -> KeyRotated | KeyRotationStarted:
    if key.replica_regions:
        return KeyRotationStarted(key.account, key.key_id, rotation_type, (fresh,))
    return _rotated_to(key, rotation_type, fresh.material_id, (fresh,))


def _rotated_to(key: Key, rotation_type: str, material_id: str, materials: tuple[MaterialBorn, ...] = ()) -> KeyRotated:
    previous = key.current_material.material_id if key.has_current_material else ""
    return KeyRotated(
        key.account,
        key.key_id,
        rotation_type,
        material_id,
        materials,
        previous_material_id=previous,
        key_origin=key.origin,
    )


def _told(key: Key, event: KeyRotationEnabled | KeyRotationDisabled | KeyRotated) -> Decision:
    """An event without secrets, which the regions of the key hear as it is."""
    return Decision((event,), (event,) if key.is_multi_region else (), answer=key.key_id)
