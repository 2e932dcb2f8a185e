"""Acknowledgements: how far each peer says, under its signature, that it has adopted what this region shares.

Owns the wait of a synchronous change, and the asking that makes it short: a peer answers as soon as it has adopted.
What a peer signs counts only if it is this region's history that it has adopted, as the own shared log has it.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from replication.log.event_log import EventLog, LogError
from replication.pulses.pulse import NotAPulse, Verify, decode_pulse
from replication.records.position import EMPTY_HEAD, Head
from services.region_node.news import News, happens
from services.region_node.pulses.own_history import OwnHistory
from services.region_node.pulses.pulses import Pulses
from services.region_node.replicator.partitions import kept_running
from shared.keys.synchronous import Synchronous

ASK_SECONDS = 5.0
RETRY_SECONDS = 0.5
WAITING_MOST = 5_000
"""Changes of one region that wait for others."""
_CROWDED = ("too many changes wait already",)
_NOT_READY = ("the region is not ready",)


class Acknowledger(Protocol):
    """A peer that can be asked."""

    async def adopted(self, region: str, partition: int, number: int, wait_seconds: float) -> bytes | None:
        """Its pulse once it has adopted that. Errors: LogError."""


class Acknowledgements:
    """Of one region. `trouble(place, reason)` is told what hinders the asking, "" when it is over."""

    def __init__(self, region: str, pulses: Pulses, verify: Verify, trouble: Callable[[str, str], None]) -> None:
        self._region, self._pulses, self._verify, self._trouble = region, pulses, verify, trouble
        self._known: dict[tuple[str, int], Head] = {}
        self._wanted: dict[int, list[int]] = {}
        self._asking: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._news = News()
        self._group: asyncio.TaskGroup | None = None

    def start(self, shared: EventLog, peers: Mapping[str, Acknowledger], group: asyncio.TaskGroup) -> None:
        """Hear, and ask, for as long as `group` runs. `shared`: the own shared log. `peers` grows as they are met."""
        self._shared, self._peers, self._group = shared, peers, group
        group.create_task(kept_running("acknowledgements", self._listen))

    def adopted(self, partition: int) -> Mapping[str, int]:
        """By peer, up to which number it has adopted what this region has shared there."""
        return {peer: head.sequence for (peer, place), head in self._known.items() if place == partition}

    async def reached(self, partition: int, number: int, demand: Synchronous, seconds: float) -> tuple[str, ...]:
        """Wait at most `seconds` until the own record `number` is adopted as demanded. Returns what is missing."""
        if self._group is None:
            return _NOT_READY
        wanted = self._wanted.setdefault(partition, [])
        if sum(map(len, self._wanted.values())) >= WAITING_MOST:
            return _CROWDED
        wanted.append(number)
        try:
            return await self._wait(partition, number, demand, asyncio.get_running_loop().time() + seconds)
        finally:
            wanted.remove(number)

    async def _wait(self, partition: int, number: int, demand: Synchronous, deadline: float) -> tuple[str, ...]:
        while True:
            news, left = self._news.next, deadline - asyncio.get_running_loop().time()
            adopted = {peer for peer, known in self.adopted(partition).items() if known >= number}
            lacking = demand.lacking(self._region, adopted)
            if not lacking or left <= 0:
                return lacking
            self._ask(partition)
            await happens(news, left)

    def _ask(self, partition: int) -> None:
        """See that every peer is being asked that has something to tell."""
        for peer in self._peers:
            if (peer, partition) not in self._asking and self._lowest_wanted(peer, partition) and self._group:
                self._asking[peer, partition] = self._group.create_task(self._ask_peer(peer, partition))

    def _lowest_wanted(self, peer: str, partition: int) -> int:
        """The first number that a change waits for and the peer is not known to have; 0: there is none."""
        known = self._known.get((peer, partition), EMPTY_HEAD).sequence
        return min((number for number in self._wanted.get(partition, ()) if number > known), default=0)

    async def _ask_peer(self, peer: str, partition: int) -> None:
        place = f"acknowledgement of {peer}"
        try:
            while number := self._lowest_wanted(peer, partition):
                hindrance = await self._asked(peer, partition, number)
                self._trouble(place, hindrance)
                if hindrance:
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            del self._asking[peer, partition]
            self._trouble(place, "")  # nobody waits for it any more

    async def _asked(self, peer: str, partition: int, number: int) -> str:
        """Ask once. Returns why nothing is known by that, or ""."""
        try:
            encoded = await self._peers[peer].adopted(self._region, partition, number, ASK_SECONDS)
            if encoded is None:
                return ""
            pulse = decode_pulse(encoded, self._verify)
        except (LogError, NotAPulse) as error:
            return str(error)
        if pulse.region != peer:
            return f"{peer} answers with a pulse of {pulse.region}"
        await self._note(peer, partition, pulse.adopted_of(self._region, partition))
        known = self._known.get((peer, partition), EMPTY_HEAD).sequence
        return "" if known >= number else f"{peer} has adopted another history, or not what it was asked for"

    async def _listen(self) -> None:
        """Take what the peers' pulses say, too: it is all there is of a peer that cannot be asked."""
        while True:
            news = self._pulses.news()
            for peer, heard in list(self._pulses.heard.items()):
                if heard.latest is not None:
                    for partition in range(len(heard.latest.pulse.shared)):
                        await self._note(peer, partition, heard.latest.pulse.adopted_of(self._region, partition))
            await news.wait()

    async def _note(self, peer: str, partition: int, head: Head) -> None:
        if head.sequence <= self._known.get((peer, partition), EMPTY_HEAD).sequence:
            return
        try:
            is_own = await OwnHistory(self._shared, partition).find(head) is not None
        except LogError:
            return
        if is_own and head.sequence > self._known.get((peer, partition), EMPTY_HEAD).sequence:
            self._known[peer, partition] = head
            self._news.tell()
