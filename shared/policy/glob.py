"""`*` and `?` as IAM reads them: the matcher of actions, resources and values.

Owns the matching of one text against patterns, in time that is bounded by their lengths whatever they say: a policy
must not be able to stall the node. There are no classes, no escapes and no regular expressions. A pattern comes as
pieces, so that what a policy variable put into it is never read as a wildcard.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import TypeAlias


class Wildcard(Enum):
    MANY = "*"
    ONE = "?"


Piece: TypeAlias = str | Wildcard
Pieces: TypeAlias = tuple[Piece, ...]
Matcher: TypeAlias = Callable[[str], bool]

_PIECE = re.compile(r"[*?]|[^*?]+")
_MANY, _ONE = Wildcard.MANY, Wildcard.ONE


def pieces(pattern: str) -> Pieces:
    """A pattern's texts and wildcards, in order."""
    return tuple(Wildcard(piece) if piece in "*?" else piece for piece in _PIECE.findall(pattern))


def matcher(pattern: Iterable[Piece]) -> Matcher:
    """What tells whether a whole text matches."""
    joined = _joined(pattern)
    if _ONE in joined:
        return _stepping(joined)
    if _MANY not in joined:
        return "".join(_texts(joined)).__eq__
    return _finding(_between_stars(joined))


def any_of(patterns: Iterable[Pieces]) -> Matcher:
    """What tells whether a whole text matches one of them. Those without wildcards, and beginnings, are looked up."""
    joined = {_joined(pattern) for pattern in patterns}
    if (_MANY,) in joined:
        return _everything
    exact = frozenset("".join(_texts(pattern)) for pattern in joined if _is_exact(pattern))
    beginnings = tuple("".join(_texts(pattern)) for pattern in joined if _is_beginning(pattern))
    others = tuple(matcher(p) for p in joined if not _is_exact(p) and not _is_beginning(p))
    if not beginnings and not others:
        return exact.__contains__
    return lambda text: text in exact or text.startswith(beginnings) or any(matches(text) for matches in others)


def _everything(_text: str) -> bool:
    return True


def _is_exact(pattern: Pieces) -> bool:
    return not any(isinstance(piece, Wildcard) for piece in pattern)


def _is_beginning(pattern: Pieces) -> bool:
    return pattern[-1:] == (_MANY,) and _is_exact(pattern[:-1])


def _joined(pattern: Iterable[Piece]) -> Pieces:
    """The same pattern with neighbouring texts as one, and one `*` after the `?` of each run of wildcards."""
    joined: list[Piece] = []
    for piece in pattern:
        last = joined[-1] if joined else ""
        if isinstance(piece, str) and isinstance(last, str):
            joined[-1:] = [last + piece] if last + piece else []
        elif last is _MANY and piece is _ONE:
            joined[-1:] = [_ONE, _MANY]
        elif last is not _MANY or piece is not _MANY:
            joined.append(piece)
    return tuple(joined)


def _texts(pattern: Pieces) -> list[str]:
    return [piece for piece in pattern if isinstance(piece, str)]


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


def _stepping(pattern: Pieces) -> Matcher:
    """All places of the pattern at once, one bit each (Baeza-Yates and Gonnet's Shift-And), one step a character.

    Bit n of `states`: the text so far matches the first n elements. `loops`: places that a `*` stands at.
    """
    elements, loops = _elements(pattern)
    places: dict[Piece, int] = {}
    for place, element in enumerate(elements):
        places[element] = places.get(element, 0) | 1 << place
    anything = places.pop(_ONE, 0)
    accepted = {character: anything | bits for character, bits in places.items()}
    least = len(elements)

    def matches(text: str) -> bool:
        if len(text) < least:
            return False
        states = 1
        for character in text:
            states = (states & accepted.get(character, anything)) << 1 | (states & loops)
            if not states:
                return False
        return bool(states >> least & 1)

    return matches


def _elements(pattern: Pieces) -> tuple[list[Piece], int]:
    elements: list[Piece] = []
    loops = 0
    for piece in pattern:
        if piece is _MANY:
            loops |= 1 << len(elements)
        else:
            elements.extend(piece if isinstance(piece, str) else (piece,))
    return elements, loops
