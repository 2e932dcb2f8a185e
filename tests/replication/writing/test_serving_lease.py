"""The two halves of a lease: until when a node serves, and how long a writer waits for it."""

import pytest

from replication.writing.serving_lease import BEHIND_SECONDS, LEASE_SECONDS, WAIT_SECONDS, HeldLease, Promises, leader


def test_a_node_serves_while_every_other_one_has_promised() -> None:
    held = HeldLease()
    held.granted("b", 10.0)
    assert held.until(["b", "c"]) == 0.0
    held.granted("c", 11.0)
    assert held.until(["b", "c"]) == 10.0 + LEASE_SECONDS


def test_a_node_that_has_applied_the_log_needs_no_promise() -> None:
    held = HeldLease()
    held.log_applied(20.0)
    assert held.until(["b"]) == held.until([]) == 20.0 + LEASE_SECONDS


def test_an_older_answer_shortens_no_lease() -> None:
    held = HeldLease()
    held.granted("b", 10.0)
    held.granted("b", 9.0)
    held.log_applied(5.0)
    held.log_applied(4.0)
    assert held.until(["b"]) == 10.0 + LEASE_SECONDS


def test_a_writer_waits_longer_than_a_lease_that_was_taken_just_before_its_change() -> None:
    promises = Promises([0])
    number = promises.begin(0, 1, 100.0)
    assert promises.wait_until("b", number) == 100.0 + WAIT_SECONDS > 100.0 + LEASE_SECONDS


def test_a_writer_does_not_wait_for_who_has_applied_its_change() -> None:
    promises = Promises([0, 0])
    number = promises.begin(1, 5, 100.0)
    promises.hear("b", [9, 4])
    assert promises.wait_until("b", number) > 0
    promises.hear("b", [9, 5])
    assert promises.wait_until("b", number) == 0.0


def test_a_writer_waits_for_a_promise_that_it_has_given_meanwhile() -> None:
    promises = Promises([0])
    number = promises.begin(0, 1, 100.0)
    assert promises.grant("b", [0], 100.5)
    assert promises.wait_until("b", number) == 100.5 + WAIT_SECONDS


def test_who_has_not_applied_what_was_acknowledged_gets_no_promise() -> None:
    promises = Promises([3])
    assert not promises.grant("b", [2], 100.0)
    promises.end(promises.begin(0, 4, 100.0), acknowledged=True)
    assert not promises.grant("b", [3], 101.0)
    assert promises.grant("b", [4], 101.0)


def test_what_was_not_acknowledged_hinders_no_promise() -> None:
    promises = Promises([3])
    promises.end(promises.begin(0, 4, 100.0), acknowledged=False)
    assert promises.grant("b", [3], 101.0)


@pytest.mark.parametrize(("after", "granted"), [(BEHIND_SECONDS, True), (BEHIND_SECONDS + 0.1, False)])
def test_a_change_does_not_wait_for_ever_for_a_node_that_prolongs_its_lease(after: float, granted: bool) -> None:
    promises = Promises([0])
    promises.begin(0, 1, 100.0)
    assert promises.grant("b", [0], 100.0 + after) is granted


def test_who_may_not_rest_on_the_log_is_waited_for_from_when_that_was_known() -> None:
    promises = Promises([0])
    number = promises.begin(0, 1, 100.0)
    assert promises.wait_until("b", number, gone_since=98.0) == 98.0 + WAIT_SECONDS
    assert promises.wait_until("b", number, gone_since=101.0) == 100.0 + WAIT_SECONDS
    assert promises.grant("b", [0], 100.5)
    assert promises.wait_until("b", number, gone_since=98.0) == 100.5 + WAIT_SECONDS


def test_who_was_passed_over_gets_no_promise_while_the_change_waits_for_a_third_one() -> None:
    promises = Promises([0])
    number = promises.begin(0, 1, 100.0)
    promises.pass_over("b", number)
    assert not promises.grant("b", [0], 100.0)
    assert promises.grant("c", [0], 100.0)
    assert promises.grant("b", [1], 100.0)


def test_the_lowest_name_of_those_that_said_that_they_may_write_leads() -> None:
    assert leader("b", {"a": 10.0, "c": 10.0}, 11.0) == "a"
    assert leader("b", {"a": 10.0, "c": 10.0}, 11.0 + WAIT_SECONDS) == "b"
