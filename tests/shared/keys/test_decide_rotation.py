"""What happens when the material of a key shall change."""

from typing import Any

import pytest

from shared.errors import (
    Conflict,
    InvalidKeyState,
    KeyDisabled,
    KeytideError,
    LimitExceeded,
    NotFound,
    UnsupportedOperation,
)
from shared.events import KeyRotated, KeyRotationDisabled, KeyRotationEnabled, MaterialBorn
from shared.identifiers import key_stream
from shared.keys import decide
from shared.keys.commands import (
    CreateKey,
    DisableKeyRotation,
    EnableKeyRotation,
    KeyName,
    RotateKeyOnDemand,
    SetKeyEnabled,
)
from shared.keys.decide_rotation import (
    ON_DEMAND_MOST,
    QUIET_MILLISECONDS,
    disable_key_rotation,
    enable_key_rotation,
    rotate_on_demand,
    rotate_when_due,
    rotation_is_due,
)
from shared.keys.due import due_at
from shared.keys.model import Key, Rotation
from shared.keys.times import days
from tests.shared.keys.examples import (
    ACCOUNT,
    ARN,
    IMPORTABLE,
    KEY_ID,
    MATERIAL,
    MULTI,
    MULTI_REGION_NAME,
    NAME,
    REGION,
    SINGLE,
    Family,
    view_with,
)
from tests.shared.memory_view import MemoryView

NOW = MemoryView(REGION).time
ENABLE = EnableKeyRotation(NAME, 90)
REPLICA = "eu-west-1"


def fresh(number: int = 1, **sealed: bytes) -> MaterialBorn:
    regions = {region.replace("_", "-"): secret for region, secret in sealed.items()}
    return MaterialBorn(f"{number:064x}", KEY_ID, NOW, b"fresh", regions or None)


def on_demand(view: MemoryView, name: KeyName = NAME, material: MaterialBorn | None = None) -> Any:
    return rotate_on_demand(RotateKeyOnDemand(name, view.time), view, material or fresh())


def key_in(view: MemoryView) -> Key:
    key = view.key(ACCOUNT, KEY_ID)
    assert key is not None
    return key


def test_rotation_is_switched_on_changed_and_off() -> None:
    view = view_with(SINGLE)
    for period_days in (90, 365):
        (event,) = enable_key_rotation(EnableKeyRotation(NAME, period_days), view).events
        assert event == KeyRotationEnabled(ACCOUNT, KEY_ID, period_days)
        view.apply([event])
        assert key_in(view).rotation == Rotation(period_days, NOW + days(period_days))
    decision = disable_key_rotation(DisableKeyRotation(NAME), view)
    assert (decision.events, decision.shared_events) == ((KeyRotationDisabled(ACCOUNT, KEY_ID),), ())
    view.apply(decision.events)
    assert key_in(view).rotation is None


def test_what_is_set_already_appends_nothing_and_keeps_its_date() -> None:
    view = view_with(SINGLE)
    assert disable_key_rotation(DisableKeyRotation(NAME), view).events == ()
    view.apply(enable_key_rotation(ENABLE, view).events)
    assert enable_key_rotation(ENABLE, view).events == ()


def test_a_rotation_on_demand_makes_the_fresh_material_current() -> None:
    view = view_with(SINGLE)
    decision = on_demand(view)
    what = (fresh().material_id, (fresh(),), (), MATERIAL.material_id, "AWS_KMS")
    assert decision.events == (KeyRotated(ACCOUNT, KEY_ID, "ON_DEMAND", *what),)
    assert decision.shared_events == ()
    view.apply(decision.events)
    assert [material.material_id for material in key_in(view).materials] == [MATERIAL.material_id, fresh().material_id]
    assert key_in(view).current_material.wrapped == b"fresh"


def test_the_own_log_holds_wrapped_material_and_the_shared_log_sealed_material() -> None:
    family = Family(MULTI, REPLICA)
    decision = on_demand(family.views[REGION], MULTI_REGION_NAME, fresh(eu_west_1=b"sealed"))
    (own,), (shared,) = decision.events, decision.shared_events
    assert [(m.wrapped, m.sealed) for m in own.materials] == [(b"fresh", None)]
    assert [(m.wrapped, m.sealed) for m in shared.materials] == [(None, {REPLICA: b"sealed"})]
    family.do(REGION, decision)
    given = [family.key(region).pending_material for region in family.regions]
    assert [material and material.wrapped for material in given] == [b"fresh", b"sealed", None]


def test_the_setting_is_shared_by_the_family() -> None:
    family = Family(MULTI, REPLICA)
    family.do(REGION, enable_key_rotation(EnableKeyRotation(family.name(), 90), family.views[REGION]))
    assert {family.key(region).rotation for region in family.regions} == {Rotation(90, NOW + days(90))}
    family.do(REGION, disable_key_rotation(DisableKeyRotation(family.name()), family.views[REGION]))
    assert {family.key(region).rotation for region in family.regions} == {None}


def test_rotations_on_demand_are_limited_for_life_and_automatic_ones_do_not_count() -> None:
    view = view_with(SINGLE)
    view.apply([KeyRotated(ACCOUNT, KEY_ID, "AUTOMATIC", fresh(100).material_id, (fresh(100),))])
    for number in range(ON_DEMAND_MOST):
        view.apply(on_demand(view, material=fresh(number)).events)
    with pytest.raises(LimitExceeded) as refusal:
        on_demand(view, material=fresh(ON_DEMAND_MOST))
    assert refusal.value.message == (
        "The on-demand rotations limit has been reached for the given keyId. "
        f"No more on-demand rotations can be performed for this key: {ARN}"
    )


