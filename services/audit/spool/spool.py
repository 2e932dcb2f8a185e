"""The spool of a worker: entries on their way to the disk, many in one fsync.

Owns the group commit: what is added while one frame is written becomes the next one. The disk is the matter of another
process (`writing.py`); everything here happens in the worker's event loop. After a failed write or fsync nothing is
taken any more until a probe has been written, at most one a second, and then a new chain begins.
"""

import asyncio
import logging
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol

from services.audit.spool.chain import Chain
from services.audit.spool.orders import Append, Outcome, Probe, Writing
from shared.audit.frame import FRAME_BYTES_MOST, FRAME_ENTRIES_MOST
from shared.crypto.entropy import random_bytes

PROBE_SECONDS = 1.0
ENOUGH = 16
"""Entries with which a frame begins at once, though the round may bring more: clients that all wait for one fsync let
the worker stand still meanwhile."""
HELD_BYTES_MOST = 16_000_000
"""Of entries that are not durable yet, waited for or not. Beyond, every answer waits, so that a connection adds no more
than one entry. While nothing can be written, only entries that nobody waits for are held; beyond, they are passed over,
and counted."""
CHAIN_BYTES = 8

log = logging.getLogger(__name__)


class Waiting(Protocol):
    """Whoever waits for an entry."""

    def settled(self, durable: bool) -> None:
        """Called once, in the event loop. Where it is not durable, whoever waits must not act on it."""


class _Batch:
    """Entries in their order, and who waits for each. `bytes`: of all entries together."""

    __slots__ = ("bytes", "entries", "waiting")

    def __init__(self, entries: Sequence[bytes] = (), waiting: Sequence[Waiting | None] = ()) -> None:
        self.entries, self.waiting = list(entries), list(waiting)
        self.bytes = sum(map(len, self.entries))

    def add(self, entry: bytes, waiting: Waiting | None) -> None:
        self.entries.append(entry)
        self.waiting.append(waiting)
        self.bytes += len(entry)

    def split(self) -> tuple["_Batch", "_Batch"]:
        """As many as a frame may hold, and the rest."""
        if self.bytes <= FRAME_BYTES_MOST and len(self.entries) <= FRAME_ENTRIES_MOST:
            return self, _Batch()
        sizes = accumulate(map(len, self.entries[:FRAME_ENTRIES_MOST]))
        count = max(1, sum(size <= FRAME_BYTES_MOST for size in sizes))
        first, rest = slice(count), slice(count, None)
        return _Batch(self.entries[first], self.waiting[first]), _Batch(self.entries[rest], self.waiting[rest])


class Figures(NamedTuple):
    """What this spool has done, and is about to."""

    entries: int
    frames: int
    sync_seconds: float
    waiting: int
    failures: int
    passed_over: int
    failing: int


class Spool:
    """Of one worker; only its event loop may call it. `writer`: `<node>/worker-<number>`."""

    def __init__(self, writer: str, writing: Writing, probe_seconds: float = PROBE_SECONDS) -> None:
        self._writer, self._writing, self._probe_seconds = writer, writing, probe_seconds
        self._loop = asyncio.get_running_loop()
        self._chain = self._new_chain()
        self._added = _Batch()
        self._group: _Batch | None = None
        """What is written now."""
        self._due = self._closing = False
        self.failing = False
        """Whether nothing can be written now. What needs an entry first must not even begin then."""
        self._idle = asyncio.Event()
        self._idle.set()
        self._entries = self._frames = self._failures = self._passed_over = 0
        self._nanoseconds = 0

    @property
    def crowded(self) -> bool:
        """Whether so much is held that every answer has to wait for its entry."""
        return self._held() > HELD_BYTES_MOST

    def figures(self) -> Figures:
        held = (self._added,) if self._group is None else (self._added, self._group)
        return Figures(
            self._entries,
            self._frames,
            self._nanoseconds / 1e9,
            sum(waiting is not None for batch in held for waiting in batch.waiting),
            self._failures,
            self._passed_over,
            int(self.failing),
        )

    def add(self, entry: bytes, waiting: Waiting | None = None) -> None:
        """Write the entry soon. `waiting` is told once it is durable, or is not going to be."""
        if self.failing:
            self._hold(entry, waiting)
            return
        self._added.add(entry, waiting)
        if self._group is not None:
            return
        if len(self._added.entries) >= ENOUGH:
            self._write()
        elif not self._due:
            self._due = True
            self._idle.clear()
            self._loop.call_soon(self._write_what_is_due)

    async def close(self) -> None:
        """Return once all that was added is durable, or cannot be; nothing may be added any more."""
        while not self._idle.is_set():
            await self._idle.wait()  # who is told may add more before this goes on
        self._closing = True
        self._writing.end()

    def _new_chain(self) -> Chain:
        return Chain(f"{self._writer}/{random_bytes(CHAIN_BYTES).hex()}")

    def _write_what_is_due(self) -> None:
        """At the end of the round, with all that it has brought; unless so many came that it was not waited for."""
        if self._due:
            self._write()

    def _write(self) -> None:
        self._due = False
        self._group, self._added = self._added.split()
        frame = self._chain.next(self._group.entries)
        self._writing.begin(Append(self._chain.name, frame.first, frame.content), self._written)

    def _written(self, outcome: Outcome) -> None:
        group, self._group = self._group, None
        assert group is not None  # it was written
        if outcome.error is not None:
            self._fail(group, outcome.error)
            return
        self._nanoseconds += outcome.nanoseconds
        self._frames += 1
        self._entries += len(group.entries)
        if self._added.entries:
            self._write()  # first, so that the disk is at work while answers are sent
        else:
            self._idle.set()
        for waiting in group.waiting:
            if waiting is not None:
                waiting.settled(True)

    def _fail(self, group: _Batch, fault: OSError) -> None:
        """Answers that wait never leave. What nobody waits for has left; it is held for the next chain."""
        reason = {"reason": fault.strerror}
        log.error("the audit spool cannot be written; uses of keys and changes are refused", extra=reason)
        self._failures += 1
        self.failing = True
        added, self._added = self._added, _Batch()
        for batch in (group, added):
            for entry, waiting in zip(batch.entries, batch.waiting, strict=True):
                self._hold(entry, waiting)
        self._idle.set()
        self._loop.call_later(self._probe_seconds, self._try_again)

    def _hold(self, entry: bytes, waiting: Waiting | None) -> None:
        """What is added while nothing can be written."""
        if waiting is not None:
            self._loop.call_soon(waiting.settled, False)
        elif self.crowded:
            self._passed_over += 1
        else:
            self._added.add(entry, None)

    def _held(self) -> int:
        """Bytes of entries."""
        return self._added.bytes + (0 if self._group is None else self._group.bytes)

    def _try_again(self) -> None:
        if not self._closing:
            self._writing.begin(Probe(self._writer), self._tried)

    def _tried(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self._loop.call_later(self._probe_seconds, self._try_again)
            return
        log.warning("the audit spool can be written again", extra={"passed_over": self._passed_over})
        self._chain, self.failing = self._new_chain(), False
        if self._added.entries:
            self._idle.clear()
            self._write()
