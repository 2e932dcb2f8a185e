"""What the bytes of a segment are: whole frames, damage, or the beginning of a frame that a crash has torn.

Owns how whole frames are found behind damage: by the bytes that each frame of a chain begins with. Opens no file.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from shared.audit.frame import (
    FRAME_BYTES_MOST,
    FRAME_ENTRIES_MOST,
    HASH_BYTES,
    ChainHead,
    Frame,
    NotAFrame,
    are_what_they_were,
    beginning_of,
    decode_frame,
    head_of,
)

_SIZES: Final = {0xC4: 1, 0xC5: 2, 0xC6: 4}
"""First byte of a msgpack `bin` -> bytes of its length."""
_OBJECT_BYTES_MOST: Final = FRAME_BYTES_MOST + FRAME_ENTRIES_MOST * (HASH_BYTES + 7) + 1_000
"""Of an encoded frame: its entries, a leaf and the heads of two `bin` for each, and room for what is before them."""
UNKNOWN: Final = b""


class Tip(NamedTuple):
    """How far a chain was read. `head.digest` is UNKNOWN where what is before was not read.

    `sure`: the head is proven by the frame before, so that a frame which does not rest on it was changed itself.
    """

    head: ChainHead
    sure: bool


def tip_before(first: int) -> Tip:
    """What is known of the chain before a segment that begins with the entry."""
    return Tip(ChainHead(), True) if first == 1 else Tip(ChainHead(first - 1, UNKNOWN), False)


class ReadFrame(NamedTuple):
    """`sound`: it follows on the one before, without any other byte between them. `tip`: once it was read."""

    frame: Frame
    begin: int
    end: int
    sound: bool
    tip: Tip


def whole_frames(content: bytes, chain: str, tip: Tip) -> Iterator[ReadFrame]:
    """The whole frames of the chain, behind damage too, whose entries are what their leaves say."""
    place = 0
    while (found := _next(content, place, chain, tip)) is not None:
        begin, end, frame = found
        known = tip.head.digest == UNKNOWN or frame.previous == tip.head.digest
        follows = known and frame.first == tip.head.number + 1
        sound = follows and begin == place
        tip = Tip(head_of(frame), follows and tip.head.digest != UNKNOWN)
        yield ReadFrame(frame, begin, end, sound, tip)
        place = end


def is_torn(rest: bytes, chain: str) -> bool:
    """Whether a crash, or a write under way, can have left what no whole frame follows: the beginning of one frame.

    Nothing at all is one, too. A frame that is all there, whatever its length says, is none: it may have been told.
    """
    if not rest:
        return True
    size = _SIZES.get(rest[0])
    if size is None:
        return False
    length, body = rest[1 : 1 + size], rest[1 + size :]
    if len(length) < size:
        return True
    if not len(body) < int.from_bytes(length, "big") <= _OBJECT_BYTES_MOST:
        return False
    beginning = beginning_of(chain)
    return body[: len(beginning)] == beginning[: len(body)] and _decoded(body) is None


class _Found(NamedTuple):
    begin: int
    end: int
    frame: Frame


def _next(content: bytes, place: int, chain: str, tip: Tip) -> _Found | None:
    """The frame at the place, if it goes on with the chain; otherwise the first one behind."""
    found = _whole(content, place, chain)
    if found is not None and _goes_on(tip, found.frame):
        return found
    for begin in _candidates(content, place + 1, chain):
        found = _whole(content, begin, chain)
        if found is not None and found.frame.first > tip.head.number:
            return found
    return None


def _goes_on(tip: Tip, frame: Frame) -> bool:
    return frame.first == tip.head.number + 1 and (not tip.sure or frame.previous == tip.head.digest)


def _candidates(content: bytes, start: int, chain: str) -> Iterator[int]:
    """Where the head of a `bin` stands, not before `start`, that begins as a frame of the chain does."""
    beginning = beginning_of(chain)
    at = content.find(beginning, start)
    while at >= 0:
        for kind, size in _SIZES.items():
            begin = at - 1 - size
            if begin >= start and content[begin] == kind:
                yield begin
        at = content.find(beginning, at + 1)


def _whole(content: bytes, place: int, chain: str) -> _Found | None:
    size = _SIZES.get(content[place]) if place < len(content) else None
    if size is None:
        return None
    begin = place + 1 + size
    end = begin + int.from_bytes(content[place + 1 : begin], "big")
    frame = _decoded(content[begin:end]) if begin < end <= len(content) else None
    return _Found(place, end, frame) if frame and frame.chain == chain and are_what_they_were(frame) else None


def _decoded(encoded: bytes) -> Frame | None:
    try:
        return decode_frame(encoded)
    except NotAFrame:
        return None
