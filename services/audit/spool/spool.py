"""The spool of a worker: entries on their way to the disk, many in one fsync.

Owns the group commit: what is added while one frame is written becomes the next one. The disk is a thread's matter;
everything else happens in the worker's event loop. After a failed write or fsync nothing is taken any more until a
probe has been written, at most one a second, and then a new chain begins.
"""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, Protocol

from services.audit.spool.files import SEGMENT_BYTES, ChainFiles, Disk, probe
from shared.audit.frame import FRAME_BYTES_MOST, FRAME_ENTRIES_MOST, Frame
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


class Place(NamedTuple):
    """Where an entry stands: what `frame.entry_id` makes its id of."""

    leaf: bytes
    chain: str
    number: int


class Waiting(Protocol):
    """Whoever waits for an entry."""

    def settled(self, place: Place | None) -> None:
        """Called once, in the event loop. None: the entry is not durable, and whoever waits must not act on it."""


class _Added(NamedTuple):
    entry: bytes
    waiting: Waiting | None


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

    def __init__(
        self,
        directory: Path,
        writer: str,
        disk: Disk | None = None,
        segment_bytes: int = SEGMENT_BYTES,
        probe_seconds: float = PROBE_SECONDS,
    ) -> None:
        self._directory, self._writer, self._disk = directory, writer, disk or Disk()
        self._segment_bytes, self._probe_seconds = segment_bytes, probe_seconds
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._chain = self._new_chain()
        self._added: list[_Added] = []
        self._held = 0
        self._due = self._writing = self._closing = False
        self.failing = False
        """Whether nothing can be written now. What needs an entry first must not even begin then."""
        self._idle = asyncio.Event()
        self._idle.set()
        self._entries = self._frames = self._failures = self._passed_over = self._waiting = 0
        self._sync_seconds = 0.0

    @property
    def crowded(self) -> bool:
        """Whether so much is held that every answer has to wait for its entry."""
        return self._held > HELD_BYTES_MOST

    def figures(self) -> Figures:
        return Figures(
            self._entries,
            self._frames,
            self._sync_seconds,
            self._waiting,
            self._failures,
            self._passed_over,
            int(self.failing),
        )

    def add(self, entry: bytes, waiting: Waiting | None = None) -> None:
        """Write the entry soon. `waiting` is told once it is durable, or is not going to be."""
        if self.failing:
            self._hold(_Added(entry, waiting))
            return
        self._held += len(entry)
        self._waiting += waiting is not None
        self._added.append(_Added(entry, waiting))
        if self._writing:
            return
        if len(self._added) >= ENOUGH:
            self._write()
        elif not self._due:
            self._due = True
            self._idle.clear()
            self._loop.call_soon(self._write_what_is_due)

    async def close(self) -> None:
        """Return once all that was added is durable, or cannot be; nothing may be added any more."""
        await self._idle.wait()
        self._closing = True
        self._thread.shutdown()
        self._chain.close()

    def _new_chain(self) -> ChainFiles:
        chain = f"{self._writer}/{random_bytes(CHAIN_BYTES).hex()}"
        return ChainFiles(self._directory, chain, self._disk, self._segment_bytes)

    def _write_what_is_due(self) -> None:
        """At the end of the round, with all that it has brought; unless so many came that it was not waited for."""
        if self._due:
            self._write()

    def _write(self) -> None:
        self._due, self._writing = False, True
        group = self._taken()
        frame = self._chain.next_frame([added.entry for added in group])
        work = self._loop.run_in_executor(self._thread, self._append, frame)
        work.add_done_callback(partial(self._written, group, frame))

    def _taken(self) -> list[_Added]:
        """As many of those that were added as a frame may hold."""
        added, size, count = self._added, 0, 0
        for entry, _ in added[:FRAME_ENTRIES_MOST]:
            size += len(entry)
            if size > FRAME_BYTES_MOST and count:
                break
            count += 1
        self._added = added[count:]
        return added[:count]

    def _append(self, frame: Frame) -> float:
        """How many seconds it took. In the thread."""
        began = perf_counter()
        self._chain.write(frame)
        return perf_counter() - began

    def _written(self, group: list[_Added], frame: Frame, work: asyncio.Future[float]) -> None:
        self._writing = False
        fault = work.exception()
        if fault is not None:
            self._fail(group, fault)
            return
        self._sync_seconds += work.result()
        self._frames += 1
        self._entries += len(group)
        if self._added:
            self._write()  # first, so that the disk is at work while answers are sent
        else:
            self._idle.set()
        for place, (entry, waiting) in enumerate(group):
            self._held -= len(entry)
            if waiting is not None:
                self._waiting -= 1
                waiting.settled(Place(frame.leaves[place], frame.chain, frame.first + place))

    def _fail(self, group: list[_Added], fault: BaseException) -> None:
        """Answers that wait never leave. What nobody waits for has left; it is held for the next chain."""
        log.error("the audit spool cannot be written; uses of keys and changes are refused", extra=_told(fault))
        self._failures += 1
        self.failing = True
        self._chain.close()
        held, self._added, self._held, self._waiting = [*group, *self._added], [], 0, 0
        for added in held:
            self._hold(added)
        self._idle.set()
        self._loop.call_later(self._probe_seconds, self._try_again)

    def _hold(self, added: _Added) -> None:
        """Of what is added while nothing can be written."""
        if added.waiting is not None:
            self._loop.call_soon(added.waiting.settled, None)
        elif self.crowded:
            self._passed_over += 1
        else:
            self._held += len(added.entry)
            self._added.append(added)

    def _try_again(self) -> None:
        if not self._closing:
            place = self._directory / self._writer
            work = self._loop.run_in_executor(self._thread, probe, place, self._disk)
            work.add_done_callback(self._tried)

    def _tried(self, work: asyncio.Future[None]) -> None:
        if work.exception() is not None:
            self._loop.call_later(self._probe_seconds, self._try_again)
            return
        log.warning("the audit spool can be written again", extra={"passed_over": self._passed_over})
        self._chain, self.failing = self._new_chain(), False
        if self._added:
            self._idle.clear()
            self._write()


def _told(fault: BaseException) -> dict[str, object]:
    return {"reason": fault.strerror if isinstance(fault, OSError) else type(fault).__name__}
