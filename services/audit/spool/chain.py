"""The chain that a worker writes: its frames, one after the other, as they lie in a segment.

Owns where the chain stands. Nothing is written here: see `files.py`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from shared.audit.frame import ChainHead, encode_frame, frame_of, head_of

_write = msgspec.msgpack.Encoder().encode


class Spooled(NamedTuple):
    """A frame that has to be appended next: the number of its first entry, and its bytes."""

    first: int
    content: bytes


class Chain:
    """One that begins with its first entry."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._head = ChainHead()

    def next(self, entries: Sequence[bytes]) -> Spooled:
        """The frame of the entries, at least one."""
        frame = frame_of(self.name, self._head, entries)
        self._head = head_of(frame)
        return Spooled(frame.first, _write(encode_frame(frame)))
