"""Where the statements of a policy stand in its text.

Owns line and column, both from 1, of a statement's first character and of the one behind its last.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_SPACE = re.compile(r"[ \t\n\r]*")
_READER = json.JSONDecoder()


class Position(NamedTuple):
    line: int
    column: int


class Span(NamedTuple):
    """`end` is behind the last character."""

    start: Position
    end: Position


@lru_cache(maxsize=64)
def statement_spans(text: str) -> tuple[Span, ...]:
    """Of every statement, in their order. The text has to be a policy that `parser.py` reads.

    Remembered, because a simulation asks once for each statement that decided.
    """
    return tuple(Span(_position(text, start), _position(text, end)) for start, end in _statements(text))


def _statements(text: str) -> Iterator[tuple[int, int]]:
    for name, start, end in _members(text):
        if name == "Statement":
            yield from _elements(text, start) if text[start] == "[" else ((start, end),)


def _members(text: str) -> Iterator[tuple[str, int, int]]:
    """Name, begin and end of every value in the policy's object."""
    place = _next(text, _next(text, 0) + 1)
    while text[place] != "}":
        name, place = _READER.raw_decode(text, place)
        start = _next(text, _next(text, place) + 1)
        _, end = _READER.raw_decode(text, start)
        yield name, start, end
        place = _behind_comma(text, end)


def _elements(text: str, opening: int) -> Iterator[tuple[int, int]]:
    place = _next(text, opening + 1)
    while text[place] != "]":
        _, end = _READER.raw_decode(text, place)
        yield place, end
        place = _behind_comma(text, end)


def _behind_comma(text: str, place: int) -> int:
    place = _next(text, place)
    return _next(text, place + 1) if text[place] == "," else place


def _next(text: str, place: int) -> int:
    """The first character that is no white space."""
    space = _SPACE.match(text, place)
    return place if space is None else space.end()


def _position(text: str, place: int) -> Position:
    return Position(text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place))
