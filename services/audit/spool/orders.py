"""What a spool asks of whoever writes its files, and what it is told.

Owns the two orders, their outcome, and both as bytes between two processes. Nothing but the standard library is
imported here: it is all that the process needs which carries them out.
"""

import errno
import os
import struct
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

from services.audit.spool.files import SpoolFiles

_APPEND = struct.Struct("!QH")
"""Of an order to append: the first number, and the bytes of the chain's name. Of one to probe nothing is told."""
_OUTCOME = struct.Struct("!iQ")
OUTCOME_BYTES = _OUTCOME.size


class Append(NamedTuple):
    """See `SpoolFiles.append`."""

    chain: str
    first: int
    content: bytes | memoryview


class Probe(NamedTuple):
    """See `SpoolFiles.probe`."""

    writer: str


Order: TypeAlias = Append | Probe


class Outcome(NamedTuple):
    """`fault`: the error's number (errno), 0 where the order was carried out, which took so many nanoseconds."""

    fault: int
    nanoseconds: int = 0

    @property
    def error(self) -> OSError | None:
        return OSError(self.fault, os.strerror(self.fault)) if self.fault else None


GONE = Outcome(errno.EPIPE)
"""Whoever should carry the order out has ended."""

Told: TypeAlias = Callable[[Outcome], None]


class Writing(Protocol):
    """Carries out one order after the other."""

    def begin(self, order: Order, told: Told) -> None:
        """Do it after all that was begun before; `told` is called in the event loop, later."""

    def end(self) -> None:
        """What is under way is told as GONE, and so is whatever is begun later."""


def carried_out(order: Order, files: SpoolFiles) -> Outcome:
    """Blocks on the disk."""
    began = time.perf_counter_ns()
    try:
        if isinstance(order, Append):
            files.append(*order)
        else:
            files.probe(*order)
    except OSError as error:
        return Outcome(error.errno or errno.EIO)
    return Outcome(0, time.perf_counter_ns() - began)


def encode_order(order: Order) -> bytes:
    if isinstance(order, Probe):
        return b"p" + order.writer.encode()
    chain = order.chain.encode()
    return b"".join((b"a", _APPEND.pack(order.first, len(chain)), chain, order.content))


def decode_order(encoded: bytearray) -> Order:
    if encoded[:1] == b"p":
        return Probe(encoded[1:].decode())
    first, length = _APPEND.unpack_from(encoded, 1)
    begin = 1 + _APPEND.size
    chain = encoded[begin : begin + length].decode()
    return Append(chain, first, memoryview(encoded)[begin + length :])


def encode_outcome(outcome: Outcome) -> bytes:
    return _OUTCOME.pack(*outcome)


def decode_outcome(encoded: bytes) -> Outcome:
    return Outcome(*_OUTCOME.unpack(encoded))
