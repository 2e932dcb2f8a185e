"""Scheduling, cancelling and carrying out deletions; handing the primary over."""

import pytest

from shared.aliases.commands import CreateAlias
from shared.aliases.decide import create_alias
from shared.errors import InvalidKeyState, KeyDisabled, KeytideError, NotFound, UnsupportedOperation
from shared.events import AliasDeleted, KeyDeleted, KeyDeletionCanceled, KeyDeletionScheduled, PrimaryRegionUpdated
from shared.keys import decide
from shared.keys.commands import (
    CancelKeyDeletion,
    RegionalSettings,
    ReplicateKey,
    ScheduleKeyDeletion,
    SetKeyEnabled,
    SettingsLimits,
    UpdatePrimaryRegion,
)
from shared.keys.decide_deletion import cancel_key_deletion, delete_key, deletion_is_due, schedule_key_deletion
from shared.keys.decide_primary import update_primary_region
from shared.keys.decide_replica import replicate_key
from shared.keys.times import days
from tests.shared.keys.examples import (
    ACCOUNT,
    ARN,
    AUTHOR,
    KEY_ID,
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

NOW = 1_700_000_000_000
REPLICA = "eu-west-1"
SCHEDULE = ScheduleKeyDeletion(NAME, 7, NOW)


def scheduled() -> MemoryView:
    view = view_with(SINGLE)
    view.apply(schedule_key_deletion(SCHEDULE, view).events)
    return view


def family() -> tuple[MemoryView, MemoryView]:
    """The primary's region and the replica's."""
    primary, replica = view_with(MULTI), MemoryView(REPLICA)
    replica.apply(decide.create_key(MULTI, MemoryView(REGION)).shared_events, origin=REGION)
    command = ReplicateKey(
        MULTI_REGION_NAME, REPLICA, frozenset({REPLICA}), RegionalSettings(), SettingsLimits(), AUTHOR
    )
    decision = replicate_key(command, primary, {MATERIAL.material_id: {REPLICA: b"sealed"}})
    primary.apply(decision.events)
    replica.apply(decision.shared_events, REGION, {MATERIAL.material_id: b"wrapped"})
    return primary, replica


def test_a_deletion_is_due_after_its_window() -> None:
    decision = schedule_key_deletion(SCHEDULE, view_with(SINGLE))
    assert decision.events == (KeyDeletionScheduled(ACCOUNT, KEY_ID, 7, NOW + days(7)),)
    assert decision.shared_events == ()


def test_a_primary_with_replicas_has_no_date_yet() -> None:
    primary, replica = family()
    assert schedule_key_deletion(SCHEDULE._replace(key=MULTI_REGION_NAME), primary).events == (
        KeyDeletionScheduled(ACCOUNT, MULTI_REGION_KEY_ID, 7, None),
    )
    there = MULTI_REGION_NAME._replace(region=REPLICA)
    assert schedule_key_deletion(SCHEDULE._replace(key=there), replica).events == (
        KeyDeletionScheduled(ACCOUNT, MULTI_REGION_KEY_ID, 7, NOW + days(7)),
    )


def test_scheduling_twice_and_cancelling_nothing_are_refused() -> None:
    with pytest.raises(InvalidKeyState, match=f"{ARN} is pending deletion."):
        schedule_key_deletion(SCHEDULE, scheduled())
    with pytest.raises(InvalidKeyState, match=f"{ARN} is not pending deletion."):
        cancel_key_deletion(CancelKeyDeletion(NAME, NOW), view_with(SINGLE))


def test_a_deletion_can_be_cancelled_until_it_is_due() -> None:
    view = scheduled()
    cancelled = cancel_key_deletion(CancelKeyDeletion(NAME, NOW + days(7) - 1), view)
    assert cancelled.events == (KeyDeletionCanceled(ACCOUNT, KEY_ID),)
    with pytest.raises(InvalidKeyState, match="is being deleted"):
        cancel_key_deletion(CancelKeyDeletion(NAME, NOW + days(7)), view)


@pytest.mark.parametrize(("passed", "due"), [(days(7) - 1, False), (days(7), True), (days(8), True)])
def test_when_a_deletion_is_due(passed: int, due: bool) -> None:
    key = scheduled().key(ACCOUNT, KEY_ID)
    assert key is not None
    assert deletion_is_due(key, NOW + passed) is due


def test_aliases_go_with_their_key() -> None:
    view = view_with(SINGLE)
    for alias in ("alias/a", "alias/b"):
        view.apply(create_alias(CreateAlias(alias, NAME, 50), view).events)
    decision = delete_key(NAME, view)
    assert decision.events == (
        KeyDeleted(ACCOUNT, KEY_ID, REGION, whole=True),
        AliasDeleted(ACCOUNT, "alias/a"),
        AliasDeleted(ACCOUNT, "alias/b"),
    )
    assert decision.shared_events == ()
    view.apply(decision.events)
    assert (view.key(ACCOUNT, KEY_ID), view.alias(ACCOUNT, "alias/a")) == (None, None)


def test_the_family_hears_of_a_replica_and_of_a_primary_that_go() -> None:
    primary, replica = family()
    gone = KeyDeleted(ACCOUNT, MULTI_REGION_KEY_ID, REPLICA)
    assert delete_key(MULTI_REGION_NAME._replace(region=REPLICA), replica).shared_events == (gone,)
    primary.apply([gone], origin=REPLICA)
    assert delete_key(MULTI_REGION_NAME, primary).shared_events == (gone._replace(region=REGION, whole=True),)


def test_the_primary_hands_over_to_a_replica() -> None:
    primary, replica = family()
    decision = update_primary_region(UpdatePrimaryRegion(MULTI_REGION_NAME, REPLICA), primary)
    (updated,) = decision.events
    assert isinstance(updated, PrimaryRegionUpdated)
    assert decision.events == decision.shared_events
    assert (updated.key_id, updated.primary_region, updated.epoch) == (MULTI_REGION_KEY_ID, REPLICA, 1)
    primary.apply(decision.events)
    replica.apply(decision.shared_events, origin=REGION)
    with pytest.raises(UnsupportedOperation, match="is not a multi-region primary key"):
        update_primary_region(UpdatePrimaryRegion(MULTI_REGION_NAME, REPLICA), primary)
    back = UpdatePrimaryRegion(MULTI_REGION_NAME._replace(region=REPLICA), REGION)
    (returned,) = update_primary_region(back, replica).events
    assert isinstance(returned, PrimaryRegionUpdated)
    assert (returned.primary_region, returned.epoch) == (REGION, 2)


@pytest.mark.parametrize(
    ("region", "error", "text"),
    [
        ("ap-southeast-2", NotFound, "does not exist"),
        (REGION, UnsupportedOperation, "is already the multi-region primary key."),
        ("nowhere-1", NotFound, "does not exist"),
    ],
)
def test_only_a_region_with_a_replica_becomes_the_primary(region: str, error: type[KeytideError], text: str) -> None:
    with pytest.raises(error, match=text):
        update_primary_region(UpdatePrimaryRegion(MULTI_REGION_NAME, region), family()[0])


def test_a_disabled_primary_does_not_hand_over() -> None:
    primary, _ = family()
    primary.apply(decide.set_key_enabled(SetKeyEnabled(MULTI_REGION_NAME, enabled=False), primary).events)
    with pytest.raises(KeyDisabled):
        update_primary_region(UpdatePrimaryRegion(MULTI_REGION_NAME, REPLICA), primary)


def test_a_replica_that_is_to_go_and_is_made_the_primary_waits_for_the_others() -> None:
    primary, replica = family()
    name = MULTI_REGION_NAME._replace(region=REPLICA)
    replica.apply(schedule_key_deletion(ScheduleKeyDeletion(name, 7, NOW), replica).events)
    handed_over = update_primary_region(UpdatePrimaryRegion(MULTI_REGION_NAME, REPLICA), primary)
    replica.apply(handed_over.shared_events, origin=REGION)
    key = replica.key(ACCOUNT, MULTI_REGION_KEY_ID)
    assert key is not None
    assert (key.state, deletion_is_due(key, NOW + days(100))) == ("PendingReplicaDeletion", False)
    replica.apply(cancel_key_deletion(CancelKeyDeletion(name, NOW), replica).events)
    replica.apply(decide.set_key_enabled(SetKeyEnabled(name, enabled=True), replica).events)
    back = update_primary_region(UpdatePrimaryRegion(name, REGION), replica)
    (returned,) = back.events
    assert isinstance(returned, PrimaryRegionUpdated)
    assert (returned.primary_region, returned.epoch) == (REGION, 2)


def test_a_replica_that_is_made_the_primary_while_it_goes_takes_nobody_with_it() -> None:
    primary, replica = family()
    name = MULTI_REGION_NAME._replace(region=REPLICA)
    replica.apply(schedule_key_deletion(ScheduleKeyDeletion(name, 7, NOW), replica).events)
    handed_over = update_primary_region(UpdatePrimaryRegion(MULTI_REGION_NAME, REPLICA), primary)
    replica.apply(handed_over.shared_events, origin=REGION)
    primary.apply(handed_over.events)
    gone = delete_key(name, replica)
    assert gone.shared_events == (KeyDeleted(ACCOUNT, MULTI_REGION_KEY_ID, REPLICA, whole=False),)
    primary.apply(gone.shared_events, origin=REPLICA)
    kept = primary.key(ACCOUNT, MULTI_REGION_KEY_ID)
    assert kept is not None
    assert kept.held_here
