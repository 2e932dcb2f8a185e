"""Which of many patterns may match a long text: those of whose letters the text has four bytes in a row.

Owns the index by which they are found. Of each pattern one such gram is noted, of its longest piece the one that the
fewest others have; the grams of a text are read as numbers, some nanoseconds each, and what they have in common with
the index is all that is left to be tried. UTF-8 keeps this true for every character: a text that holds another holds
its bytes in a row.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import cache, lru_cache
from typing import Literal, NamedTuple, TypeAlias

Matcher: TypeAlias = Callable[[str], bool]
Grams: TypeAlias = Set[int]

_FORMATS: Mapping[int, Literal["I", "H", "B"]] = {4: "I", 2: "H", 1: "B"}
"""Sizes of grams in bytes -> how a number of as many bytes is read in place (`struct`)."""


class Sought(NamedTuple):
    """A pattern: its longest text between wildcards, "" where it has none, and what tells whether a text matches."""

    piece: str
    matches: Matcher


class _Noted(NamedTuple):
    """A pattern in the index. `grams`: all that its piece has."""

    grams: Grams
    matches: Matcher


_Index: TypeAlias = Mapping[int, list[_Noted]]


def any_sought(patterns: Iterable[Sought]) -> Matcher:
    """What tells whether a text matches one of the patterns. The index is made for the first text, if there is one."""
    given = list(patterns)
    always = [pattern.matches for pattern in given if not pattern.piece]

    @cache
    def indexes() -> list[tuple[int, _Index]]:
        sized: dict[int, list[_Noted]] = {}
        for piece, matches in given:
            if piece:
                size = _size(piece)
                sized.setdefault(size, []).append(_Noted(_grams(piece, size), matches))
        return [(size, _index(noted)) for size, noted in sized.items()]

    def matches(text: str) -> bool:
        candidates = (
            matcher for size, index in indexes() for matcher in _candidates(index, _grams_of_text(text, size))
        )
        return any(matcher(text) for matcher in always) or any(matcher(text) for matcher in candidates)

    return matches


def _index(patterns: Iterable[_Noted]) -> _Index:
    """The patterns by that gram of theirs which the fewest have."""
    noted = list(patterns)
    times = Counter(gram for pattern in noted for gram in pattern.grams)
    index: dict[int, list[_Noted]] = {}
    for pattern in noted:
        index.setdefault(min(pattern.grams, key=times.__getitem__), []).append(pattern)
    return index


def _candidates(index: _Index, grams: Grams) -> Iterator[Matcher]:
    """What is left to be tried in a text with these grams."""
    for gram in index.keys() & grams:
        for pattern in index[gram]:
            if pattern.grams <= grams:
                yield pattern.matches


def _size(piece: str) -> int:
    """The largest size of grams that a piece has, which is not empty."""
    length = len(_encoded(piece))
    return next(size for size in _FORMATS if size <= length)


def _grams(text: str, size: int) -> Grams:
    """Every `size` bytes in a row of a text's UTF-8, as numbers."""
    encoded, found = memoryview(_encoded(text)), set[int]()
    for start in range(min(size, len(encoded) - size + 1)):
        end = start + (len(encoded) - start) // size * size
        found.update(encoded[start:end].cast(_FORMATS[size]))
    return found


_grams_of_text = lru_cache(maxsize=8)(_grams)
"""Many conditions ask about one text."""


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
