"""How a region stands with its peers: its pulses and theirs, and the barriers that wait for them.

Owns putting these together in the replicator, and the log of pulses, without which everything else goes on.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from replication.feed.adopted import QUESTION, FeedAdopted, acknowledging
from replication.feed.feed import Answering
from replication.fold.materializer import Materializer
from replication.log.event_log import EventLog, LogError
from replication.pulses.pulse import Verify, pulse_log
from replication.records.change_position import ChangePosition
from replication.sharing.publisher import Signing
from replication.state.state_store import StateStore
from services.region_node.peers.exposure import Exposure
from services.region_node.peers.giving_acknowledgements import Acknowledging
from services.region_node.peers.heard_acknowledgements import Acknowledgements
from services.region_node.pulses.barriers import Barriers, Reached
from services.region_node.pulses.pulses import Beside, Pulses, Telling
from services.region_node.pulses.pulsing_nodes import ALONE, PulsingNodes
from services.region_node.replicator.node_logs import open_own_pulses
from services.region_node.replicator.partitions import kept_running
from services.region_node.replicator.status import ReplicatorStatus
from services.region_node.settings.settings import NodeSettings

Offer = Callable[[EventLog | None], None]
"""Let the peers read the pulses from this log; None: no more."""


class Standing:
    """Of one region. `open` it at once, and `start` it once the region has caught up and may be served."""

    def __init__(
        self,
        settings: NodeSettings,
        signing: Signing,
        store: StateStore,
        materializer: Materializer,
        status: ReplicatorStatus,
        verify: Verify,
        beside: Beside,
        now: Callable[[], int],
        nodes: PulsingNodes = ALONE,
    ) -> None:
        self._settings, self._signing, self._status = settings, signing, status
        self._materializer, self._now = materializer, now
        self.pulses = Pulses(
            signing,
            settings.pulses,
            store,
            lambda: [materializer.head(number) for number in range(settings.partitions)],
            verify,
            Telling(partial(status.mirror_alarm, 0), status.trouble),
            beside,
            now,
            nodes=nodes,
        )
        self.acknowledging = Acknowledging(signing, materializer.head, self.pulses.own)
        self.acknowledgements = Acknowledgements(signing.region, self.pulses, verify, status.trouble)
        self._exposure = Exposure(
            settings.partitions, lambda number: materializer.head(number).shared.sequence,
            self.acknowledgements.adopted, now,
        )  # fmt: skip
        self._barriers: Barriers | None = None
        status.peers, status.limits = self.pulses.lag, _limits(settings)

    def offered(self) -> Mapping[str, Answering]:
        """The questions that are answered to peers, by name."""
        return {QUESTION: acknowledging(self.acknowledging.adopted, self._settings.partitions)}

    def open(self, offer: Offer, group: asyncio.TaskGroup) -> None:
        """Write, for as long as `group` runs, what a region may say that is not served yet."""
        group.create_task(kept_running("pulses", partial(self._write, offer)))

    def start(self, shared: EventLog, acknowledgers: Mapping[str, FeedAdopted], group: asyncio.TaskGroup) -> None:
        """Write pulses from now on, take barriers, and hear what peers have adopted, for as long as `group` runs.

        `shared`: the own shared log.
        """
        self.acknowledgements.start(shared, acknowledgers, group)
        if self._settings.peers:
            self._status.exposure = self._exposure.gauges
            group.create_task(kept_running("exposure", partial(self._exposure.watch, shared)))
        self._barriers = Barriers(self._signing, shared, self.pulses, self._applied, self._now)
        self.pulses.start()

    def stop(self) -> None:
        """Say nothing of the region any more."""
        self.pulses.stop()

    async def reach(self, position: ChangePosition, regions: Sequence[str], seconds: float) -> Reached:
        """As `Barriers.reach`; a region that is not ready lacks everything."""
        if self._barriers is None:
            return Reached("", {}, tuple(regions), f"the region is not ready: {self._status.hindrance}")
        return await self._barriers.reach(position, regions, seconds)

    def _applied(self, partition: int) -> int:
        return self._materializer.head(partition).head.sequence

    async def _write(self, offer: Offer) -> None:
        """Write pulses, once their log can be opened."""
        try:
            log = await open_own_pulses(self._settings)
        except LogError as error:
            self.pulses.note()
            self._status.trouble(pulse_log(self._settings.region), str(error))
            return
        offer(log)
        try:
            await self.pulses.write(log)
        finally:
            offer(None)
            await log.close()


def _limits(settings: NodeSettings) -> dict[str, float]:
    limit = settings.staleness.limit_seconds
    return {} if limit is None else {"staleness_limit_seconds": float(limit)}
