"""The pulses of a node: its region's own, and those that it hears of the peers.

Owns the rhythm: at every beat the region's pulse is written, and how fresh what was adopted is noted beside the state.
What looks like a peer that was rolled back is an alarm; nothing here ever stops the node.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

import lmdb

from replication.fold.judge import Verdict
from replication.log.event_log import Entry, EventLog, LogError
from replication.pulses.freshness import read_freshness, read_heard, write_freshness, write_heard
from replication.pulses.heard import Heard, HeardPulse, clocks_agree
from replication.pulses.pulse import FORMAT_VERSION, NotAPulse, Pulse, Verify, decode_pulse, encode_pulse, pulse_log
from replication.pulses.pulse_log import LATEST_MOST, PulseSource
from replication.records.position import EMPTY_HEAD
from replication.sharing.publisher import Signing
from replication.state.partition_head import PartitionHead
from replication.state.state_store import StateStore
from services.region_node.news import News
from services.region_node.pulses.pulsing_nodes import ALONE, PulsingNodes
from services.region_node.pulses.settings import PulseSettings

WAIT_SECONDS = 20.0
RETRY_SECONDS = 1.0
LAST_MINUTE_SECONDS = 60.0
CLOCKS_APART_MOST = 5 * 60 * 1000
"""Milliseconds."""
UNSERVED_SECONDS = 0.5
"""From beat to beat at most, before the region is served: others wait for what it has seen of them."""
REASONS_MOST = 100
"""So many different alarms are raised."""
PRUNED_EVERY = 100
"""Pulses."""


class PulseLog(EventLog, Protocol):
    """The region's own log of pulses. One that forgets by itself has nothing to do in `prune`."""

    async def prune(self, partition: int, before: int) -> None: ...


class Telling(NamedTuple):
    """Whom to tell: an alarm, and what hinders at a place ("" when it is over)."""

    alarm: Callable[[Verdict, str], None]
    trouble: Callable[[str, str], None]


class Beside(Protocol):
    """What stands in the logs of pulses beside the pulses."""

    def own(self, heads: Sequence[PartitionHead], *, served: bool) -> list[bytes]:
        """What the region says at this beat; `served`: it is, and so speaks of itself."""

    def take(self, peer: str, encoded: bytes) -> bool:
        """Whether the entry of the peer's log was one of these."""


class Offset(NamedTuple):
    """What a peer's clock is ahead by, in milliseconds. `heard`: when, on the monotonic clock, in seconds."""

    heard: float
    milliseconds: int


