"""`*` and `?` as IAM reads them: the matcher of actions, resources and values.

Owns the matching of one text against patterns, in time that is bounded by their lengths whatever they say: a policy
must not be able to stall the node. There are no classes, no escapes and no regular expressions. A pattern comes as
pieces, so that what a policy variable put into it is never read as a wildcard.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import TypeAlias


class Wildcard(Enum):
    MANY = "*"
    ONE = "?"

    __hash__ = object.__hash__


Piece: TypeAlias = str | Wildcard
Pieces: TypeAlias = tuple[Piece, ...]
Matcher: TypeAlias = Callable[[str], bool]

_PIECE = re.compile(r"[*?]|[^*?]+")
_MANY, _ONE = Wildcard.MANY, Wildcard.ONE
_FEW = 24
"""Up to so many patterns are tried one after the other, faster than all at once."""


def pieces(pattern: str) -> Pieces:
    """A pattern's texts and wildcards, in order."""
    return tuple(_WILDCARDS.get(piece, piece) for piece in _PIECE.findall(pattern))


_WILDCARDS: Mapping[str, Piece] = {"*": _MANY, "?": _ONE}


def any_of(patterns: Iterable[Iterable[Piece]]) -> Matcher:
    """What tells whether a whole text matches one of the patterns."""
    joined = {_joined(pattern) for pattern in patterns}
    if (_MANY,) in joined:
        return _everything
    exact, beginnings, endings, others = _sorted(joined)
    if not beginnings and not endings and not others:
        return exact.__contains__
    inner = _inner(others)
    return lambda text: text in exact or text.startswith(beginnings) or text.endswith(endings) or inner(text)


def _everything(_text: str) -> bool:
    return True


def _nothing(_text: str) -> bool:
    return False


def _joined(pattern: Iterable[Piece]) -> Pieces:
    """The same pattern with neighbouring texts, and neighbouring `*`, as one."""
    joined: list[Piece] = []
    for piece in pattern:
        last = joined[-1] if joined else ""
        if isinstance(piece, str) and isinstance(last, str):
            joined[-1:] = [last + piece] if last + piece else []
        elif last is not _MANY or piece is not _MANY:
            joined.append(piece)
    return tuple(joined)


def _sorted(patterns: Iterable[Pieces]) -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...], list[Pieces]]:
    """Texts without wildcards; those before a last `*`; those after a first one; and the other patterns."""
    exact, beginnings, endings, others = set(), [], [], []
    for pattern in patterns:
        match pattern:
            case ():
                exact.add("")
            case (str(text),):
                exact.add(text)
            case (str(text), Wildcard.MANY):
                beginnings.append(text)
            case (Wildcard.MANY, str(text)):
                endings.append(text)
            case _:
                others.append(pattern)
    return frozenset(exact), tuple(beginnings), tuple(endings), others


def _inner(patterns: Sequence[Pieces]) -> Matcher:
    if len(patterns) > _FEW or any(_ONE in pattern for pattern in patterns):
        return _stepping(patterns)
    if not patterns:
        return _nothing
    found = [_finding(_between_stars(pattern)) for pattern in patterns]
    return found[0] if len(found) == 1 else lambda text: any(matches(text) for matches in found)


def _between_stars(pattern: Pieces) -> list[str]:
    """The texts around the `*` of a pattern: one more than there are of them."""
    parts = [""]
    for piece in pattern:
        if isinstance(piece, str):
            parts[-1] = piece
        else:
            parts.append("")
    return parts


def _finding(parts: Sequence[str]) -> Matcher:
    """Each part at its first place after the part before: where any place does, the first does."""
    first, *middle, last = parts
    least = sum(map(len, parts))

    def matches(text: str) -> bool:
        if len(text) < least or not text.startswith(first) or not text.endswith(last):
            return False
        place, end = len(first), len(text) - len(last)
        for part in middle:
            place = text.find(part, place, end)
            if place < 0:
                return False
            place += len(part)
        return True

    return matches


def _stepping(patterns: Iterable[Pieces]) -> Matcher:
    """All places of all patterns at once, one bit each, one step a character (Baeza-Yates and Gonnet's Shift-And).

    A set bit: the text so far matches the pattern up to there. `loops`: places that a `*` stands at.
    """
    starts, loops, ends, accepted, anything = _places(patterns)

    def matches(text: str) -> bool:
        states = starts
        for character in text:
            states = (states & accepted.get(character, anything)) << 1 | states & loops
            if not states:
                return False
        return states & ends != 0

    return matches


def _places(patterns: Iterable[Pieces]) -> tuple[int, int, int, Mapping[str, int], int]:
    """The bits of the beginnings, of the loops, of the ends, of the places before each character, and before a `?`."""
    starts, loops, ends, place = [], [], [], 0
    before: dict[Piece, list[int]] = {}
    for pattern in patterns:
        starts.append(place)
        for piece in pattern:
            if piece is _MANY:
                loops.append(place)
                continue
            for element in piece if isinstance(piece, str) else (piece,):
                before.setdefault(element, []).append(place)
                place += 1
        ends.append(place)
        place += 1
    anything = _bits(before.pop(_ONE, []))
    accepted = {element: anything | _bits(places) for element, places in before.items() if isinstance(element, str)}
    return _bits(starts), _bits(loops), _bits(ends), accepted, anything


def _bits(places: Sequence[int]) -> int:
    """The number with these bits set. `places` ascend."""
    if not places:
        return 0
    set_bits = bytearray(places[-1] // 8 + 1)
    for place in places:
        set_bits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(set_bits, "little")
