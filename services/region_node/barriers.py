"""Barriers: waiting until other regions have adopted a change, and the receipt that they have.

Owns the wait. What a region has adopted is known by its pulses alone, which it has signed; that it is this region's
history that was adopted is looked up in the own shared log.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from replication.change_position import HASH_DIGITS, ChangePosition
from replication.event_log import EventLog, LogError
from replication.heard import HeardPulse
from replication.position import NO_HASH, Head
from replication.publisher import Signing
from replication.receipt import FORMAT_VERSION, Receipt, Statement, encode_receipt
from replication.record import NotARecord, decode_envelope, decode_record, record_hash
from services.region_node.pulses import Pulses

LOOK_SECONDS = 0.2
"""How often the own shared log is asked for a record that is not published yet."""
READ_MOST = 100
SOUGHT_MOST = 5_000
"""Entries among which a number is looked for: behind its place there is little but what was published twice."""


class Found(NamedTuple):
    """A record of the own shared log. `time`: its author's, in milliseconds."""

    head: Head
    time: int


class Reached(NamedTuple):
    """How a barrier ended: with a receipt, or with the regions that lack the change."""

    receipt: str
    delays: Mapping[str, int]
    lacking: tuple[str, ...] = ()
    reason: str = ""


Reach = Callable[[ChangePosition, Sequence[str], float], Awaitable[Reached]]
"""(position, regions, seconds): wait until the regions have adopted the change."""


class Barriers:
    """Of one region. `applied(partition)`: its sequence. `now` gives integer milliseconds."""

    def __init__(
        self,
        signing: Signing,
        shared: EventLog,
        pulses: Pulses,
        applied: Callable[[int], int],
        now: Callable[[], int],
    ) -> None:
        self._signing, self._shared, self._pulses, self._applied, self._now = signing, shared, pulses, applied, now

    async def reach(self, position: ChangePosition, regions: Sequence[str], seconds: float) -> Reached:
        """Wait until every one of `regions` says that it has adopted the change, at most `seconds`."""
        others = tuple(region for region in regions if region != self._signing.region)
        if not self._has(position):
            return Reached("", {}, (self._signing.region,), "it has made no such change")
        if position.shared is None:
            return self._issue(position, Found(Head(0, NO_HASH), 0), {})
        deadline, record, shown, reason = time.monotonic() + seconds, None, dict[str, HeardPulse](), ""
        while True:
            news = self._pulses.news()
            if record is None:
                record, reason = await self._own_record(position)
            if record is not None:
                shown |= await self._shown(position, [region for region in others if region not in shown])
            if record is not None and len(shown) == len(others):
                return self._issue(position, record, shown)
            left = deadline - time.monotonic()
            if left <= 0:
                lacking = tuple(region for region in others if region not in shown)
                return Reached("", {}, lacking or (self._signing.region,), reason)
            await _either(news, min(left, LOOK_SECONDS) if record is None else left)

    def _has(self, position: ChangePosition) -> bool:
        """Whether the region has come as far as that. What it signs must not be what somebody made up."""
        return position.partition < self._shared.partitions and position.sequence <= self._applied(position.partition)

    async def _own_record(self, position: ChangePosition) -> tuple[Found | None, str]:
        """The change's record in the own shared log, and why there is none yet."""
        if position.shared is None:
            raise AssertionError("a change of this region alone is not waited for")
        number, digits = position.shared

        def fits(head: Head) -> bool:
            return head.sequence == number and head.digest.hex()[:HASH_DIGITS] == digits

        try:
            found = await self._find(position.partition, number, fits)
        except LogError as error:
            return None, f"the shared log cannot be read: {error}"
        return found, "" if found else "the change does not stand in this region's shared log"

    async def _shown(self, position: ChangePosition, regions: Sequence[str]) -> dict[str, HeardPulse]:
        shown: dict[str, HeardPulse] = {}
        for region in regions:
            pulse = self._first(position, region)
            if pulse is not None and await self._is_own_history(position.partition, pulse):
                shown[region] = pulse
        return shown

    def _first(self, position: ChangePosition, region: str) -> HeardPulse | None:
        heard = self._pulses.heard.get(region)
        if heard is None or position.shared is None:
            return None
        return heard.first_beyond(self._signing.region, position.partition, position.shared.number)

    async def _is_own_history(self, partition: int, heard: HeardPulse) -> bool:
        head = heard.pulse.adopted_of(self._signing.region, partition)
        try:
            return await self._find(partition, head.sequence, head.__eq__) is not None
        except LogError:
            return False

    async def _find(self, partition: int, number: int, fits: Callable[[Head], bool]) -> Found | None:
        """Number n never stands before position n - 1. Errors: LogError."""
        position, end = number - 1, await self._shared.end(partition)
        last = min(end, position + SOUGHT_MOST)
        while position < last and (entries := await self._shared.read(partition, position, READ_MOST)):
            for entry in entries:
                found = _read(entry.record)
                if found is not None and fits(found.head):
                    return found
            position = entries[-1].position + 1
        return None

    def _issue(self, position: ChangePosition, record: Found, shown: Mapping[str, HeardPulse]) -> Reached:
        delays = {region: heard.pulse.time - record.time for region, heard in shown.items()}
        statements = tuple(Statement(region, delays[region], heard.encoded) for region, heard in shown.items())
        receipt = Receipt(
            format=FORMAT_VERSION,
            region=position.region,
            partition=position.partition,
            sequence=position.sequence,
            number=record.head.sequence,
            hash=record.head.digest,
            time=record.time,
            issued=self._now(),
            statements=statements,
        )
        return Reached(encode_receipt(receipt, self._signing.sign), delays)


def _read(encoded: bytes) -> Found | None:
    try:
        signed = decode_record(encoded).signed
        envelope = decode_envelope(signed)
    except NotARecord:
        return None
    return Found(Head(envelope.sequence, record_hash(signed)), envelope.time)


async def _either(news: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        return
