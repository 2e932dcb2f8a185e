"""The log of a region on one machine: LMDB, no broker.

Owns the group commit, the waiting readers, and the rule that a failed commit stops the log. The logs of a region
(`local` and `shared`) share one environment: appends that arrive while a commit is under way go together into
the next one, whichever log they are for, so that one fsync serves them all.

Several processes of one machine may append to the same file, as the nodes of a region do, and others read it with
`readonly=True`. Of each other's news they learn by looking, every few milliseconds.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import lmdb

from replication.log.embedded_environment import EmbeddedEnvironment, Group
from replication.log.event_log import (
    MAXIMUM_RECORD_BYTES,
    READ_BYTES,
    AppendUnknown,
    Entry,
    LogCorrupt,
    LogTruncated,
    LogUnavailable,
    NotAppended,
)

LIMIT_BYTES: Final = 1 << 40
COMMIT_BYTES: Final = 16 << 20  # a commit takes no further group after this; LMDB holds about 500 MiB in one
LOOK_SECONDS: Final = 0.005
LOOK_BESIDE_SECONDS: Final = 0.05
"""How often a process that appends itself looks for what others have appended."""

Answer = TypeVar("Answer")
Waiting = tuple[Group, "asyncio.Future[None]"]


class EmbeddedLogs:
    """The logs of one directory, which any process opens once."""

    def __init__(self, environment: EmbeddedEnvironment, partitions: Mapping[str, int]) -> None:
        self._environment = environment
        self._appending = ThreadPoolExecutor(1, "log-append")
        self._reading = ThreadPoolExecutor(1, "log-read")
        self._waiting: list[Waiting] = []
        self._commits: asyncio.Task[None] | None = None
        self._looks: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._seen = -1
        """The commit of which the waiting readers have been told."""
        self._failure: str | None = None
        self._closed = False
        self.logs = {name: EmbeddedLog(self, name, count) for name, count in partitions.items()}

    @classmethod
    def open(
        cls, directory: Path, partitions: Mapping[str, int], *, readonly: bool = False, limit_bytes: int = LIMIT_BYTES
    ) -> "EmbeddedLogs":
        """Open the logs named in `partitions` (name to number of partitions), creating what is not there yet.

        `readonly` never creates. `limit_bytes` bounds the file. Errors: LogCorrupt, LogUnavailable, LogUnsafe.
        """
        environment = EmbeddedEnvironment.open(directory, partitions, readonly=readonly, limit_bytes=limit_bytes)
        return cls(environment, partitions)

    def __getitem__(self, name: str) -> "EmbeddedLog":
        return self.logs[name]

    async def close(self) -> None:
        """Finish the commit under way, then close the file. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._looks is not None:
            self._looks.cancel()
        try:
            if self._commits is not None:
                await self._commits
            self._announce()
            await self._in_thread(self._reading, lambda: None)
        finally:  # a process opens a directory only once: whoever is cancelled here must leave it closed, too
            self._appending.shutdown()
            self._reading.shutdown()
            self._environment.close()

    async def append(self, group: Group) -> None:
        self._require_open()
        if self._failure is not None:
            raise NotAppended(self._failure)
        if self._environment.readonly:
            raise NotAppended(f"the log {self._environment.path} is open for reading only")
        committed = asyncio.get_running_loop().create_future()
        self._waiting.append((group, committed))
        if self._commits is None or self._commits.done():
            self._commits = asyncio.create_task(self._commit_all())
        await committed

    async def read(
        self, log: str, partition: int, start: int, limit: int, wait_seconds: float, most_bytes: int, onlooking: bool
    ) -> list[Entry]:
        deadline = time.monotonic() + wait_seconds
        while True:
            news = self._news
            call = partial(self._environment.read, log, partition, start, limit, most_bytes)
            entries = await self._on_reader(call, onlooking)
            if entries or not await self._news_before(deadline, news):
                return entries

    async def extent(self, log: str, partition: int) -> tuple[int, int]:
        """The positions of the first entry and after the last."""
        return await self._on_reader(lambda: self._environment.extent(log, partition))

    async def identity(self, log: str) -> str:
        return await self._on_reader(lambda: self._environment.identity(log))

    async def prune(self, log: str, partition: int, before: int) -> None:
        self._require_open()
        await self._in_thread(self._appending, lambda: self._environment.prune(log, partition, before))

    async def _on_reader(self, call: Callable[[], Answer], onlooking: bool = False) -> Answer:
        self._require_open()
        try:
            return await self._in_thread(self._reading, call)
        except LogCorrupt as error:
            if not onlooking:
                self._failure = f"the log {self._environment.path} has stopped: {error}"
            raise

    async def _in_thread(self, thread: ThreadPoolExecutor, call: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(thread, call)

    async def _commit_all(self) -> None:
        while self._waiting:
            taken = self._take()
            try:
                await self._commit([group for group, _ in taken])
            except Exception as error:
                _settle(taken, error)
            else:
                _settle(taken, None)
                self._announce()

    def _take(self) -> list[Waiting]:
        size = count = 0
        while count < len(self._waiting) and size < COMMIT_BYTES:
            size += sum(map(len, self._waiting[count][0].records))
            count += 1
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken

    async def _commit(self, groups: Sequence[Group]) -> None:
        if self._failure is not None:
            raise NotAppended(self._failure)
        while True:
            try:
                await self._in_thread(self._appending, lambda: self._environment.append(groups))
                self._seen = self._environment.version() or self._seen
                return
            except NotAppended:
                raise
            except lmdb.MapFullError:
                # On the reading thread, because no transaction may be open while the map changes.
                await self._in_thread(self._reading, self._environment.resize)
            except lmdb.MapResizedError:
                await self._in_thread(self._reading, self._environment.follow_resize)
            except Exception as error:
                # After a failed fsync the kernel may have dropped the pages: trying again would lie (Rebello et al.,
                # "Can Applications Recover from fsync Failures?", USENIX ATC 2020). Only a restart reads the truth.
                self._failure = f"the log {self._environment.path} has stopped: a commit failed ({error})"
                raise AppendUnknown(self._failure) from error

    def _announce(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _news_before(self, deadline: float, news: asyncio.Event) -> bool:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return False
        self._require_open()  # it may have been closed while this was read, and nobody would end the looks
        if self._looks is None:
            self._looks = asyncio.create_task(self._look_for_news())
        try:
            async with asyncio.timeout(remaining):
                await news.wait()
        except TimeoutError:
            return False
        return True

    async def _look_for_news(self) -> None:
        pause = LOOK_SECONDS if self._environment.readonly else LOOK_BESIDE_SECONDS
        while True:
            version = self._environment.version()  # not by the reading thread: it would take ten times as long to ask
            if version is not None and version > self._seen:
                self._seen = version
                self._announce()
            await asyncio.sleep(pause)

    def _require_open(self) -> None:
        if self._closed:
            raise LogUnavailable(f"the log {self._environment.path} is closed")


class EmbeddedLog:
    """One log of an `EmbeddedLogs`: the `EventLog` contract on LMDB."""

    def __init__(self, logs: EmbeddedLogs, name: str, partitions: int, onlooking: bool = False) -> None:
        self._logs = logs
        self.name = name
        self.partitions = partitions
        self._onlooking = onlooking

    def onlooker(self) -> "EmbeddedLog":
        """The same log for who reads again what was read before: damage that it meets stops no append."""
        return EmbeddedLog(self._logs, self.name, self.partitions, onlooking=True)

    async def append(self, partition: int, records: Sequence[bytes]) -> None:
        self._require(partition)
        if any(len(record) > MAXIMUM_RECORD_BYTES for record in records):
            raise NotAppended(f"a record for {self.name}/{partition} is longer than {MAXIMUM_RECORD_BYTES} bytes")
        if records:
            await self._logs.append(Group(self.name, partition, tuple(records)))

    async def read(
        self, partition: int, start: int, limit: int, wait_seconds: float = 0, most_bytes: int = READ_BYTES
    ) -> Sequence[Entry]:
        self._require(partition)
        if start < 0:
            raise LogTruncated(f"{self.name}/{partition} begins at 0; position {start} is before it")
        return await self._logs.read(self.name, partition, start, limit, wait_seconds, most_bytes, self._onlooking)

    async def end(self, partition: int) -> int:
        self._require(partition)
        return (await self._logs.extent(self.name, partition))[1]

    async def first(self, partition: int) -> int:
        """The position of the first entry: not 0 where earlier ones were pruned."""
        self._require(partition)
        return (await self._logs.extent(self.name, partition))[0]

    async def prune(self, partition: int, before: int) -> None:
        """Drop what stands before the position `before`, in a log that is not kept for ever. Not while one of the
        directory's logs is appended to. Errors: lmdb.Error, after which nothing has changed.
        """
        self._require(partition)
        await self._logs.prune(self.name, partition, before)

    async def identity(self) -> str:
        return await self._logs.identity(self.name)

    async def close(self) -> None:
        """Close the directory's environment, and with it the other logs in it."""
        await self._logs.close()

    def _require(self, partition: int) -> None:
        if not 0 <= partition < self.partitions:
            raise ValueError(f"{self.name} has partitions 0 to {self.partitions - 1}, not {partition}")


def _settle(taken: Sequence[Waiting], error: Exception | None) -> None:
    for _, committed in taken:
        if committed.done():  # its append was cancelled
            continue
        if error is None:
            committed.set_result(None)
        else:
            committed.set_exception(error)
