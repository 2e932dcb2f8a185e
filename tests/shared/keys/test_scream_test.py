"""The brown-out of a key: which share of its uses fails when, and who may begin and end it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidKeyState, KeyDisabled, NotFound, UnsupportedOperation, ValidationFailed
from shared.events import KeyDeleted, KeyDeletionScheduled
from shared.events import KeyDisabled as Disabled
from shared.evolve import evolve
from shared.fold import Fold
from shared.identifiers import key_stream
from shared.keys import decide
from shared.keys.commands import RegionalSettings
from shared.keys.decide_scream_test import (
    StartScreamTest,
    StopScreamTest,
    start_scream_test,
    stop_scream_test,
)
from shared.keys.errors import NoScreamTest, ScreamTestHit
from shared.keys.model import AWS, Key, ScreamTest
from shared.keys.scream_events import MINUTES_MOST
from shared.keys.scream_test import PARTS, ends_at, hits, is_running, require_spared, share
from shared.keys.self_test import SELF_TEST_DESCRIPTION
from tests.shared.keys.examples import ACCOUNT, ARN, KEY_ID, NAME, REGION, SINGLE
from tests.shared.memory_view import MemoryView

MINUTE = 60_000
TEST = ScreamTest("0123456789abcdef", 1_000_000, 30, 5, 50, "operator")
ENDS = 1_000_000 + 30 * MINUTE
START = StartScreamTest(NAME, TEST.test, 5, 50, 30, "operator", 1_700_000_000_000)


@pytest.mark.parametrize(
    ("now", "percent"),
    [
        (1_000_000 - 5 * MINUTE, 5),  # a node whose clock is behind that of the record's author
        (1_000_000 - 5 * MINUTE - 1, 0),  # an author whose clock was ahead, and was set right
        (1_000_000, 5),
        (1_000_000 + 15 * MINUTE, 27.5),
        (1_000_000 + 20 * MINUTE, 35),
        (ENDS - 1, 49.99),
        (ENDS, 0),
        (ENDS + 1, 0),
    ],
)
def test_the_share_grows_evenly_and_is_nothing_once_the_time_is_over(now: int, percent: float) -> None:
    assert share(TEST, now) == percent * PARTS / 100
    assert is_running(TEST, now) == (now < ENDS)


def test_a_stopped_test_fails_nothing_from_the_moment_on() -> None:
    stopped = TEST._replace(from_percent=100, to_percent=100, stopped_at=1_000_001)
    assert not any(hits(stopped, str(number), 1_000_002) for number in range(100))


@given(st.integers(1, 100), st.integers(0, 99), st.integers(1, MINUTES_MOST), st.integers(0, 2**40))
def test_a_share_is_never_outside_what_was_asked_for(first: int, more: int, minutes: int, now: int) -> None:
    last = min(100, first + more)
    test = TEST._replace(from_percent=first, to_percent=last, minutes=minutes)
    assert share(test, now) == 0 or first * 100 <= share(test, now) <= last * 100
    assert (share(test, now) == 0) == (not test.started_at - 5 * MINUTE <= now < ends_at(test))


def test_whether_a_request_is_hit_hangs_on_its_id_and_the_test_alone() -> None:
    now = 1_000_000 + 20 * MINUTE
    asked = [hits(TEST, f"request-{number}", now) for number in range(10_000)]
    assert asked == [hits(TEST, f"request-{number}", now) for number in range(10_000)]
    assert 3_300 <= sum(asked) <= 3_700  # 35 %, and more than four standard deviations around it
    other = TEST._replace(test="fedcba9876543210")
    assert asked != [hits(other, f"request-{number}", now) for number in range(10_000)]


def test_who_is_hit_once_stays_hit_while_the_share_grows() -> None:
    early, late = 1_000_000, ENDS - 1
    assert all(hits(TEST, str(number), late) for number in range(2_000) if hits(TEST, str(number), early))


def test_the_refusal_names_the_test_and_how_to_stop_it() -> None:
    whole = TEST._replace(from_percent=100, to_percent=100)
    with pytest.raises(ScreamTestHit) as caught:
        require_spared(whole, ARN, "any", 1_000_000)
    error = caught.value
    assert (error.code, error.retryable) == ("KMSInvalidStateException", False)
    assert "scream test 0123456789abcdef" in error.message
    assert f"keytide scream stop {KEY_ID} --region {REGION}" in error.message
    assert error.additional == {"ScreamTest": {"Test": TEST.test, "Key": ARN}}
    assert error.remedy.isascii()


def a_key(description: str = "") -> MemoryView:
    view = MemoryView(REGION)
    view.apply(decide.create_key(SINGLE._replace(settings=RegionalSettings(description)), view).events)
    return view


def key_in(view: MemoryView) -> Key:
    key = view.key(ACCOUNT, KEY_ID)
    assert key is not None
    return key


def test_a_test_begins_with_its_record_and_is_remembered_when_it_was_stopped() -> None:
    view = a_key()
    view.apply(start_scream_test(START, view).events)
    begun = key_in(view).scream_test
    assert begun == ScreamTest(TEST.test, view.time, 30, 5, 50, "operator")
    view.time += MINUTE
    view.apply(stop_scream_test(StopScreamTest(NAME, "other", view.time), view).events)
    assert key_in(view).scream_test == begun._replace(stopped_at=view.time, stopped_by="other")


def test_a_stop_of_an_earlier_test_does_not_end_the_present_one() -> None:
    view = a_key()
    view.apply(start_scream_test(START, view).events)
    stop = stop_scream_test(StopScreamTest(NAME, "other", view.time), view).events
    view.apply(stop)
    view.apply(start_scream_test(START._replace(test="f" * 16), view).events)
    view.apply(stop)
    assert key_in(view).scream_test == ScreamTest("f" * 16, view.time, 30, 5, 50, "operator")


@pytest.mark.parametrize(
    "wrong",
    [
        {"from_percent": 0},
        {"from_percent": 51},
        {"to_percent": 101},
        {"minutes": 0},
        {"minutes": MINUTES_MOST + 1},
    ],
)
def test_shares_and_times_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationFailed):
        start_scream_test(START._replace(**wrong), a_key())  # type: ignore[arg-type]


def test_only_a_customers_key_that_could_be_used_is_browned_out() -> None:
    with pytest.raises(NotFound):
        start_scream_test(START, MemoryView(REGION))
    with pytest.raises(UnsupportedOperation, match="proves itself"):
        start_scream_test(START, a_key(description=SELF_TEST_DESCRIPTION))
    view = a_key()
    view.apply([Disabled(ACCOUNT, KEY_ID)])
    with pytest.raises(KeyDisabled):
        start_scream_test(START, view)
    view.apply([KeyDeletionScheduled(ACCOUNT, KEY_ID, 7, 1)])
    with pytest.raises(InvalidKeyState, match="pending deletion"):
        start_scream_test(START, view)
    service = a_key()
    service.states[key_stream(ACCOUNT, KEY_ID)] = key_in(service)._replace(key_manager=AWS)
    with pytest.raises(UnsupportedOperation, match="AWS managed"):
        start_scream_test(START, service)


def test_two_tests_of_a_key_do_not_run_at_once_but_one_after_the_other() -> None:
    view = a_key()
    view.apply(start_scream_test(START, view).events)
    with pytest.raises(InvalidKeyState, match=TEST.test):
        start_scream_test(START._replace(now=view.time + 30 * MINUTE - 1), view)
    start_scream_test(START._replace(now=view.time + 30 * MINUTE), view)


def test_what_does_not_run_cannot_be_stopped() -> None:
    view = a_key()
    with pytest.raises(NoScreamTest):
        stop_scream_test(StopScreamTest(NAME, "", view.time), view)
    view.apply(start_scream_test(START, view).events)
    with pytest.raises(NoScreamTest):
        stop_scream_test(StopScreamTest(NAME, "", view.time + 30 * MINUTE), view)


def test_a_replica_that_goes_takes_its_test_along() -> None:
    view = a_key()
    view.apply(start_scream_test(START, view).events)
    key = evolve(key_in(view), KeyDeleted(ACCOUNT, KEY_ID, REGION), Fold(REGION, view.time))
    assert isinstance(key, Key)
    assert key.scream_test is None
