"""Frames: entries in chains of hashes, as they lie in a spool, in the audit log and in the archive.

Owns the layout, which never changes. A frame is a msgpack array [label, chain, first, previous, leaves, entries]:
`first` is the number of its first entry, counted from 1 in its chain; `leaves` are the SHA-256 of its entries; the head
of a frame is the SHA-256 of the same array without its last element, and `previous` the head of the frame before,
EMPTY_HEAD in the first. So a head vouches for every entry up to it, and an entry that was changed, lost or put in is
found by its number. In a spool, what one group commit has written is one frame.

A chain never forks. One of a worker has one writer, which begins a new one at each start, for it cannot know what of
the last one others have seen; its name is `<node>/worker-<number>/<16 hexadecimal digits>`. The chain of entries that
are derived from a region's log, `log/<partition>/<16 hexadecimal digits>`, is written by every node of the region, to
the same bytes: each frame holds the entries of exactly one record.
"""

import hashlib
from collections.abc import Sequence
from typing import Annotated, NamedTuple

import msgspec

LABEL = "keytide audit frame 1"
HASH_BYTES = 32
EMPTY_HEAD = bytes(HASH_BYTES)
FRAME_ENTRIES_MOST = 1_000
FRAME_BYTES_MOST = 900_000
"""Of all entries of a frame together; with its leaves it fits a record of every log."""

_Hash = Annotated[bytes, msgspec.Meta(min_length=HASH_BYTES, max_length=HASH_BYTES)]


class Frame(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """See the module. `leaves` and `entries` are as many; nothing is verified by reading it."""

    label: str
    chain: str
    first: Annotated[int, msgspec.Meta(ge=1)]
    previous: _Hash
    leaves: tuple[_Hash, ...]
    entries: tuple[bytes, ...]

    @property
    def last(self) -> int:
        """The number of the last entry."""
        return self.first + len(self.leaves) - 1


class ChainHead(NamedTuple):
    """How far a chain goes: the number of its last entry, 0 before the first, and the head of its last frame."""

    number: int = 0
    digest: bytes = EMPTY_HEAD


class BrokenChain(Exception):
    """A frame is not what its chain goes on with. `number`: of the first entry of which that is known."""

    def __init__(self, chain: str, number: int, what: str) -> None:
        super().__init__(f"chain {chain}, entry {number}: {what}")
        self.chain, self.number, self.what = chain, number, what


class NotAFrame(Exception):
    """The bytes are no frame."""


_read = msgspec.msgpack.Decoder(Frame).decode
_write = msgspec.msgpack.Encoder().encode


def frame_of(chain: str, head: ChainHead, entries: Sequence[bytes]) -> Frame:
    """The frame that goes on after `head`; at least one entry."""
    leaves = tuple([hashlib.sha256(entry).digest() for entry in entries])
    return Frame(LABEL, chain, head.number + 1, head.digest, leaves, tuple(entries))


def head_of(frame: Frame) -> ChainHead:
    """The chain's head once it has the frame."""
    signed = _write((frame.label, frame.chain, frame.first, frame.previous, frame.leaves))
    return ChainHead(frame.last, hashlib.sha256(signed).digest())


def encode_frame(frame: Frame) -> bytes:
    return _write(frame)


def decode_frame(encoded: bytes) -> Frame:
    """Take it apart without believing anything in it. Errors: NotAFrame."""
    try:
        frame = _read(encoded)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError) as error:
        raise NotAFrame(f"not a frame: {type(error).__name__}") from error
    if frame.label != LABEL or not frame.leaves:
        raise NotAFrame("it has another label, or no entries")
    return frame


def beginning_of(chain: str) -> bytes:
    """What the bytes of every frame of the chain begin with."""
    return b"\x96" + _write(LABEL) + _write(chain)


def are_what_they_were(frame: Frame) -> bool:
    """Whether every entry is what its leaf says."""
    return len(frame.entries) == len(frame.leaves) and all(
        hashlib.sha256(entry).digest() == leaf for leaf, entry in zip(frame.leaves, frame.entries, strict=True)
    )


def follow(head: ChainHead, frame: Frame) -> ChainHead:
    """The chain's head after the frame, every entry of which is what its leaf says. Errors: BrokenChain."""
    if frame.first != head.number + 1:
        raise BrokenChain(frame.chain, head.number + 1, f"the next frame begins with entry {frame.first}")
    if frame.previous != head.digest:
        raise BrokenChain(frame.chain, frame.first, "it does not rest on the entries before it")
    if len(frame.entries) != len(frame.leaves):
        raise BrokenChain(frame.chain, frame.first, f"{len(frame.leaves)} entries are said, {len(frame.entries)} there")
    for place, (leaf, entry) in enumerate(zip(frame.leaves, frame.entries, strict=True)):
        if hashlib.sha256(entry).digest() != leaf:
            raise BrokenChain(frame.chain, frame.first + place, "it was changed")
    return head_of(frame)


def entry_id(leaf: bytes, chain: str, number: int, account: str = "") -> str:
    """CloudTrail's eventID of an entry in the trail of `account`, "" for the id that all copies share (sharedEventID).

    A UUID of version 8 (RFC 9562), made of the entry's hash and its place, so that it names that very entry.
    """
    digest = bytearray(
        hashlib.sha256(b"/".join((leaf, chain.encode(), b"%d" % number, account.encode()))).digest()[:16]
    )
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
