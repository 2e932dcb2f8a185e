"""The one author of a node in one partition: it numbers, chains, authenticates and appends.

Owns the life of a write between a draft and its verdict. One group is in flight; nothing further is sent until that
group has been read back from the log. An append whose outcome is unknown is repeated with identical bytes until the log
shows them: records seen twice are one. Where that was broken off (a restart, a fault), a new incarnation is opened:
what has not been seen before its opening surely never counts, should it still arrive.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from replication.fold.judge import Verdict
from replication.fold.materializer import Identity, Materializer, Outcome
from replication.log.event_log import EventLog, LogError, LogTruncated, NotAppended
from replication.records.position import NO_HASH
from replication.records.record import FORMAT_VERSION, RECORD_ID_BYTES, Envelope, authenticate, record_hash
from replication.records.record import Author as RecordAuthor
from replication.sharing.publication import local_log
from replication.writing.answering import answer_all, answer_one
from replication.writing.draft import UNAVAILABLE, UNKNOWN, Answer, Draft
from replication.writing.incarnation import next_incarnation
from replication.writing.writable import Unwritable, signed_bytes

GROUP_MOST = 512
READ_MOST = 40_000
"""Records folded in one transaction while catching up: what the same transaction forgets is never written, and the more
there are, the more of them share a page that is copied. Twice as many would leave a larger file behind."""
QUEUE_MOST = 4_096
WRITTEN_MEANWHILE_MOST = 5_000
"""Half of what readers remember at least: a record that rests on what they have forgotten would keep them waiting."""
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


class Outrun(Exception):
    """What was sent is older than it may be: it is renounced, by a new incarnation."""


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
        """Records sent and not read back, in the order of their sending."""
        self.forsaken = ""
        """Why nothing is written any more, or ""."""
        self.appended = 0

    async def submit(self, draft: Draft, seconds: float | None = None) -> Answer:
        """Append the draft and wait for its verdict, at most `seconds`.

        What has not been sent by then never is (UNAVAILABLE); what has may take effect now or later (UNKNOWN).
        """
        hindrance = self._hindrance()
        if hindrance:
            return Answer(UNAVAILABLE, hindrance, 0)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait(_Waiting(draft, answer))
        except asyncio.QueueFull:
            return Answer(UNAVAILABLE, "too many changes wait for the region's log", 0)
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            sent = any(unseen is answer for unseen in self._unseen.values())
            return Answer(UNKNOWN, "", 0) if sent else Answer(UNAVAILABLE, "the region's log does not go on", 0)

    async def catch_up(self, end: int) -> None:
        """Fold the log up to `end`. Errors: LogError; LogTruncated where the state has seen more than that."""
        position = self._materializer.position(self.partition)
        if position > end:
            raise LogTruncated(f"{self._log.name}/{self.partition} ends at {end}, but {position} was read before")
        await self._read_on(end)

    async def open(self) -> None:
        """Open a new incarnation: from here on, what earlier ones may still have under way counts no more."""
        self._renounce()
        await self._write([])

    async def run(self) -> None:
        """Write what is submitted, for ever. A partition that had to wait is opened once it waits no more."""
        if self._unseen:
            self._renounce()  # an earlier run was broken off in the middle of a write
        while True:
            group = await self._group()
            try:
                await self._turn(group)
                self._surroundings.trouble(self.partition, "")
            except NotAppended as error:
                self._surroundings.trouble(self.partition, str(error))
            except LogError as error:
                self._surroundings.trouble(self.partition, str(error))
                await asyncio.sleep(RETRY_SECONDS[1])

    def look(self) -> None:
        """Read on at once what others have written, and not after the pause of an idle partition."""
        if self._queue.empty():
            nobody: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            nobody.cancel()
            self._queue.put_nowait(_Waiting(Draft(self.partition, None, ()), nobody))

    def forsake(self, reason: str) -> None:
        """Write no more: the log is not the one that the region has had. An operator brings that one back."""
        self.forsaken = reason

    def _hindrance(self) -> str:
        """Why this partition is not written to, or ""."""
        if self.forsaken:
            return f"partition {self.partition}: {self.forsaken}"
        alarm = self._materializer.waiting().get(self.partition)
        return "" if alarm is None else f"partition {self.partition} waits: {alarm.reason}"

    async def _turn(self, group: Sequence[_Waiting]) -> None:
        hindrance = self._hindrance()
        if hindrance:
            answer_all((waiting.answer for waiting in group), UNAVAILABLE, hindrance)
        elif group or not self._is_open():
            await self._write(group)
            return
        await self._read_on(await self._log.end(self.partition))

    async def _read_on(self, end: int) -> None:
        while self._materializer.position(self.partition) < end:
            if not await self._read(0):
                return
            await asyncio.sleep(0)  # the other partitions, the feed and the status take their turn

    def _renounce(self) -> None:
        chain = self._materializer.head(self.partition).chains.get(self._node)
        latest = max(self._incarnation, chain.incarnation if chain else 0)
        self._incarnation = next_incarnation(latest, self._surroundings.now(), self._surroundings.random_bytes)

    def _is_open(self) -> bool:
        chain = self._materializer.head(self.partition).chains.get(self._node)
        return chain is not None and chain.incarnation == self._incarnation

    async def _group(self) -> list[_Waiting]:
        """The next drafts for which somebody still waits, or none after a while of silence."""
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                group = [await self._queue.get()]
        except TimeoutError:
            return []
        while len(group) < GROUP_MOST and not self._queue.empty():
            group.append(self._queue.get_nowait())
        return [waiting for waiting in group if not waiting.answer.done()]

    async def _write(self, group: Sequence[_Waiting]) -> None:
        """Append the group, after an opening where one is due, and read it back.

        Every future of the group is resolved, unless the process ends first.
        """
        records, seen = self._records(group), self._materializer.head(self.partition).head.sequence
        sent, pause = False, RETRY_SECONDS[0]
        while self._awaits(records):
            try:
                if sent:
                    await self._read_on(await self._log.end(self.partition))
                    if self._materializer.head(self.partition).head.sequence - seen > WRITTEN_MEANWHILE_MOST:
                        raise Outrun(f"partition {self.partition}: others have written too much meanwhile")
                await self._append(records, sent)
                sent = True
                await self._read_back(records)
            except NotAppended as error:
                if not sent:
                    self._give_up(records, str(error))
                    raise
            except LogError as error:
                sent = True
                self._surroundings.trouble(self.partition, str(error))
            if self._awaits(records):
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_SECONDS[1])

    async def _append(self, records: dict[bytes, bytes], again: bool) -> None:
        unseen = [records[hash_] for hash_ in records if hash_ in self._unseen]
        # A partition that waits shows no record of ours: sending them again would only fill the log.
        if unseen and not (again and self._hindrance()):
            await self._log.append(self.partition, unseen)

    def _give_up(self, hashes: Iterable[bytes], reason: str) -> None:
        """Surely they were not written: the chain goes on as if they had never been."""
        answer_all([self._unseen.pop(hash_) for hash_ in hashes if hash_ in self._unseen], UNAVAILABLE, reason)

    def _records(self, group: Sequence[_Waiting]) -> dict[bytes, bytes]:
        """The records to send by their hashes, in order. A draft that makes no good record is answered at once."""
        chain = self._materializer.head(self.partition).chains.get(self._node)
        if self._incarnation == 0 or (chain is not None and chain.incarnation > self._incarnation):
            self._renounce()  # an opening of an earlier life came late: under the old number nothing counts any more
        if chain is not None and self._is_open():
            number, previous = chain.next_sequence, chain.last_hash
        else:
            number, previous = 0, NO_HASH
            opening = _Waiting(Draft(self.partition, None, ()), asyncio.get_running_loop().create_future())
            group = [opening, *group]
        records: dict[bytes, bytes] = {}
        for waiting in group:
            try:
                signed = signed_bytes(self._envelope(waiting.draft, number, previous))
            except Unwritable as refused:
                answer_all((waiting.answer,), str(Verdict.REJECTED), str(refused))
                continue
            previous, number = record_hash(signed), number + 1
            records[previous] = authenticate(signed, self._identity.record_key)
            self._unseen[previous] = waiting.answer
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

    async def _read_back(self, records: Iterable[bytes]) -> None:
        while self._awaits(records) and await self._read(1):
            pass

    def _awaits(self, records: Iterable[bytes]) -> bool:
        """Whether any of these is unseen. One of a write that was broken off may never come: an opening ends it."""
        return any(hash_ in self._unseen for hash_ in records)

    async def _read(self, wait_seconds: float) -> bool:
        """Fold what the log has next; whether that led any further."""
        position = self._materializer.position(self.partition)
        entries = await self._log.read(self.partition, position, READ_MOST, wait_seconds)
        if not entries:
            return False
        for outcome in self._materializer.apply(self.partition, entries):
            self._settle(outcome)
        self._surroundings.applied(self.partition)
        return self._materializer.position(self.partition) > position

    def _settle(self, outcome: Outcome) -> None:
        if outcome.record_hash not in self._unseen:
            return
        if outcome.verdict is Verdict.OPENING:
            earlier = list(self._unseen)[: list(self._unseen).index(outcome.record_hash)]
            self._give_up(earlier, "the write was broken off, and surely has not been done")
        answer = self._unseen.pop(outcome.record_hash)
        self.appended += 1
        answer_one(answer, Answer(str(outcome.verdict), outcome.answer, outcome.sequence or 0, outcome.shared))
