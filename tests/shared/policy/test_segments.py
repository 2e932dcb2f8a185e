"""Where a segment of a pattern stands in a text, and that what almost matches costs no more than what does."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy.conditions import test_of as condition_test
from shared.policy.segments import place_of, segment_of
from shared.policy.statement import Condition

PIECES = st.lists(st.one_of(st.text("aé\U0001f511", min_size=1, max_size=4), st.none()), max_size=4)
LONGEST_VALUE = 8_000


@given(PIECES, st.text("aé\U0001f511", max_size=6), st.sampled_from([1, 60]), st.integers(0, 4))
def test_a_segment_is_found_where_it_stands_first(pieces: list[str | None], text: str, times: int, place: int) -> None:
    long, segment = text * times, segment_of(pieces)
    letters = [letter for piece in pieces for letter in (piece or [None])]
    stands = [
        start
        for start in range(place, len(long) - len(letters) + 1)
        if all(letter in (None, long[start + behind]) for behind, letter in enumerate(letters))
    ]
    assert place_of(segment, long, place, len(long)) == (stands[0] if stands else -1)


@pytest.mark.parametrize(
    "pattern",
    ["*?", "*?b", "*a?b*", "*" + "a" * 45 + "b" + "a" * 45 + "*", "${aws:userid}*?"],
    ids=["anything", "ending", "gap", "needle", "variable"],
)
def test_conditions_of_a_whole_policy_do_not_stall_the_node(pattern: str) -> None:
    """A policy of 32 KB has room for 300 of them, all asked about one long value."""
    context = {"kms:encryptioncontext:a": "a" * LONGEST_VALUE, "aws:userid": "a"}
    for operator in ("StringLike", "StringNotLike"):
        holds = condition_test(Condition(operator, "kms:EncryptionContext:a", (pattern,)), variables=True)
        holds(context)
        began = time.process_time()
        for _ in range(300):
            holds(context)
        assert time.process_time() - began < 0.1
