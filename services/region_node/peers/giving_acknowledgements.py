"""Acknowledging: what a region answers to a peer that asks to be told as soon as it has adopted.

Owns the wait for the own fold. The answer is the region's pulse of that moment; it stands in no log.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable

from replication.pulses.pulse import Pulse, encode_pulse
from replication.records.position import EMPTY_HEAD
from replication.sharing.publisher import Signing
from replication.state.partition_head import PartitionHead
from services.region_node.news import News, happens


class Acknowledging:
    """Of one region. `head(partition)`: its own, as the fold has it. `pulse()`: what the region says now."""

    def __init__(self, signing: Signing, head: Callable[[int], PartitionHead], pulse: Callable[[], Pulse]) -> None:
        self._signing, self._head, self._pulse = signing, head, pulse
        self._applied: dict[int, News] = defaultdict(News)

    def applied(self, partition: int) -> None:
        """Records of the partition have been applied."""
        self._applied[partition].tell()

    async def adopted(self, region: str, partition: int, number: int, seconds: float) -> bytes | None:
        """The region's pulse, once it has adopted record `number` of `region`; None where it has not in that time."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + seconds
        while True:
            news, left = self._applied[partition].next, deadline - clock()
            if self._head(partition).adopted.get(region, EMPTY_HEAD).sequence >= number:
                return encode_pulse(self._pulse(), self._signing.sign)
            if left <= 0:
                return None
            await happens(news, left)
