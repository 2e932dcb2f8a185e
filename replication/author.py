"""The one author of a node in one partition: it numbers, chains, authenticates and appends.

Owns the life of a write between a draft and its verdict. One group is in flight; nothing further is sent until that
group has been read back from the log. An append whose outcome is unknown is repeated with identical bytes until the log
shows them, for as long as the process lives: records seen twice are one, and a restart opens a new incarnation, after
which the old bytes, should they still arrive, are superseded.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from replication.draft import UNAVAILABLE, Answer, Draft
from replication.event_log import EventLog, LogError, NotAppended
from replication.materializer import Identity, Materializer, Outcome
from replication.position import NO_HASH
from replication.publication import local_log
from replication.record import (
    FORMAT_VERSION,
    RECORD_ID_BYTES,
    Envelope,
    authenticate,
    encode_envelope,
    record_hash,
)
from replication.record import Author as RecordAuthor

GROUP_MOST = 512
READ_MOST = 20_000
"""Records folded in one transaction while catching up: what the same transaction forgets is never written."""
QUEUE_MOST = 4_096
IDLE_SECONDS = 2.0
"""How often an idle partition looks for what others may have written to its topic."""
RETRY_SECONDS = (0.05, 2.0)


class Surroundings(NamedTuple):
    """What the author takes from outside: `now` in milliseconds, fresh randomness, and whom to tell."""

    now: Callable[[], int]
    random_bytes: Callable[[int], bytes]
    applied: Callable[[int], None]
    """Called with the partition after records of it have been applied."""
    trouble: Callable[[int, str], None]
    """Called with the partition and what hinders the log ("" when it is over)."""


class _Waiting(NamedTuple):
    draft: Draft
    answer: asyncio.Future[Answer]


class PartitionAuthor:
    """Writes and folds one partition. `submit` is the only way to write."""

    def __init__(
        self,
        log: EventLog,
        materializer: Materializer,
        identity: Identity,
        node: str,
        partition: int,
        surroundings: Surroundings,
    ) -> None:
        self._log = log
        self._materializer = materializer
        self._identity = identity
        self._node = node
        self.partition = partition
        self._surroundings = surroundings
        self._incarnation = 0
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(QUEUE_MOST)
        self._unseen: dict[bytes, asyncio.Future[Answer]] = {}
        self.appended = 0

    async def submit(self, draft: Draft) -> Answer:
        """Append the draft and wait for its verdict."""
        alarm = self._materializer.waiting().get(self.partition)
        if alarm is not None:
            return Answer(UNAVAILABLE, f"partition {self.partition} waits: {alarm.reason}", 0)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait(_Waiting(draft, answer))
        except asyncio.QueueFull:
            return Answer(UNAVAILABLE, "too many changes wait for the region's log", 0)
        return await answer

    async def catch_up(self, end: int) -> None:
        """Fold the log up to `end`. Errors: LogError."""
        while self._materializer.position(self.partition) < end:
            if not await self._read(0):
                return
            await asyncio.sleep(0)  # the other partitions, the feed and the status take their turn

    async def open(self) -> None:
        """Open a new incarnation: from here on, what earlier ones may still have under way counts no more."""
        chain = self._materializer.head(self.partition).chains.get(self._node)
        # A clock that only goes forward keeps the number fresh even where the log was rolled back.
        self._incarnation = max(chain.incarnation + 1 if chain else 1, self._surroundings.now())
        await self._write([_Waiting(Draft(self.partition, None, ()), asyncio.get_running_loop().create_future())])

    async def run(self) -> None:
        """Write what is submitted, for ever. A partition that had to wait is opened once it waits no more."""
        while True:
            group = await self._group()
            try:
                if self._incarnation == 0 and self.partition not in self._materializer.waiting():
                    await self.open()
                if group:
                    await self._write(group)
                else:
                    await self._read(0)
                self._surroundings.trouble(self.partition, "")
            except LogError as error:
                self._surroundings.trouble(self.partition, str(error))
                await asyncio.sleep(RETRY_SECONDS[1])

    async def _group(self) -> list[_Waiting]:
        """The next drafts, or none after a while of silence."""
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                group = [await self._queue.get()]
        except TimeoutError:
            return []
        while len(group) < GROUP_MOST and not self._queue.empty():
            group.append(self._queue.get_nowait())
        return group

    async def _write(self, group: Sequence[_Waiting]) -> None:
        """Append the group and read it back. Every future of the group is resolved, unless the process ends first."""
        records = self._records(group)
        unknown, pause = False, RETRY_SECONDS[0]
        while self._unseen:
            try:
                await self._log.append(self.partition, records)
                await self._read_back()
            except NotAppended as error:
                if not unknown:
                    self._give_up(str(error))
                    return
            except LogError as error:
                unknown = True
                self._surroundings.trouble(self.partition, str(error))
            if self._unseen:
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_SECONDS[1])

    def _give_up(self, reason: str) -> None:
        """Surely nothing was written: the chain goes on as if the group had never been."""
        for answer in self._unseen.values():
            if not answer.done():
                answer.set_result(Answer(UNAVAILABLE, reason, 0))
        self._unseen.clear()

    def _records(self, group: Sequence[_Waiting]) -> list[bytes]:
        head = self._materializer.head(self.partition)
        chain = head.chains.get(self._node)
        opened = chain is not None and chain.incarnation == self._incarnation
        sequence, previous = (chain.next_sequence, chain.last_hash) if chain and opened else (0, NO_HASH)
        records: list[bytes] = []
        for number, waiting in enumerate(group, start=sequence):
            signed = encode_envelope(self._envelope(waiting.draft, number, previous))
            previous = record_hash(signed)
            self._unseen[previous] = waiting.answer
            records.append(authenticate(signed, self._identity.record_key))
        return records

    def _envelope(self, draft: Draft, number: int, previous: bytes) -> Envelope:
        seen = self._materializer.head(self.partition).head
        now = self._surroundings.now()
        return Envelope(
            format=FORMAT_VERSION,
            least_reader=1,
            record_id=self._surroundings.random_bytes(RECORD_ID_BYTES),
            command_id=draft.command_id,
            author=RecordAuthor(self._identity.region, self._node, self._incarnation),
            sequence=number,
            previous=previous,
            seen_sequence=seen.sequence,
            seen_digest=seen.digest,
            log=local_log(self._identity.region),
            partition=self.partition,
            time=now if draft.time is None else draft.time,
            streams=draft.streams,
            domain=draft.domain,
            key_epoch=draft.key_epoch,
            origin=draft.origin,
            adopted=draft.adopted,
            request=draft.request,
            shared=draft.shared,
            body=draft.body,
        )

    async def _read_back(self) -> None:
        while self._unseen and await self._read(1):
            pass

    async def _read(self, wait_seconds: float) -> bool:
        """Fold what the log has next; whether there was anything."""
        position = self._materializer.position(self.partition)
        entries = await self._log.read(self.partition, position, READ_MOST, wait_seconds)
        if not entries:
            return False
        for outcome in self._materializer.apply(self.partition, entries):
            self._settle(outcome)
        self._surroundings.applied(self.partition)
        return True

    def _settle(self, outcome: Outcome) -> None:
        answer = self._unseen.pop(outcome.record_hash, None)
        if answer is None:
            return
        self.appended += 1
        if not answer.done():
            answer.set_result(Answer(str(outcome.verdict), outcome.answer, outcome.sequence or 0))
