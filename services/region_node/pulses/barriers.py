"""Barriers: waiting until other regions have adopted a change, and the receipt that they have.

Owns the wait. What a region has adopted is known by its pulses alone, which it has signed; that it is this region's
history that was adopted is looked up in the own shared log.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from replication.log.event_log import EventLog, LogError
from replication.pulses.heard import HeardPulse
from replication.records.change_position import ChangePosition, Shared
from replication.records.position import NO_HASH, Head
from replication.records.receipt import FORMAT_VERSION, Receipt, Statement, encode_receipt
from replication.sharing.publisher import Signing
from services.region_node.news import happens
from services.region_node.pulses.own_history import Found, OwnHistory
from services.region_node.pulses.pulses import Pulses

LOOK_SECONDS = 0.2
"""How often the own shared log is asked for a record that is not published yet."""
UNDER_WAY_MOST = 200
"""Barriers of one region; more are turned away, however many workers and accounts ask."""


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
        self._under_way = 0

    async def reach(self, position: ChangePosition, regions: Sequence[str], seconds: float) -> Reached:
        """Wait until every one of `regions` says that it has adopted the change, at most `seconds`."""
        if not self._has(position):
            return Reached("", {}, (self._signing.region,), "it has made no such change")
        if position.shared is None:
            return self._issue(position, Found(Head(0, NO_HASH), 0), {})
        if self._under_way >= UNDER_WAY_MOST:
            return Reached("", {}, tuple(regions), "too many barriers are under way")
        self._under_way += 1
        try:
            return await self._wait(position, position.shared, regions, seconds)
        finally:
            self._under_way -= 1

    async def _wait(self, position: ChangePosition, wanted: Shared, regions: Sequence[str], seconds: float) -> Reached:
        others = tuple(region for region in regions if region != self._signing.region)
        history = OwnHistory(self._shared, position.partition)
        deadline, record, shown, reason = time.monotonic() + seconds, None, dict[str, HeardPulse](), ""
        while True:
            news = self._pulses.news()
            if record is None:
                record, reason = await _own_record(history, wanted)
            if record is not None:
                lacking = [region for region in others if region not in shown]
                shown |= await self._shown(position.partition, wanted.number, lacking, history)
            if record is not None and len(shown) == len(others):
                return self._issue(position, record, shown)
            left = deadline - time.monotonic()
            if left <= 0:
                lacking = [region for region in others if region not in shown]
                return Reached("", {}, tuple(lacking) or (self._signing.region,), reason)
            await happens(news, min(left, LOOK_SECONDS) if record is None else left)

    def _has(self, position: ChangePosition) -> bool:
        """Whether the region has come as far as that. What it signs must not be what somebody made up."""
        return position.partition < self._shared.partitions and position.sequence <= self._applied(position.partition)

    async def _shown(
        self, partition: int, number: int, regions: Sequence[str], history: OwnHistory
    ) -> dict[str, HeardPulse]:
        shown: dict[str, HeardPulse] = {}
        for region in regions:
            heard = self._pulses.heard.get(region)
            pulse = None if heard is None else heard.first_beyond(self._signing.region, partition, number)
            if pulse is not None and await self._is_own(partition, pulse, history):
                shown[region] = pulse
        return shown

    async def _is_own(self, partition: int, heard: HeardPulse, history: OwnHistory) -> bool:
        try:
            return await history.find(heard.pulse.adopted_of(self._signing.region, partition)) is not None
        except LogError:
            return False

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


async def _own_record(history: OwnHistory, wanted: Shared) -> tuple[Found | None, str]:
    """The change's record in the own shared log, and why there is none yet."""
    try:
        found = await history.find(wanted)
    except LogError as error:
        return None, f"the shared log cannot be read: {error}"
    return found, "" if found else "the change does not stand in this region's shared log"
