"""Adoption: a peer's shared log, verified once and taken into the own log.

Owns the way from a peer's shared record to an adoption draft: signature against the pinned card, number, chain, and the
wait for what caused it. The peer's log may show junk, repeat itself or come out of order: only numbers and hashes
count. A number that bears two different records is a fork: it is reported, and this partition of this peer is adopted
no further, while everything else goes on.
"""

import asyncio
from collections.abc import Sequence

from replication.fold.judge import Verdict
from replication.log.event_log import LogError, LogTruncated
from replication.records.body import Adoption, decode_shared, encode_adoption
from replication.records.position import EMPTY_HEAD, Head
from replication.records.record import Envelope, NotARecord
from replication.records.shared_record import SharedRecord, read_shared_record
from replication.sharing.mirror_ends import AdoptingRegion, Passage, Peer
from replication.state.partition_head import PartitionHead
from replication.writing.draft import Answer, Draft, domain_of
from shared.event_codec import UnknownEvent

READ_MOST = 500
GROUP_MOST = 256
WAIT_SECONDS = 20.0
RETRY_SECONDS = 0.5
HELD_MOST = 5_000
HELD_MOST_BYTES = 32 << 20
"""Records, and bytes of them, kept that lie ahead of a missing one."""
REASONS_MOST = 100
"""So many different alarms a mirror raises."""
CAUSE_PATIENCE_SECONDS = 30.0
"""What caused a record comes over another mirror, within moments where the regions all read each other."""
_ADOPTED = frozenset((Verdict.APPLIED, Verdict.FROZEN, Verdict.OVERREACH))


