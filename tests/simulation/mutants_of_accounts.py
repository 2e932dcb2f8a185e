"""Bugs in taking an account over."""

from typing import Any

from shared.identity import decide_overtaken, overtaken
from tests.simulation.planting import Mutant, code


def _nothing_taken(_event: Any, _fold: Any) -> Any:
    return ()


def _everything_known(_taking: Any, _adopted: Any) -> bool:
    return True


def _nothing_restated(_said: Any, _view: Any, _account: str) -> Any:
    return []


def _hand_over_stands(_account: Any, _event: Any) -> bool:
    return False


HOMES = ("homes",)

OF_ACCOUNTS = {
    "taking-unsaid": Mutant(
        "a take-over does not say what it has adopted", code(overtaken.taking_of, _nothing_taken), HOMES
    ),
    "never-overtaken": Mutant("nothing is taken for overtaken", code(overtaken.knows, _everything_known), HOMES),
    "home-unstated": Mutant(
        "the home does not say what it holds", code(decide_overtaken._as_it_is, _nothing_restated), HOMES
    ),
    "hand-over-stands": Mutant(
        "a hand-over stands beside the take-over", code(overtaken.replaces_hand_over, _hand_over_stands), HOMES
    ),
}