class Pulses:
    """Of one region, for as long as its replicator runs. `now` gives milliseconds, `ticks` monotonic seconds."""

    def __init__(
        self,
        signing: Signing,
        settings: PulseSettings,
        store: StateStore,
        heads: Callable[[], Sequence[PartitionHead]],
        verify: Verify,
        telling: Telling,
        beside: Beside,
        now: Callable[[], int],
        ticks: Callable[[], float] = time.monotonic,
        nodes: PulsingNodes = ALONE,
    ) -> None:
        self._signing, self._settings, self._store = signing, settings, store
        self._heads, self._verify, self._telling = heads, verify, telling
        self._beside, self._now, self._ticks, self._nodes = beside, now, ticks, nodes
        self._served = asyncio.Event()
        self._offsets: dict[str, Offset] = {}
        self._said: set[str] = set()
        self._news = News()
        self.heard: dict[str, Heard] = {}

    async def write(self, log: PulseLog) -> None:
        """Write the region's pulse and note freshness, for ever. A log in trouble keeps nobody from the latter."""
        place = pulse_log(self._signing.region)
        written = 0
        while True:
            self.note()
            try:
                if entries := await self._entries():
                    await log.append(0, entries)
                    if written % PRUNED_EVERY == 0:
                        await log.prune(0, await log.end(0) - max(self._settings.kept * len(entries), LATEST_MOST))
                    written += 1
                self._telling.trouble(place, "")
            except (LogError, lmdb.Error) as error:
                self._telling.trouble(place, str(error))
            await self._rest()

    async def _rest(self) -> None:
        """Until the next beat; the first pulse comes at once."""
        seconds = self._settings.every_milliseconds / 1000
        if self._served.is_set():
            await asyncio.sleep(seconds)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._served.wait(), min(seconds, UNSERVED_SECONDS))

    def start(self) -> None:
        """From now on the region speaks of itself. Before, it would seem to have been rolled back, or may have been."""
        self._served.set()

    def stop(self) -> None:
        self._served.clear()

    async def _entries(self) -> list[bytes]:
        """A pulse of a node that is behind would look as if the region had been rolled back."""
        if not self._served.is_set():
            return [*self._beside.own(self._heads(), served=False)]
        pulse, heads = self.own(), self._heads()
        if not (self._nodes.leads() and await self._nodes.all_held()):
            return []
        return [encode_pulse(pulse, self._signing.sign), *self._beside.own(heads, served=True)]

    async def hear(self, peer: str, source: PulseSource) -> None:
        """Hear a peer's pulses, for ever."""
        after, live = 0, False
        while True:
            try:
                entries = await source.latest_pulses(after, WAIT_SECONDS)
            except LogError as error:
                self._telling.trouble(pulse_log(peer), str(error))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self._telling.trouble(pulse_log(peer), "")
            self.take(peer, entries, live=live)
            after, live = (entries[-1].position + 1 if entries else after), True

    def own(self) -> Pulse:
        """What the region says now."""
        heads = self._heads()
        peers = sorted({region for head in heads for region in head.adopted})
        adopted = {region: tuple(head.adopted.get(region, EMPTY_HEAD) for head in heads) for region in peers}
        shared = tuple(head.shared for head in heads)
        return Pulse(FORMAT_VERSION, self._signing.region, self._now(), shared, adopted)

    def take(self, peer: str, entries: Sequence[Entry], *, live: bool) -> None:
        """Hear entries of the peer's log. `live`: they have come just now, so that they tell what time it is there."""
        partitions = len(self._heads())
        for entry in entries:
            heard = None if self._beside.take(peer, entry.record) else self._verified(peer, entry.record, partitions)
            if heard is None:
                continue
            suspicion = self._heard_of(peer, partitions).hear(heard) or self._own_loss(heard.pulse)
            if suspicion:
                self._alarm(Verdict.REORDERED, suspicion)
            if live:
                self._offsets[peer] = Offset(self._ticks(), heard.pulse.time - heard.at)
        if entries:
            self._news.tell()

    def note(self) -> None:
        """Note beside the state how fresh what was adopted of each peer is. Errors: StoreFailed."""
        heads = self._heads()
        with self._store.read() as snapshot:
            before = {peer: (read_freshness(snapshot, peer), read_heard(snapshot, peer)) for peer in self.heard}
        after = {peer: (self._freshen(heard, peer, heads), _latest(heard)) for peer, heard in self.heard.items()}
        if after == before:
            return
        with self._store.write() as transaction:
            for peer, (fresh, latest) in after.items():
                write_freshness(transaction, peer, fresh)
                write_heard(transaction, peer, latest)

    def let_go(self, peer: str) -> None:
        """Hear the peer from the beginning, after a restart of this process as well. Errors: StoreFailed."""
        self._heard_of(peer, len(self._heads())).let_go()
        self.note()

    def clock_agrees(self) -> bool:
        """Whether the own clock fits to most of the pulses that were heard in the last minute."""
        since = self._ticks() - LAST_MINUTE_SECONDS
        offsets = [offset.milliseconds for offset in self._offsets.values() if offset.heard >= since]
        return clocks_agree(offsets, CLOCKS_APART_MOST)

    def lag(self) -> dict[str, dict[str, float]]:
        """By peer, as /metrics and `keytide status` tell it: see docs/operations.md."""
        heads, now = self._heads(), self._now()
        return {peer: self._lag_of(heard, peer, heads, now) for peer, heard in sorted(self.heard.items())}

    def silence(self, peer: str) -> int:
        """How long ago, in milliseconds, the moment is of which the peer's last pulse speaks."""
        latest = self.heard[peer].latest if peer in self.heard else None
        return self._now() - (0 if latest is None else latest.as_of)

    def last_of(self, peer: str) -> bytes | None:
        """The peer's last pulse, as it has signed it."""
        latest = self.heard[peer].latest if peer in self.heard else None
        return None if latest is None else latest.encoded

    def said(self, peer: str, region: str, partition: int) -> int:
        """How far the peer has come with `region`, by its last pulse; 0 where none was heard."""
        latest = self.heard[peer].latest if peer in self.heard else None
        return 0 if latest is None else latest.pulse.adopted_of(region, partition).sequence

    def adopted_by(self, region: str, partition: int, number: int) -> frozenset[str]:
        """The peers that have said, under their signatures, that they have record `number` of `region`."""
        latest = {peer: heard.latest for peer, heard in self.heard.items() if heard.latest is not None}
        return frozenset(
            peer for peer, said in latest.items() if said.pulse.adopted_of(region, partition).sequence >= number
        )

    def news(self) -> asyncio.Event:
        """Is set when pulses have been heard."""
        return self._news.next

    def _lag_of(self, heard: Heard, peer: str, heads: Sequence[PartitionHead], now: int) -> dict[str, float]:
        if heard.latest is None:
            return {}
        pulse, own = heard.latest.pulse, self._signing.region
        adopted = [head.adopted.get(peer, EMPTY_HEAD).sequence for head in heads]
        behind = [shared.sequence - here for shared, here in zip(pulse.shared, adopted, strict=True)]
        there = [head.shared.sequence - pulse.adopted_of(own, number).sequence for number, head in enumerate(heads)]
        oldest = min(self._freshen(heard, peer, heads))
        told = {"records_behind": float(sum(max(0, count) for count in behind)),
                "records_behind_there": float(sum(max(0, count) for count in there)),
                "pulse_age_seconds": max(0, now - heard.latest.as_of) / 1000}  # fmt: skip
        return {**told, "seconds_behind": max(0, now - oldest) / 1000} if oldest else told

    def _own_loss(self, pulse: Pulse) -> str:
        """What a peer has of this region, which has it no more; "" if there is nothing."""
        own = self._signing.region
        for number, head in enumerate(self._heads()):
            theirs = pulse.adopted_of(own, number).sequence
            if theirs > head.shared.sequence:
                return (
                    f"{pulse.region} has adopted {theirs} records of this region's partition {number}, "
                    f"which has {head.shared.sequence}: its log was lost or cut"
                )
        return ""

    def _freshen(self, heard: Heard, peer: str, heads: Sequence[PartitionHead]) -> tuple[int, ...]:
        return heard.freshen([head.adopted.get(peer, EMPTY_HEAD) for head in heads])

    def _verified(self, peer: str, encoded: bytes, partitions: int) -> HeardPulse | None:
        try:
            pulse = decode_pulse(encoded, self._verify)
        except NotAPulse as error:
            self._alarm(Verdict.REJECTED, f"a pulse of {peer} was passed over: {error}")
            return None
        if pulse.region != peer or len(pulse.shared) != partitions:
            what = f"it is of {pulse.region} with {len(pulse.shared)} partitions"
            self._alarm(Verdict.REJECTED, f"a pulse of {peer} was passed over: {what}")
            return None
        return HeardPulse(pulse, encoded, self._now())

    def _heard_of(self, peer: str, partitions: int) -> Heard:
        if peer not in self.heard:
            self.heard[peer] = heard = Heard(peer, partitions)
            with self._store.read() as snapshot:
                fresh, known = read_freshness(snapshot, peer), read_heard(snapshot, peer)
            latest = None if known is None else self._remembered(known, partitions)
            heard.resume(fresh, latest)
        return self.heard[peer]

    def _remembered(self, known: tuple[bytes, int], partitions: int) -> HeardPulse | None:
        """None for one of an identity that was replaced since: it says nothing of who has that name now."""
        encoded, at = known
        with suppress(NotAPulse):
            pulse = decode_pulse(encoded, self._verify)
            return HeardPulse(pulse, encoded, at) if len(pulse.shared) == partitions else None
        return None

    def _alarm(self, verdict: Verdict, reason: str) -> None:
        """Once a reason."""
        if reason not in self._said and len(self._said) < REASONS_MOST:
            self._said.add(reason)
            self._telling.alarm(verdict, reason)


def _latest(heard: Heard) -> tuple[bytes, int] | None:
    return None if heard.latest is None else (heard.latest.encoded, heard.latest.at)