@pytest.mark.parametrize(
    ("before", "refused"), [(QUIET_MILLISECONDS + 1, False), (QUIET_MILLISECONDS, True), (-1, True)]
)
def test_no_rotation_on_demand_shortly_before_an_automatic_one(before: int, refused: bool) -> None:
    view = view_with(SINGLE)
    view.apply(enable_key_rotation(ENABLE, view).events)
    view.time = NOW + days(90) - before
    if not refused:
        assert on_demand(view).events
        return
    with pytest.raises(Conflict) as refusal:
        on_demand(view)
    assert ARN in refusal.value.message


SIGNING = SINGLE._replace(spec="RSA_2048", usage="SIGN_VERIFY")
HMAC = SINGLE._replace(spec="HMAC_256", usage="GENERATE_VERIFY_MAC")


@pytest.mark.parametrize("operation", ["enable", "disable", "rotate"])
@pytest.mark.parametrize(
    ("command", "state", "error", "text"),
    [
        (SIGNING, "Enabled", UnsupportedOperation, ""),
        (HMAC, "Enabled", UnsupportedOperation, ""),
        (SIGNING, "Disabled", KeyDisabled, f"{ARN} is disabled."),
        (SINGLE, "Disabled", KeyDisabled, f"{ARN} is disabled."),
        (SINGLE, "PendingDeletion", InvalidKeyState, f"{ARN} is pending deletion."),
        (SINGLE, None, NotFound, f"Key '{ARN}' does not exist"),
    ],
)
def test_what_every_operation_refuses(
    operation: str, command: CreateKey, state: str | None, error: type[KeytideError], text: str
) -> None:
    view = view_with(command)
    view.states[key_stream(ACCOUNT, KEY_ID)] = key_in(view)._replace(state=state)
    with pytest.raises(error) as refusal:
        attempt(operation, view, NAME)
    assert refusal.value.message == text


@pytest.mark.parametrize("operation", ["enable", "disable", "rotate"])
def test_a_replica_changes_no_rotation(operation: str) -> None:
    family = Family(MULTI, REPLICA)
    with pytest.raises(UnsupportedOperation) as refusal:
        attempt(operation, family.views[REPLICA], family.name(REPLICA))
    assert refusal.value.message.endswith("is not a multi-region primary key.")


@pytest.mark.parametrize("operation", ["enable", "disable"])
def test_imported_material_is_not_rotated_by_a_schedule(operation: str) -> None:
    for state in ("PendingImport", "Enabled", "Disabled"):
        view = view_with(IMPORTABLE)
        view.states[key_stream(ACCOUNT, KEY_ID)] = key_in(view)._replace(state=state)
        with pytest.raises(UnsupportedOperation) as refusal:
            attempt(operation, view, NAME)
        assert refusal.value.message == f"{ARN} origin is EXTERNAL which is not valid for this operation."


def attempt(operation: str, view: MemoryView, name: KeyName) -> object:
    if operation == "enable":
        return enable_key_rotation(EnableKeyRotation(name, 90), view)
    return disable_key_rotation(DisableKeyRotation(name), view) if operation == "disable" else on_demand(view, name)


def test_an_automatic_rotation_is_done_when_it_is_due_and_once() -> None:
    view = view_with(SINGLE)
    view.apply(enable_key_rotation(ENABLE, view).events)
    due = NOW + days(90)
    assert due_at(key_in(view), REGION) == due
    assert not rotation_is_due(key_in(view), NAME, due - 1)
    assert rotate_when_due(NAME, view, due - 1, fresh()).events == ()
    view.time = due + 5
    decision = rotate_when_due(NAME, view, due + 5, fresh())
    what = (fresh().material_id, (fresh(),), (), MATERIAL.material_id, "AWS_KMS")
    assert decision.events == (KeyRotated(ACCOUNT, KEY_ID, "AUTOMATIC", *what),)
    view.apply(decision.events)
    assert key_in(view).rotation == Rotation(90, due + days(90))
    assert rotate_when_due(NAME, view, due + 5, fresh(2)).events == ()


def test_a_disabled_key_is_not_rotated_and_is_overdue_when_it_is_enabled_again() -> None:
    view = view_with(SINGLE)
    view.apply(enable_key_rotation(ENABLE, view).events)
    view.apply(decide.set_key_enabled(SetKeyEnabled(NAME, enabled=False), view).events)
    late = NOW + days(400)
    assert not rotation_is_due(key_in(view), NAME, late)
    view.apply(decide.set_key_enabled(SetKeyEnabled(NAME, enabled=True), view).events)
    assert rotation_is_due(key_in(view), NAME, late)


def test_the_primary_alone_rotates_a_family() -> None:
    family = Family(MULTI, REPLICA)
    family.do(REGION, enable_key_rotation(EnableKeyRotation(family.name(), 90), family.views[REGION]))
    due = NOW + days(90)
    assert [rotation_is_due(family.key(region), family.name(region), due) for region in family.regions] == [
        True,
        False,
        False,
    ]
    decision = rotate_when_due(family.name(), family.views[REGION], due, fresh(eu_west_1=b"sealed"))
    family.do(REGION, decision)
    pending = family.key(REPLICA).pending_material
    assert pending is not None
    assert pending.wrapped == b"sealed"
