"""The head of one partition as the fold carries it from record to record.

Owns what is judged against: the sequence and running hash, the chain of every author, how far each peer is adopted, the
head of what this region shares, and log time. One row of the state store, rewritten with every transaction.
"""

from bisect import bisect_left, insort
from collections import deque

import msgspec

from replication.records.position import EMPTY_HEAD, Head
from replication.records.record import Envelope

LOG_TIME_WINDOW = 101
"""Log time is the median author time of that many applied records: one wrong clock does not move it."""


class Chain(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An author's chain: what must come next. `seen` is the last of its seen heads that was found right."""

    incarnation: int
    next_sequence: int
    last_hash: bytes
    seen: Head


class _Stored(msgspec.Struct, array_like=True, frozen=True, gc=False):
    head: Head
    chains: tuple[tuple[str, Chain], ...]
    adopted: tuple[tuple[str, Head], ...]
    shared: Head
    oldest: int
    times: tuple[int, ...]
    known: tuple[tuple[str, dict[str, int]], ...] = ()


_write = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(_Stored).decode


class PartitionHead:
    """Mutable while a transaction folds; read and written as one row."""

    __slots__ = ("_ordered", "_times", "adopted", "chains", "head", "known", "log_time", "oldest", "shared")

    def __init__(self) -> None:
        self.head = EMPTY_HEAD
        self.chains: dict[str, Chain] = {}
        self.adopted: dict[str, Head] = {}
        self.known: dict[str, dict[str, int]] = {}
        """How far each peer had adopted the others when it shared the last of its records that is adopted here."""
        self.shared = EMPTY_HEAD
        self.oldest = 1
        """The first sequence whose history is still kept."""
        self.log_time = 0
        """Milliseconds; 0 before the first applied record."""
        self._times: deque[int] = deque()
        self._ordered: list[int] = []

    def note_time(self, time: int) -> None:
        """Take the author time of an applied record into log time."""
        times, ordered = self._times, self._ordered
        if len(times) == LOG_TIME_WINDOW:
            del ordered[bisect_left(ordered, times.popleft())]
        times.append(time)
        insort(ordered, time)
        self.log_time = ordered[len(ordered) // 2]

    def extend_chain(self, envelope: Envelope, hash_: bytes) -> None:
        """Take a record that counts as the last of its author's chain."""
        node, incarnation = envelope.author.node, envelope.author.incarnation
        if node is None or incarnation is None:
            raise AssertionError("judged records name their node")
        seen = Head(envelope.seen_sequence, envelope.seen_digest)
        self.chains[node] = Chain(incarnation, envelope.sequence + 1, hash_, seen)

    def adopted_numbers(self) -> dict[str, int]:
        return {region: head.sequence for region, head in sorted(self.adopted.items())}

    def encode(self) -> bytes:
        stored = (
            self.head,
            tuple(sorted(self.chains.items())),
            tuple(sorted(self.adopted.items())),
            self.shared,
            self.oldest,
            tuple(self._times),
        )
        known = tuple((region, dict(sorted(there.items()))) for region, there in sorted(self.known.items()))
        return _write((*stored, known) if known else stored)

    @classmethod
    def decode(cls, encoded: bytes | None) -> "PartitionHead":
        """The head of an empty partition for None."""
        head = cls()
        if encoded is None:
            return head
        stored = _read(encoded)
        head.head, head.shared, head.oldest = stored.head, stored.shared, stored.oldest
        head.chains, head.adopted, head.known = dict(stored.chains), dict(stored.adopted), dict(stored.known)
        head._times, head._ordered = deque(stored.times), sorted(stored.times)
        head.log_time = head._ordered[len(head._ordered) // 2] if head._ordered else 0
        return head
