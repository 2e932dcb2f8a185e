"""The tail of a lost region: what others have adopted of it, and this region has not.

Owns how far that reaches, by the pulses of those that are heard, and waiting for it: before a key's primary or an
account's home is taken over, so that as little as can be is overtaken. The interleaving: a home acknowledges a change,
a third region adopts it, the stand-by takes over without it, and the two differ in who may do what.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from replication.records.position import EMPTY_HEAD, Head
from replication.state.partition_head import PartitionHead
from services.region_node.operator.questions import Verb
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
    """Of one region. `head` gives the head of a partition, `now` integer milliseconds."""

    def __init__(
        self, settings: NodeSettings, head: Callable[[int], PartitionHead], pulses: Pulses, now: Callable[[], int]
    ) -> None:
        self._settings, self._head, self._pulses, self._now = settings, head, pulses, now
        self.questions: Mapping[str, Callable[..., Awaitable[Any]]] = {Verb.FETCH_TAIL: self.of_account}

    async def of_account(self, account: str, former: str, wait_seconds: int, without: int) -> tuple[str, ...]:
        """What lacks here of the account's partition, or cannot be known, a sentence for each other region; waits until
        nothing does. With `without` it is told as it is.

        Errors: TailMissing after `wait_seconds`, with all of them.
        """
        partition = partition_of(account, self._settings.partitions)
        deadline = asyncio.get_running_loop().time() + wait_seconds
        while (lacking := self._lacking(former, partition)) and not without:
            if asyncio.get_running_loop().time() >= deadline:
                raise TailMissing("; ".join(lacking))
            await asyncio.sleep(LOOK_SECONDS)
        return lacking

    async def fetched(self, former: str, partition: int, seconds: int, *, required: bool) -> Tail:
        """Wait until all is adopted here that any region that answers has adopted of `former`. Errors: TailMissing."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            tail = self._tail(former, partition)
            adopted = self.adopted(former, partition).sequence
            if adopted >= tail.wanted or not required:
                return tail
            if asyncio.get_running_loop().time() >= deadline:
                raise TailMissing(
                    f"{tail.of} has adopted {tail.wanted} records of {former}, and {self._settings.region} {adopted}"
                )
            await asyncio.sleep(LOOK_SECONDS)

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

    def _lacking(self, former: str, partition: int) -> tuple[str, ...]:
        here, own = self.adopted(former, partition).sequence, self._settings.region
        return tuple(
            f"{region} is not heard: what it has adopted of {former} is not known"
            if reached is None
            else f"{region} has adopted {reached} records of {former}, and {own} {here}"
            for region, reached in self._reached(former, partition).items()
            if reached is None or reached > here
        )

    def _tail(self, former: str, partition: int) -> Tail:
        reached = self._reached(former, partition)
        furthest = [(number, region) for region, number in reached.items() if number is not None]
        wanted, of = max(furthest, default=(0, ""))
        return Tail(wanted, of, tuple(region for region, number in reached.items() if number is None))

    def _reached(self, former: str, partition: int) -> dict[str, int | None]:
        """How much each other region has adopted of the lost one; None of one that is not heard."""
        others = [region for region in self._peers() if region != former]
        return {region: self._reached_by(region, former, partition) for region in others}

    def _reached_by(self, region: str, former: str, partition: int) -> int | None:
        latest = self._pulses.heard[region].latest if self.answers(region) else None
        return None if latest is None else latest.pulse.adopted_of(former, partition).sequence

    def _peers(self) -> list[str]:
        return sorted({*self._pulses.heard, *(peer.region for peer in self._settings.peers)})
