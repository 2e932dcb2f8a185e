"""The scrub of a node, as its settings want it.

Owns its start in the replicator.
"""

import asyncio
from contextlib import AsyncExitStack
from functools import partial

from replication.fold.materializer import Identity
from replication.state.state_store import StateStore
from services.clock import now_milliseconds
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.replicator.node_logs import NodeLogs, onlooking_logs
from services.region_node.replicator.partitions import kept_running
from services.region_node.replicator.status import ReplicatorStatus
from services.region_node.scrub.findings import ScrubFindings
from services.region_node.scrub.guard import ScrubGuard
from services.region_node.scrub.scrubbing import Pace, Scrub, Scrubbed
from services.region_node.settings.settings import NodeSettings


class NodeScrub:
    """`start` it once the region has caught up: then its state knows what stands in the logs."""

    def __init__(self, settings: NodeSettings, keys: RegionKeys, store: StateStore, status: ReplicatorStatus) -> None:
        self._settings, self._status = settings, status
        identity = Identity(settings.region, settings.partitions, keys.record_key)
        self._scrubbed = Scrubbed(identity, keys.identity.public_bytes, store)

    def start(self, logs: NodeLogs, group: asyncio.TaskGroup, closing: AsyncExitStack) -> None:
        """Read `logs` for as long as `group` runs; not at all where the settings say so."""
        settings = self._settings
        if not settings.scrub_bytes_per_second:
            return
        guard = ScrubGuard(settings.scrub_mark_file if settings.log == "embedded" else None)
        closing.callback(guard.close)
        scrub = Scrub(
            self._scrubbed,
            partial(onlooking_logs, settings, logs),
            Pace(settings.scrub_bytes_per_second, settings.scrub_pause_hours * 3600.0),
            guard,
            ScrubFindings(self._status.alarm, self._status.trouble),
            now_milliseconds,
        )
        self._status.scrub = scrub.gauges
        group.create_task(kept_running("scrub", scrub.run))
