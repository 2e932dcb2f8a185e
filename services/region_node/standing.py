"""How a region stands with its peers: its pulses and theirs, and the barriers that wait for them.

Owns putting these together in the replicator, and the log of pulses, without which everything else goes on.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from replication.change_position import ChangePosition
from replication.event_log import EventLog, LogError
from replication.materializer import Materializer
from replication.publisher import Signing
from replication.pulse import Verify, pulse_log
from replication.state_store import StateStore
from services.region_node.barriers import Barriers, Reached
from services.region_node.node_logs import open_own_pulses
from services.region_node.partitions import kept_running
from services.region_node.pulses import ALONE, Pulses, PulsingNodes, Telling
from services.region_node.replicator_status import ReplicatorStatus
from services.region_node.settings import NodeSettings

Offer = Callable[[EventLog | None], None]
"""Let the peers read the pulses from this log; None: no more."""


class Standing:
    """Of one region. `start` it once the region has caught up: before, it would seem to have been rolled back."""

    def __init__(
        self,
        settings: NodeSettings,
        signing: Signing,
        store: StateStore,
        materializer: Materializer,
        status: ReplicatorStatus,
        verify: Verify,
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
            now,
            nodes=nodes,
        )
        self._barriers: Barriers | None = None
        status.peers, status.limits = self.pulses.lag, _limits(settings)

    def start(self, shared: EventLog, offer: Offer, group: asyncio.TaskGroup) -> None:
        """Write pulses for as long as `group` runs, and take barriers. `shared`: the own shared log."""
        self._barriers = Barriers(self._signing, shared, self.pulses, self._applied, self._now)
        group.create_task(kept_running("pulses", partial(self._write, offer)))

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
