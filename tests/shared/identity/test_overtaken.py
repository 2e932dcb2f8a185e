"""What a take-over overtakes, in whatever order regions hear it; a table, and what becomes of the marks."""

from typing import Any

import pytest

from shared.fold import Fold
from shared.identity.account_events import AccountHomeMoved, HomeChangeSettled, SigningKeysIssued
from shared.identity.account_evolve import ACCOUNT_FOLDS
from shared.identity.events import UserDeleted
from shared.identity.model import Account
from shared.identity.overtaken import Taking, knows, outcome, said_of, takings
from tests.shared.identity.examples import ACCOUNT, HOME, PEER, THIRD

AT_HOME = Account(ACCOUNT, HOME, "Example", 1, 0, PEER)
TAKEN = AccountHomeMoved(ACCOUNT, PEER, 1, None, forced=True, former_region=HOME)
HANDED = AccountHomeMoved(ACCOUNT, PEER, 1, HOME)
BY_PEER = Fold(THIRD, 5, origin=PEER, number=9, adopted={HOME: 4})
BY_HOME = Fold(THIRD, 5, origin=HOME, number=6)


def folded(account: Account, *said: tuple[Any, Fold]) -> Account:
    for event, fold in said:
        account = ACCOUNT_FOLDS[type(event)](account, event, fold)
    return account


def test_a_take_over_says_how_far_it_had_adopted_the_former_home() -> None:
    assert takings(folded(AT_HOME, (TAKEN, BY_PEER))) == (Taking(HOME, 4, PEER, 9),)


def test_one_from_before_it_was_said_is_no_ground_to_list_anything() -> None:
    assert takings(folded(AT_HOME, (TAKEN._replace(former_region=None), BY_PEER))) == ()


def test_a_take_over_counts_before_the_hand_over_to_the_same_home_that_it_had_not_heard_of() -> None:
    one = folded(AT_HOME, (HANDED, BY_HOME), (TAKEN, BY_PEER))
    other = folded(AT_HOME, (TAKEN, BY_PEER), (HANDED, BY_HOME))
    assert one == other == folded(AT_HOME, (TAKEN, BY_PEER))


@pytest.mark.parametrize(("adopted", "knew"), [({}, False), ({PEER: 8}, False), ({PEER: 9}, True), ({HOME: 9}, False)])
def test_whoever_has_adopted_the_take_over_knows_of_it(adopted: dict[str, int], knew: bool) -> None:
    assert knows(Taking(HOME, 4, PEER, 9), adopted) is knew


def test_a_mark_that_is_overtaken_itself_counts_no_more() -> None:
    settled = HomeChangeSettled(ACCOUNT, THIRD, 3, True)
    one = folded(AT_HOME, (settled, BY_HOME))
    assert outcome(one, THIRD, 3) is True
    assert outcome(folded(one, (TAKEN, BY_PEER)), THIRD, 3) is None
    assert outcome(folded(one, (TAKEN, Fold(THIRD, 5, origin=PEER, number=9, adopted={HOME: 6}))), THIRD, 3) is True


def test_only_what_somebody_has_asked_for_is_listed() -> None:
    asked, due = UserDeleted(ACCOUNT, "bob"), SigningKeysIssued(ACCOUNT, "AKIA", "20260101", 35, ())
    assert said_of(ACCOUNT, (asked, due, UserDeleted("444455556666", "bob"))) == (asked,)
