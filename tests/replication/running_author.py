"""One region's author over a scripted log, in virtual time: what the tests of the write path are made of."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from replication.fold.judge import Verdict
from replication.fold.materializer import Alarm, Identity, Materializer
from replication.records.body import encode_change
from replication.state.memory_store import MemoryStore
from replication.state.state_store import StateStore
from replication.writing.author import PartitionAuthor, Surroundings
from replication.writing.draft import Answer, Draft
from shared.events import Event, stream_of
from tests.replication.scripted_log import ScriptedLog
from tests.replication.written_log import HOME, NODE, RECORD_KEY, START


class RunningAuthor:
    """`restart` makes a new process over the same log and store."""

    def __init__(self, log: ScriptedLog, store: StateStore | None = None, node: str = NODE, clock: int = START) -> None:
        self.log = log
        self.store: StateStore = MemoryStore() if store is None else store
        self.node = node
        self.alarms: list[Alarm] = []
        self.troubles: list[str] = []
        self.clock = clock
        self._drawn = 0
        self._running: asyncio.Task[None] | None = None
        self.materializer = Materializer(self.store, Identity(HOME, 1, RECORD_KEY), self.alarms.append)
        self.author = self._author()

    def _author(self) -> PartitionAuthor:
        surroundings = Surroundings(self._now, self._random, lambda _: None, lambda _, text: self.troubles.append(text))
        return PartitionAuthor(self.log, self.materializer, self.materializer._identity, self.node, 0, surroundings)

    def _now(self) -> int:
        return self.clock

    def _random(self, count: int) -> bytes:
        self._drawn += 1
        return hashlib.sha256(f"{self.node} {id(self)} {self._drawn}".encode()).digest()[:count]

    async def start(self) -> None:
        """As the replicator starts: catch up, open, run."""
        await self.author.catch_up(await self.log.end(0))
        if not self.materializer.waiting():
            await self.author.open()
        self.run()

    def run(self) -> None:
        self._running = asyncio.create_task(self.author.run())

    async def cancel(self) -> None:
        """Break off whatever is under way."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
            self._running = None

    async def restart(self) -> None:
        """The process dies; another starts with what the store holds."""
        await self.cancel()
        self.materializer = Materializer(self.store, Identity(HOME, 1, RECORD_KEY), self.alarms.append)
        self.author = self._author()
        await self.start()

    def verdicts(self, answers: list[Answer]) -> list[str]:
        return [answer.verdict for answer in answers]


def draft(event: Event, revision: int | None = None, command: bytes | None = None, answer: str = "") -> Draft:
    """A change of one stream."""
    return Draft(0, command, ((stream_of(event), revision),), body=encode_change(answer, [event]))


@asynccontextmanager
async def running(log: ScriptedLog | None = None, node: str = NODE, clock: int = START) -> AsyncIterator[RunningAuthor]:
    author = RunningAuthor(ScriptedLog() if log is None else log, node=node, clock=clock)
    await author.start()
    try:
        yield author
    finally:
        await author.cancel()


async def settled_soon(task: "asyncio.Future[Answer]") -> Answer:
    """The answer, in at most a minute of virtual time."""
    async with asyncio.timeout(60):
        return await task


APPLIED, VOID, REPEATED = str(Verdict.APPLIED), str(Verdict.VOID), str(Verdict.REPEATED)
SUPERSEDED = str(Verdict.SUPERSEDED)