class Mirror:
    """Adopts one partition of one peer."""

    def __init__(self, peer: Peer, here: AdoptingRegion, partition: int) -> None:
        self._peer = peer
        self._here = here
        self._partition = partition
        self._adopting = asyncio.Lock()
        self._held: dict[int, SharedRecord] = {}
        self._held_bytes = 0
        self._read_at: dict[int, int] = {}
        """When each of what is held was read."""
        self._forked = False
        self._dropped = False
        self._troubled = False
        self._position = 0
        self._sought = 0
        self._times_let_go = 0
        self._told: set[str] = set()
        self._lacking = ""
        self._lacking_since = 0.0
        self.adopted = 0

    async def run(self) -> None:
        """Adopt for ever. A publisher never puts number n before position n - 1, so reading can start there."""
        self._position = self._adopted().sequence
        while True:
            try:
                await self._read()
            except LogTruncated as error:
                if self._position > self._adopted().sequence:
                    # A log that was made anew repeats nothing: it is shorter, and the next number stands earlier.
                    self._position = self._adopted().sequence
                    continue
                self._alarm(Verdict.REORDERED, f"the shared log of {self._peer.region} ends too early: {error}")
                await asyncio.sleep(WAIT_SECONDS)
            except LogError as error:
                self._troubled = True
                self._here.trouble(str(error))
                await asyncio.sleep(RETRY_SECONDS)
            if await self._adopt_held() and self._dropped:
                self._dropped = False
                self._position = self._adopted().sequence

    @property
    def place(self) -> tuple[str, int]:
        """The region whose records are adopted, and the partition."""
        return self._peer.region, self._partition

    @property
    def missing(self) -> int:
        """The first number that is neither adopted nor held; 0 after a fork, when nothing is taken any more."""
        number = self._adopted().sequence + 1
        while number in self._held:
            number += 1
        return 0 if self._forked else number

    async def take(self, carrier: str, records: Sequence[bytes]) -> None:
        """Adopt records that another region hands on. They are verified as if the peer itself had shown them."""
        for record in records:
            self._hold(record, f", handed on by {carrier},")
        await self._adopt_held()

    async def again(self) -> bool:
        """Whether anything of what is held could be adopted, now that what it waited for has come another way."""
        return await self._adopt_held()

    async def let_go(self) -> None:
        """Forget what is read and not adopted, once nothing of it is on its way: the peer may have lost it."""
        async with self._adopting:
            self._held.clear()
            self._read_at.clear()
            self._held_bytes = 0
            self._position = self._adopted().sequence
            self._times_let_go += 1

    async def _read(self) -> None:
        # What is held waits for another record: it is tried again soon. After a trouble, that it is over shows at once.
        wait = 0 if self._troubled else RETRY_SECONDS if self._held else WAIT_SECONDS
        before = self._times_let_go
        entries = await self._peer.log.read(self._partition, self._position, READ_MOST, wait)
        if before != self._times_let_go:
            return  # it was read before that
        self._troubled = False
        self._here.trouble(self._gap() or self._long_lacking())
        for entry in entries:
            self._hold(entry.record)
            self._position = entry.position + 1
        missing = self._adopted().sequence + 1
        if not entries and self._held and missing not in self._held and missing != self._sought:
            # Nobody but a broker that reorders puts it further ahead; each missing number is looked for once.
            self._sought, self._position = missing, 0
        elif not entries and (gap := self._gap()):
            self._alarm(Verdict.GAP, gap)

    def _gap(self) -> str:
        """Which record is missing although the whole log has been read for it and later ones are there, or ""."""
        missing = self._adopted().sequence + 1
        if not self._held or missing in self._held or missing != self._sought:
            return ""
        return f"record {missing} is not in the shared log of {self._peer.region}, and later ones are"

    def _adopted(self) -> Head:
        return self._here.head().adopted.get(self._peer.region, EMPTY_HEAD)

    def _hold(self, encoded: bytes, brought: str = "") -> None:
        """Keep a record that is authentic and still to come. `brought` says who has brought it, for an alarm."""
        record = None if self._forked else self._verified(encoded, brought)
        if record is None:
            return
        adopted, number = self._adopted(), record.envelope.sequence
        other = adopted.digest if number == adopted.sequence else None
        if number in self._held:
            other = self._held[number].hash
        if other is not None and other != record.hash:
            self._fork(number)
        elif number > adopted.sequence and number not in self._held:
            self._held[number] = record
            self._read_at[number] = self._here.now()
            self._held_bytes += len(encoded)
        while len(self._held) > HELD_MOST or (self._held_bytes > HELD_MOST_BYTES and len(self._held) > 1):
            # The next of all is never dropped, however far ahead the others lie; what is dropped is read again.
            self._drop(max(self._held))
            self._dropped = True

    def _drop(self, number: int) -> None:
        record = self._held.pop(number, None)
        self._read_at.pop(number, None)
        if record is not None:
            self._held_bytes -= len(record.encoded)

    def _verified(self, encoded: bytes, brought: str) -> SharedRecord | None:
        try:
            return read_shared_record(encoded, self._peer.region, self._partition, self._peer.verify)
        except NotARecord as error:
            reason = f"a shared record of {self._peer.region}{brought} was passed over: {error}"
            self._alarm(Verdict.REJECTED, reason)
            return None

    def _fork(self, number: int) -> None:
        if self._forked:
            return
        self._forked = True
        self._held.clear()
        self._read_at.clear()
        self._held_bytes = 0
        self._here.alarm(Verdict.FORK, f"{self._peer.region} has signed two records with the number {number}")

    async def _adopt_held(self) -> bool:
        """Adopt what follows without a gap and whose causes are here. True if anything was adopted."""
        async with self._adopting:
            return await self._adopt_ready()

    async def _adopt_ready(self) -> bool:
        moved = False
        while not self._forked and (ready := self._ready()):
            submitted = self._here.now()
            drafts = [self._draft(record) for record in ready]  # all of them, before any is on its way: one may fail
            answers = await asyncio.gather(*map(self._here.submit, drafts))
            for record, answer in zip(ready, answers, strict=True):
                if answer.verdict not in _ADOPTED:
                    self._refused(record, answer)
                    return moved
                moved = True
                read = self._read_at.get(record.envelope.sequence, submitted)
                self._drop(record.envelope.sequence)
                self.adopted += 1
                self._here.tell(Passage(record, read, submitted, self._here.now()))
        return moved

    def _refused(self, record: SharedRecord, answer: Answer) -> None:
        """Tried again later; where no record can hold it, that will not help, and somebody must know."""
        if answer.verdict == Verdict.REJECTED:
            number, region = record.envelope.sequence, self._peer.region
            self._alarm(Verdict.REJECTED, f"record {number} of {region} cannot be adopted: {answer.answer}")

    def _alarm(self, verdict: Verdict, reason: str) -> None:
        """Once a reason: what is tried again would raise it again and again."""
        if reason not in self._told and len(self._told) < REASONS_MOST:
            self._told.add(reason)
            self._here.alarm(verdict, reason)

    def _ready(self) -> list[SharedRecord]:
        """The records that follow the adopted head one by one, as far as their causes are here."""
        head = self._here.head()
        follows = head.adopted.get(self._peer.region, EMPTY_HEAD)
        for number in [number for number in self._held if number <= follows.sequence]:
            self._drop(number)
        ready: list[SharedRecord] = []
        lacking = ""
        while len(ready) < GROUP_MOST and (record := self._held.get(follows.sequence + 1)) is not None:
            if record.envelope.previous != follows.digest:
                self._fork(record.envelope.sequence)
                break
            if lacking := self._lacking_cause(record.envelope, head):
                break
            ready.append(record)
            follows = Head(record.envelope.sequence, record.hash)
        self._note_lacking(lacking)
        return ready

    def _lacking_cause(self, envelope: Envelope, head: PartitionHead) -> str:
        """What the peer had adopted when it published, and has not come here; "" if all is here."""
        for region, number in (envelope.adopted or {}).items():
            own = head.shared if region == self._here.region else head.adopted.get(region, EMPTY_HEAD)
            if region == self._here.region and number > own.sequence:
                self._say_behind(number, own.sequence)
            if number > own.sequence:
                return f"record {envelope.sequence} of {self._peer.region} rests on record {number} of {region}"
        return ""

    def _say_behind(self, number: int, own: int) -> None:
        reason = (
            f"{self._peer.region} has adopted {number} records of this region, which has {own}: its log was lost or cut"
        )
        self._alarm(Verdict.REORDERED, reason)
        if own == 0:
            # Numbers given a second time would be a fork for every peer. A peer that lies stops nobody who has written.
            self._here.forsake(reason)

    def _note_lacking(self, lacking: str) -> None:
        if lacking != self._lacking:
            self._lacking, self._lacking_since = lacking, asyncio.get_running_loop().time()

    def _long_lacking(self) -> str:
        """What keeps adoption standing, once it is more than a matter of moments."""
        waited = asyncio.get_running_loop().time() - self._lacking_since
        if not self._lacking or waited < CAUSE_PATIENCE_SECONDS:
            return ""
        return f"{self._lacking}, which does not come: does this region read that one's shared log?"

    def _draft(self, record: SharedRecord) -> Draft:
        envelope = record.envelope
        try:
            rewrapped = self._here.rewrap(decode_shared(envelope.shared or b""))
        except UnknownEvent:
            rewrapped = {}
        return Draft(
            partition=self._partition,
            command_id=None,
            # A shared record has no conditions; those that one names all the same would be void here for ever.
            streams=tuple((stream, None) for stream, _ in envelope.streams),
            domain=domain_of(rewrapped.values()),
            key_epoch=envelope.key_epoch,
            origin=(self._peer.region, envelope.sequence, record.hash),
            adopted=envelope.adopted,
            body=encode_adoption(Adoption(record.encoded, rewrapped)),
        )
