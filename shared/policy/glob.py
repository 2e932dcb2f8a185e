"""`*` and `?` as IAM reads them: the matcher of actions, resources and values.

Owns the matching of one text against patterns, in time that is bounded by their lengths whatever they say: a policy
must not be able to stall the node. There are no classes, no escapes and no regular expressions. A pattern comes as
pieces, so that what a policy variable put into it is never read as a wildcard.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import TypeAlias

from shared.policy.grams import Sought, any_sought
from shared.policy.segments import Segment, place_of, segment_of, stands_at


class Wildcard(Enum):
    MANY = "*"
    ONE = "?"

    __hash__ = object.__hash__


Piece: TypeAlias = str | Wildcard
Pieces: TypeAlias = tuple[Piece, ...]
Matcher: TypeAlias = Callable[[str], bool]

_PIECE = re.compile(r"\*+|\?|[^*?]+")
_MANY, _ONE = Wildcard.MANY, Wildcard.ONE
_FEW = 24
"""Up to so many patterns are tried one after the other, faster than all at once."""
_SHORT = 256
"""Characters of a text up to which many patterns are tried all at once."""
_RARE = 500
"""What occurs less often in a text is sooner found place by place than by reading the text as a binary number."""
_FILLER, _ZEROS = "\0", b"0" * 256


def pieces(pattern: str) -> Pieces:
    """A pattern's texts and wildcards, in order, and neighbouring `*` as one."""
    return tuple([_ONE if piece == "?" else _MANY if piece[0] == "*" else piece for piece in _PIECE.findall(pattern)])


def joined(pattern: Iterable[Piece]) -> Pieces:
    """The same pattern with neighbouring texts, and neighbouring `*`, as one."""
    found: list[Piece] = []
    for piece in pattern:
        last = found[-1] if found else ""
        if isinstance(piece, str) and isinstance(last, str):
            found[-1:] = [last + piece] if last + piece else []
        elif last is not _MANY or piece is not _MANY:
            found.append(piece)
    return tuple(found)


def any_of(patterns: Iterable[Pieces]) -> Matcher:
    """What tells whether a whole text matches one of the patterns. Each is as `pieces` gives it, or `joined`."""
    given = set(map(_ordered, patterns))
    if (_MANY,) in given:
        return _everything
    exact, beginnings, endings, others = _sorted(given)
    if not beginnings and not endings and not others:
        return exact.__contains__
    inner = _inner(others)
    return lambda text: text in exact or text.startswith(beginnings) or text.endswith(endings) or inner(text)


def _ordered(pattern: Pieces) -> Pieces:
    """The same pattern, of whose neighbouring wildcards a `*` is the last, and the only one."""
    if _MANY not in pattern or _ONE not in pattern:
        return pattern
    found: list[Piece] = []
    for piece in pattern:
        if not found or found[-1] is not _MANY or isinstance(piece, str):
            found.append(piece)
        elif piece is _ONE:
            found.insert(-1, piece)
    return tuple(found)


def _everything(_text: str) -> bool:
    return True


def _nothing(_text: str) -> bool:
    return False


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
    if not patterns:
        return _nothing
    sought = [_sought(pattern) for pattern in patterns]
    if len(sought) == 1:
        return sought[0]
    if len(sought) <= _FEW:
        return _any_of_few(sought)
    at_once, in_long = _stepping(patterns), any_sought(map(Sought, map(_longest, patterns), sought))
    return lambda text: at_once(text) if len(text) <= _SHORT else in_long(text)


def _any_of_few(sought: Sequence[Matcher]) -> Matcher:
    def matches(text: str) -> bool:
        for one in sought:  # noqa: SIM110 (a generator takes longer than a match)
            if one(text):
                return True
        return False

    return matches


def _longest(pattern: Pieces) -> str:
    return max((piece for piece in pattern if isinstance(piece, str)), key=len, default="")


def _sought(pattern: Pieces) -> Matcher:
    first, *rest = _segments(pattern)
    least = first.length + sum(segment.length for segment in rest)
    if not rest:
        return lambda text: len(text) == least and stands_at(first, text, 0)
    segments = (first, *rest)
    return lambda text: len(text) >= least and in_order(segments, text)


def _segments(pattern: Pieces) -> list[Segment]:
    """What stands around the `*` of a pattern: one more than there are of them."""
    parts: list[list[str | None]] = [[]]
    for piece in pattern:
        if piece is _MANY:
            parts.append([])
        else:
            parts[-1].append(piece if isinstance(piece, str) else None)
    return [segment_of(part) for part in parts]


def in_order(segments: Sequence[Segment], text: str) -> bool:
    """Whether a text begins with the first, ends with the last, and has the others in between, one behind another.

    Each is taken at its first place after the one before: where any place does, the first does.
    """
    first, *middle, last = segments
    place, end = first.length, len(text) - last.length
    if place > end:
        return False
    if (last.length and not stands_at(last, text, end)) or (place and not stands_at(first, text, 0)):
        return False
    for segment in middle:
        place = place_of(segment, text, place, end)
        if place < 0:
            return False
        place += segment.length
    return True


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
    starts, loops, ends, before_any, place = [], [], [], [], 0
    texts: list[str] = []
    for pattern in patterns:
        starts.append(place)
        for piece in pattern:
            if piece is _MANY:
                loops.append(place)
                continue
            if piece is _ONE:
                before_any.append(place)
            texts.append(piece if isinstance(piece, str) else _FILLER)
            place += len(texts[-1])
        ends.append(place)
        texts.append(_FILLER)
        place += 1
    anything = _bits(before_any)
    filled = anything | _bits(ends)
    accepted = {character: bits & ~filled | anything for character, bits in _occurrences("".join(texts)).items()}
    return _bits(starts), _bits(loops), _bits(ends), accepted, anything


def _occurrences(text: str) -> Mapping[str, int]:
    """For each character of a text the bits of its places."""
    try:
        encoded = text.encode("latin-1")
    except UnicodeEncodeError:
        return {character: _bits(list(_found(character, text))) for character in set(text)}
    return {
        character: _bits(list(_found(character, text)))
        if encoded.count(ord(character)) < _RARE
        else int(encoded.translate(_ZEROS[: ord(character)] + b"1" + _ZEROS[ord(character) + 1 :])[::-1], 2)
        for character in set(text)
    }


def _found(character: str, text: str) -> Iterator[int]:
    place = text.find(character)
    while place >= 0:
        yield place
        place = text.find(character, place + 1)


def _bits(places: Sequence[int]) -> int:
    """The number with these bits set. `places` ascend."""
    if not places:
        return 0
    set_bits = bytearray(places[-1] // 8 + 1)
    for place in places:
        set_bits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(set_bits, "little")
