"""What stands between the `*` of a pattern: texts with gaps of one character, sought in a text.

Owns the seeking. A short text is searched as it is. In a long one the places of each letter are a number, one bit a
character, so that a segment costs a few steps for each of its letters wherever the text almost matches: a search that
goes on from place to place took a second for a policy of 32 KB (Baeza-Yates and Gonnet's Shift-And, its roles swapped).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

_SHORT = 256
"""Characters of a text that is searched as it is."""
_FEW_LETTERS = 4
"""A segment that is as short is sought as it is in any text."""
_PLANES = 3
"""Bytes of a code point that differ from zero."""


class Segment(NamedTuple):
    """`letters`: texts, each behind how many characters of the segment."""

    length: int
    letters: tuple[tuple[int, str], ...]


def segment_of(pieces: Iterable[str | None]) -> Segment:
    """`pieces`: texts, and None for any one character."""
    length, letters = 0, []
    for piece in pieces:
        if piece is not None:
            letters.append((length, piece))
        length += 1 if piece is None else len(piece)
    return Segment(length, tuple(letters))


def stands_at(segment: Segment, text: str, place: int) -> bool:
    """Whether the text goes on with the segment at `place`; that it is long enough has been seen before."""
    for offset, letters in segment.letters:  # noqa: SIM110 (a generator takes longer than the comparison)
        if not text.startswith(letters, place + offset):
            return False
    return True


def place_of(segment: Segment, text: str, place: int, end: int) -> int:
    """Where the segment stands first between `place` and `end`; -1 where it does not."""
    found = place if not segment.letters else _seek(segment, text, place)
    return found if found + segment.length <= end else -1


def _seek(segment: Segment, text: str, place: int) -> int:
    """Where the segment's letters stand first from `place` on; behind the text where they do not."""
    if len(segment.letters) == 1 and (len(text) <= _SHORT or segment.length <= _FEW_LETTERS):
        offset, letters = segment.letters[0]
        found = text.find(letters, place + offset)
        return len(text) + 1 if found < 0 else found - offset
    places = _places_of(segment, text) >> place
    return place + (places & -places).bit_length() - 1 if places else len(text) + 1


def _places_of(segment: Segment, text: str) -> int:
    """A bit for every place where the segment's letters stand."""
    places = -1
    for offset, letters in segment.letters:
        for behind, letter in enumerate(letters, offset):
            places &= _places(text, letter) >> behind
            if not places:
                return 0
    return places


@lru_cache(maxsize=512)
def _places(text: str, letter: str) -> int:
    """A bit for every place where the letter stands."""
    if text.isascii():
        return _bits(text.encode(), ord(letter)) if letter.isascii() else 0
    planes = text.encode("utf-32-le", "surrogatepass")
    wanted = ord(letter).to_bytes(_PLANES, "little")
    return _common([_bits(planes[plane::4], byte) for plane, byte in enumerate(wanted)])


def _common(places: Sequence[int]) -> int:
    first, *others = places
    for other in others:
        first &= other
    return first


def _bits(text: bytes, byte: int) -> int:
    """Bit n is set where byte n is this one."""
    return int(text[::-1].translate(_digits(byte)) or b"0", 2)


@lru_cache(maxsize=256)
def _digits(byte: int) -> bytes:
    """What makes the digit 1 of this byte, and 0 of every other."""
    return b"0" * byte + b"1" + b"0" * (255 - byte)
