"""The tail of a lost region: what others have adopted of it, and this region has not.

Owns asking every peer for it, how far it reaches by the pulses of those that are heard, and waiting for it: before a
key's primary or an account's home is taken over, so that as little as can be is overtaken. The interleaving: a home
acknowledges a change, a third region adopts it, the stand-by takes over without it, and the two differ in who may do
what. A pulse tells how far a region was when it beat: what came after is known to whoever asks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from replication.records.position import EMPTY_HEAD, Head
from replication.state.partition_head import PartitionHead
from services.region_node.operator.questions import Verb
from services.region_node.peers.handing_on import Handed
from services.region_node.pulses.pulses import Pulses
from services.region_node.pulses.settings import LONGEST_BEAT_MILLISECONDS
from services.region_node.settings.settings import NodeSettings
from shared.identifiers import partition_of
from shared.keys.errors import TailMissing

BEATS_MISSED = 3
"""A region that has been silent for so many of its heartbeats does not answer."""
LOOK_SECONDS = 0.1


class Tail(NamedTuple):
    """`wanted`: the furthest that a region which answers has adopted of the lost one; `of`: which region that is."""

    wanted: int
    of: str
    unheard: tuple[str, ...]


class Tails:
    """Of one region. `head` gives the head of a partition, `handed` takes what peers have of a region's, `now` integer
    milliseconds.
    """

    def __init__(
        self,
        settings: NodeSettings,
        head: Callable[[int], PartitionHead],
        pulses: Pulses,
        handed: Callable[[str, int], Awaitable[Handed]],
        now: Callable[[], int],
    ) -> None:
        self._settings, self._head, self._pulses, self._handed, self._now = settings, head, pulses, handed, now
        self.questions: Mapping[str, Callable[..., Awaitable[Any]]] = {Verb.FETCH_TAIL: self.of_account}

    async def of_account(self, account: str, former: str, wait_seconds: int, without: bool) -> tuple[str, ...]:
        """Ask every peer for what lacks here of the account's partition, and wait until nothing does.

        Returns what lacks, or cannot be known, a sentence each: nothing, unless it is done `without`, which asks and
        waits for nothing. Errors: TailMissing after `wait_seconds`, with all of them.
        """
        partition = partition_of(account, self._settings.partitions)
        lacking = partial(self._lacking, former, partition)
        if not without:
            await self._wait(former, partition, wait_seconds, lacking)
        return lacking(Handed()) if without else ()

    async def fetched(self, former: str, partition: int, seconds: int, *, required: bool) -> Tail:
        """Ask every peer, and wait until all is adopted here that any of them has adopted of `former`, if it is
        `required`. Errors: TailMissing after `seconds`."""
        behind, handed = partial(self._behind, former, partition), Handed()
        if required:
            handed = await self._wait(former, partition, seconds, behind)
        return self._tail(former, partition, handed)

    async def _wait(
        self, former: str, partition: int, seconds: int, lacking: Callable[[Handed], tuple[str, ...]]
    ) -> Handed:
        """Errors: TailMissing."""
        deadline = asyncio.get_running_loop().time() + seconds
        handed = await self._handed(former, partition)
        while told := lacking(handed):
            if asyncio.get_running_loop().time() >= deadline:
                raise TailMissing("; ".join(told))
            await asyncio.sleep(LOOK_SECONDS)
        return handed

    def adopted(self, former: str, partition: int) -> Head:
        return self._head(partition).adopted.get(former, EMPTY_HEAD)

    def answers(self, region: str) -> bool:
        """Whether the region's pulses come as they should."""
        heard = self._pulses.heard.get(region)
        if heard is None or heard.latest is None:
            return False
        # Whoever beats more slowly than this region is not silent; whoever was silent for long does not beat slowly.
        beat = max(self._settings.pulses.every_milliseconds, min(heard.beat, LONGEST_BEAT_MILLISECONDS), 1000)
        return self._now() - heard.latest.at <= BEATS_MISSED * beat

    def _lacking(self, former: str, partition: int, handed: Handed) -> tuple[str, ...]:
        here, own = self.adopted(former, partition).sequence, self._settings.region
        elsewhere = (
            f"{region} is not heard: what it has adopted of {former} is not known"
            if reached is None
            else f"{region} has adopted {reached} records of {former}, and {own} {here}"
            for region, reached in self._reached(former, partition, handed).items()
            if reached is None or reached > here
        )
        return (*elsewhere, *self._resting(former, partition, handed))

    def _behind(self, former: str, partition: int, handed: Handed) -> tuple[str, ...]:
        tail, here = self._tail(former, partition, handed), self.adopted(former, partition).sequence
        if here >= tail.wanted:
            return self._resting(former, partition, handed)
        return (f"{tail.of} has adopted {tail.wanted} records of {former}, and {self._settings.region} {here}",)

    def _resting(self, former: str, partition: int, handed: Handed) -> tuple[str, ...]:
        """What was handed on and is not adopted here: it rests on other regions' records, which have not come."""
        here = self.adopted(former, partition).sequence
        if here >= handed.reached:
            return ()
        return (f"record {here + 1} of {former} rests on what {self._settings.region} lacks of other regions",)

    def _tail(self, former: str, partition: int, handed: Handed) -> Tail:
        reached = self._reached(former, partition, handed)
        furthest = [(number, region) for region, number in reached.items() if number is not None]
        wanted, of = max(furthest, default=(0, ""))
        return Tail(wanted, of, tuple(region for region, number in reached.items() if number is None))

    def _reached(self, former: str, partition: int, handed: Handed) -> dict[str, int | None]:
        """How much each other region has adopted of the lost one, as far as its pulses tell; None of one that is not
        heard and could not be asked."""
        reached = {region: self._told_by(region, former, partition) for region in self._peers() if region != former}
        asked = {region for region, hindrance in handed.hindrances.items() if not hindrance}
        return {region: 0 if told is None and region in asked else told for region, told in reached.items()}

    def _told_by(self, region: str, former: str, partition: int) -> int | None:
        latest = self._pulses.heard[region].latest if self.answers(region) else None
        return None if latest is None else latest.pulse.adopted_of(former, partition).sequence

    def _peers(self) -> list[str]:
        return sorted({*self._pulses.heard, *(peer.region for peer in self._settings.peers)})
