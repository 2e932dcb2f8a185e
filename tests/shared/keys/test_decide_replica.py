"""What happens when the primary gives a multi-region key to one more region."""

import pytest

from shared.errors import (
    AlreadyExists,
    KeyDisabled,
    KeytideError,
    MalformedPolicy,
    UnsupportedOperation,
    ValidationFailed,
)
from shared.events import KeyReplicated
from shared.keys import decide
from shared.keys.commands import RegionalSettings, ReplicateKey, SetKeyEnabled, SettingsLimits
from shared.keys.decide_replica import replicate_key
from shared.policy.document import default_policy
from tests.shared.keys.examples import (
    ACCOUNT,
    AUTHOR,
    MATERIAL,
    MULTI,
    MULTI_REGION_KEY_ID,
    MULTI_REGION_NAME,
    NAME,
    REGION,
    SINGLE,
    view_with,
)
from tests.shared.memory_view import MemoryView

SETTINGS = RegionalSettings("replica", default_policy(ACCOUNT), (("b", "2"), ("a", "1")))
COMMAND = ReplicateKey(
    key=MULTI_REGION_NAME,
    replica_region="eu-west-1",
    known_regions=frozenset({"eu-west-1", "ap-southeast-2"}),
    settings=SETTINGS,
    limits=SettingsLimits(),
    author=AUTHOR,
)
SEALED = {MATERIAL.material_id: {"eu-west-1": b"sealed"}}


def test_the_own_log_holds_no_secret_and_the_shared_log_one_for_the_destination() -> None:
    decision = replicate_key(COMMAND, view_with(MULTI), SEALED)
    (local,), (shared,) = decision.events, decision.shared_events
    assert isinstance(local, KeyReplicated)
    assert isinstance(shared, KeyReplicated)
    assert [(m.wrapped, m.sealed) for m in local.materials] == [(None, None)]
    assert [(m.wrapped, m.sealed) for m in shared.materials] == [(None, {"eu-west-1": b"sealed"})]
    assert shared == local._replace(materials=shared.materials)
    assert (local.description, local.tags) == ("replica", (("a", "1"), ("b", "2")))
    assert local.replica_regions == ("eu-west-1",)
    assert decision.answer == MULTI_REGION_KEY_ID


def test_every_region_knows_the_family_and_only_the_replica_holds_the_key() -> None:
    primary, replica, third = view_with(MULTI), MemoryView("eu-west-1"), MemoryView("ap-southeast-2")
    decision = replicate_key(COMMAND, primary, SEALED)
    primary.apply(decision.events)
    for view, rewrapped in ((replica, {MATERIAL.material_id: b"rewrapped"}), (third, {})):
        view.apply(decide.create_key(MULTI, MemoryView(REGION)).shared_events, origin=REGION)
        view.apply(decision.shared_events, origin=REGION, rewrapped=rewrapped)
    keys = [view.key(ACCOUNT, MULTI_REGION_KEY_ID) for view in (primary, replica, third)]
    assert [key and (key.state, key.replica_regions) for key in keys] == [
        ("Enabled", ("eu-west-1",)),
        ("Enabled", ("eu-west-1",)),
        (None, ("eu-west-1",)),
    ]
    assert [key and key.current_material.wrapped for key in keys] == [b"wrapped", b"rewrapped", None]
    assert [key and key.description for key in keys] == ["", "replica", ""]


def test_replica_regions_stay_sorted() -> None:
    view = view_with(MULTI)
    view.apply(replicate_key(COMMAND, view, SEALED).events)
    (event,) = replicate_key(COMMAND._replace(replica_region="ap-southeast-2"), view, SEALED).events
    assert isinstance(event, KeyReplicated)
    assert event.replica_regions == ("ap-southeast-2", "eu-west-1")


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"key": NAME}, UnsupportedOperation, "is not a multi-region primary key."),
        ({"replica_region": REGION}, AlreadyExists, "already exists"),
        ({"replica_region": "sa-east-1"}, ValidationFailed, "Known regions: ap-southeast-2, eu-west-1."),
        (
            {"settings": RegionalSettings(policy=default_policy("999999999999"))},
            MalformedPolicy,
            "The new key policy will not allow you to update the key policy in the future.",
        ),
    ],
)
def test_what_replicate_key_refuses(changes: dict[str, object], error: type[KeytideError], text: str) -> None:
    command = COMMAND._replace(**changes)  # type: ignore[arg-type]
    with pytest.raises(error) as refusal:
        replicate_key(command, view_with(SINGLE, MULTI), SEALED)
    assert refusal.value.message.endswith(text)


def test_a_region_that_has_the_key_is_refused() -> None:
    view = view_with(MULTI)
    view.apply(replicate_key(COMMAND, view, SEALED).events)
    with pytest.raises(AlreadyExists):
        replicate_key(COMMAND, view, SEALED)


def test_a_disabled_primary_is_refused() -> None:
    view = view_with(MULTI)
    view.apply(decide.set_key_enabled(SetKeyEnabled(MULTI_REGION_NAME, enabled=False), view).events)
    with pytest.raises(KeyDisabled):
        replicate_key(COMMAND, view, SEALED)


def test_a_replica_does_not_replicate() -> None:
    view = view_with(MULTI)
    replica = MemoryView("eu-west-1")
    replica.apply(decide.create_key(MULTI, MemoryView(REGION)).shared_events, origin=REGION)
    replica.apply(replicate_key(COMMAND, view, SEALED).shared_events, origin=REGION)
    command = COMMAND._replace(key=MULTI_REGION_NAME._replace(region="eu-west-1"), replica_region="ap-southeast-2")
    with pytest.raises(UnsupportedOperation):
        replicate_key(command, replica, SEALED)
