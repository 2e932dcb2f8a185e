"""Many patterns are told apart from a long text by what it holds, and none that matches is passed over."""

import time
from functools import partial
from operator import contains

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy.glob import any_of, pieces
from shared.policy.grams import Sought, any_sought

WORDS = st.text("aé\U0001f511b", max_size=6)


def holding(words: list[str]) -> list[Sought]:
    """Patterns that match what holds a word."""
    return [Sought(word, lambda text, word=word: contains(text, word)) for word in words]  # type: ignore[misc]


@given(st.lists(WORDS, max_size=8), WORDS, st.integers(1, 20))
def test_a_text_is_found_by_any_word_that_it_holds(words: list[str], text: str, times: int) -> None:
    assert any_sought(holding(words))(text * times) is any(word in text * times for word in words)


@pytest.mark.parametrize("length", range(1, 12))
@pytest.mark.parametrize("before", range(4))
def test_a_word_is_found_wherever_it_stands(length: int, before: int) -> None:
    word = "0123456789x"[:length]
    matches = any_sought(holding([word, "elsewhere"]))
    assert matches("-" * before + word)
    assert matches("-" * before + word + "-")
    assert not matches("-" * before + word[1:] + "-" + word[:-1])


def test_only_what_the_text_may_match_is_tried() -> None:
    tried: list[str] = []

    def noted(word: str, _text: str) -> bool:
        tried.append(word)
        return False

    any_sought([Sought(word, partial(noted, word)) for word in ("abcde", "bcdef", "xyz", "")])("__bcdef__yz")
    assert tried == ["", "bcdef"]


@pytest.mark.parametrize("text", ["a" * 8_000, "é" * 4_000, "".join(f"{number:04x}_" for number in range(1_600))])
def test_thousands_of_patterns_and_a_long_value_do_not_stall_the_node(text: str) -> None:
    matches = any_of(pieces(f"*{number:04x}b*") for number in range(3_500))
    matches("z" * 300)
    began = time.process_time()
    for number in range(10):
        assert not matches(f"{text}{number}")
    assert time.process_time() - began < 0.05
