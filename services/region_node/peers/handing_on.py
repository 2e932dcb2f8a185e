"""Handing on, as a node does it: what its peers may ask of third regions, and what it asks of them.

Owns the own log once more, opened when a peer first asks: the reading for a peer must not get in the author's way.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import NamedTuple

from replication.feed import handing_on as feed_handing_on
from replication.feed import heard as feed_heard
from replication.feed.feed import Answering
from replication.feed.handing_on import handing_on
from replication.feed.heard import telling_again
from replication.log.event_log import Entry, EventLog
from replication.sharing.detours import Detours
from replication.sharing.handed_on import HandedOn
from replication.state.state_store import StateStore
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.peers.federation import Federation
from services.region_node.peers.second_hand import SecondHand
from services.region_node.peers.shared_records import SharedRecords
from services.region_node.pulses.pulses import Pulses
from services.region_node.replicator.node_logs import NodeLogs, onlooking_logs
from services.region_node.replicator.partitions import Partition
from services.region_node.replicator.status import ReplicatorStatus
from services.region_node.settings.settings import NodeSettings

ASK_SECONDS = 5.0
"""Whoever has not answered by then is taken for one that cannot be asked."""


class Handed(NamedTuple):
    """What has come of asking every peer for the records of a region.

    `reached`: the last of them that is here now, adopted or not. `hindrances`: why each peer could not be asked, or "".
    """

    reached: int = 0
    hindrances: Mapping[str, str] = {}


class HandingOn:
    """Of one node. `look` for detours again and again, once the region has caught up."""

    def __init__(
        self,
        settings: NodeSettings,
        store: StateStore,
        keys: RegionKeys,
        federation: Federation,
        pulses: Pulses,
        status: ReplicatorStatus,
    ) -> None:
        self._settings, self._store, self._keys = settings, store, keys
        self.records: SharedRecords | None = None
        """What regions have shared, once the region's logs are open."""
        self._partitions: Sequence[Partition] = ()
        self._detours = Detours(federation.carriers, pulses.said, status.trouble)
        self._second_hand = SecondHand(pulses, federation.listeners, settings.pulses.every_milliseconds)
        self._pulses = pulses

    def offered(
        self, logs: NodeLogs, partitions: Sequence[Partition], closing: AsyncExitStack
    ) -> Mapping[str, Answering]:
        """The questions that are answered to peers, by name. What is handed on to this region goes to `partitions`."""
        self._partitions = partitions
        onlooker, region = _Onlooker(self._settings, logs, closing), self._settings.region
        local, own = (_Reading(onlooker, name) for name in NodeLogs._fields)
        handed_on = HandedOn(region, self._store, local, self._keys.record_key)
        self.records = SharedRecords(region, own, self._keys.identity.public_bytes, handed_on)
        return {
            feed_handing_on.QUESTION: handing_on(handed_on, self._settings.partitions),
            feed_heard.QUESTION: telling_again(self._pulses.last_of),
        }

    async def look(self) -> None:
        """Read what does not come from its own region from others, and what it has said to them."""
        mirrors = [mirror for partition in self._partitions for mirror in partition.mirrors]
        await asyncio.gather(self._second_hand.look(), self._detours.look(mirrors))

    async def tail(self, region: str, partition: int) -> Handed:
        """Take what any peer has adopted of `region`, of whom each is waited for `ASK_SECONDS` at most."""
        mirrors = [mirror for one in self._partitions for mirror in one.mirrors if mirror.place == (region, partition)]
        if not mirrors:
            return Handed()
        hindrances = await self._detours.tail(mirrors[0], ASK_SECONDS)
        return Handed(max(0, mirrors[0].missing - 1), hindrances)


class _Onlooker:
    """The own logs, opened when one is first read."""

    def __init__(self, settings: NodeSettings, logs: NodeLogs, closing: AsyncExitStack) -> None:
        self._settings, self._logs, self._closing = settings, logs, closing
        self._opening = asyncio.Lock()
        self._opened: NodeLogs | None = None

    async def logs(self) -> NodeLogs:
        async with self._opening:
            if self._opened is None:
                opened = onlooking_logs(self._settings, self._logs)
                self._opened = await self._closing.enter_async_context(opened)
        return self._opened


class _Reading:
    """One of the own logs, `local` or `shared`."""

    def __init__(self, onlooker: _Onlooker, name: str) -> None:
        self._onlooker, self._name = onlooker, name

    async def read(self, partition: int, start: int, limit: int) -> Sequence[Entry]:
        """As `EventLog.read`."""
        log: EventLog = getattr(await self._onlooker.logs(), self._name)
        return await log.read(partition, start, limit)
