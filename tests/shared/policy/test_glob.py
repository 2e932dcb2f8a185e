"""What `*` and `?` match, and that no pattern can stall the node."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy.glob import Wildcard, any_of, joined, pieces

PATTERNS = st.text("ab*?", max_size=8)
TEXTS = st.text("ab", max_size=8)


def matches(pattern: str, text: str) -> bool:
    return any_of([pieces(pattern)])(text)


def plainly_matches(pattern: str, text: str) -> bool:
    """The definition, word by word."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(plainly_matches(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and plainly_matches(pattern[1:], text[1:])


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("**", "anything", True),
        ("?", "", False),
        ("kms:encrypt", "kms:encrypt", True),
        ("kms:encrypt", "kms:Encrypt", False),
        ("kms:*", "kms:", True),
        ("*:key", "a:key", True),
        ("a*a", "a", False),
        ("a*b*c", "aXbYc", True),
        ("a*b*c", "acb", False),
        ("?*?", "a", False),
        ("*?a?*", "xay", True),
        ("[A-Z]", "B", False),
        ("[A-Z]", "[A-Z]", True),
        (r"\*", r"\x", True),
        (".", "x", False),
        ("a\n*", "a\nb", True),
    ],
)
def test_patterns(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


@given(PATTERNS, TEXTS)
def test_a_pattern_matches_what_the_definition_says(pattern: str, text: str) -> None:
    assert matches(pattern, text) is plainly_matches(pattern, text)


@given(st.lists(PATTERNS, max_size=60), TEXTS)
def test_many_patterns_match_what_one_of_them_does(patterns: list[str], text: str) -> None:
    assert any_of(map(pieces, patterns))(text) is any(plainly_matches(pattern, text) for pattern in patterns)


def test_a_text_that_was_put_into_a_pattern_is_no_wildcard() -> None:
    found = any_of([joined(("user/", "*", Wildcard.MANY))])
    assert found("user/*/x")
    assert not found("user/bob/x")


@pytest.mark.parametrize("more", ["", "\0", "\xff", "\u0100"])
def test_many_patterns_match_whatever_their_characters_are(more: str) -> None:
    """What is frequent, rare, and beyond Latin-1 is found in different ways."""
    patterns = [f"*{number:04x}?{more}x\0*" for number in range(1_000)]
    matches = any_of(map(pieces, patterns))
    assert matches(f"before 03e7\0{more}x\0 after")
    assert not matches(f"before 03e8\0{more}x\0 after")
    assert not matches(f"before 03e7{more}x\0 after")


@pytest.mark.parametrize(
    "pattern",
    ["*a" * 15_000 + "b", "*a?" * 10_000 + "b", "*" + "a?" * 400 + "b*", "*a*a*a*a*b", "*" * 30_000 + "b"],
)
def test_no_pattern_stalls_the_node(pattern: str) -> None:
    found = any_of([pieces(pattern)])
    began = time.process_time()
    assert not found("a" * 2_000)
    assert time.process_time() - began < 0.2


@given(st.text("ab*?", max_size=24), st.text("ab", max_size=60))
def test_a_long_text_is_matched_as_a_short_one_is(pattern: str, text: str) -> None:
    """What is before and behind makes it long: it is matched by the places of its letters."""
    fill = "é" * 300
    for before, behind in ((fill, ""), ("", fill), ("x" * 300, "x" * 300)):
        padded = any_of([pieces(f"{before}{pattern}{behind}")])
        assert padded(f"{before}{text}{behind}") is matches(pattern, text)


@given(st.lists(st.text("aéb*?", max_size=8), min_size=25, max_size=40), st.text("aéb", max_size=8))
def test_many_patterns_match_a_long_text_as_one_by_one(patterns: list[str], text: str) -> None:
    long = text * 50
    assert any_of(map(pieces, patterns))(long) is any(matches(pattern, long) for pattern in patterns)
