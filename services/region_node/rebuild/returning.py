"""Regions that come back, as a node meets them: itself from a backup or from its peers, and a peer built anew.

Owns putting these together in the replicator.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from replication.log.event_log import EventLog
from replication.state.state_store import StateStore
from services.clock import now_milliseconds
from services.region_node.changes.recording import Place, Submit
from services.region_node.erasure.rewrapping import Rewrap
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.operator.administration import Administration
from services.region_node.peers.federation import Federation
from services.region_node.peers.handing_on import Handed
from services.region_node.pulses.pulses import Pulses
from services.region_node.rebuild.homecoming import Homecoming
from services.region_node.rebuild.readmission import Readmission
from services.region_node.rebuild.rebuilding import Rebuilding
from services.region_node.rebuild.restored import Restored
from services.region_node.replicator.partitions import Partition
from services.region_node.settings.settings import NodeSettings
from services.region_node.witness.forgetting import Forgetting
from services.region_node.witness.seen_of_peers import SeenOfPeers


class Returning:
    """Of one node. `submit` writes although the region has not come home; `partitions`: those that write by now.

    `handed` takes what peers have of a region's partition.
    """

    def __init__(
        self,
        settings: NodeSettings,
        keys: RegionKeys,
        store: StateStore,
        submit: Submit,
        pulses: Pulses,
        federation: Federation,
        seen: SeenOfPeers,
        administration: Administration,
        partitions: Callable[[], Sequence[Partition]],
        handed: Callable[[str, int], Awaitable[Handed]],
        trouble: Callable[[str, str], None],
    ) -> None:
        self._federation, self._partitions, self._trouble = federation, partitions, trouble
        self._pulses = pulses
        place = Place(settings.region, settings.node, settings.partitions, store, submit, now_milliseconds)
        peers = sorted(peer.region for peer in settings.peers)
        rebuilding = Rebuilding(place, keys.identity.public_bytes, peers, settings.directory)
        self._restored = Restored(place, settings.directory)
        returns = (rebuilding, self._restored)
        self.homecoming = Homecoming(
            settings, keys, store, submit, pulses, federation.carriers, *returns, self._retry, self._published
        )  # fmt: skip
        self._rebuilding = rebuilding
        give = administration.due_secrets.give_again
        readmission = Readmission(
            settings, place, pulses, handed, seen.of, give, self._begin_anew, lambda: self.homecoming.hindrance
        )
        self._forgetting = Forgetting(place, peers, seen, self._let_go)
        self.answers: Mapping[str, Callable[..., Awaitable[Any]]] = {
            **readmission.answers,
            **self._forgetting.answers,
        }

    def begin(self) -> None:
        """Before anything is adopted."""
        self._restored.note()

    def without_material(self, rewrap: Rewrap) -> Rewrap:
        """As `rewrap`, less what a region that comes back must not have yet."""
        return self._restored.without_material(self._rebuilding.without_material(rewrap))

    async def forget(self) -> None:
        """What this node has seen of others and its region is to forget."""
        await self._forgetting.follow()

    async def come_home(self) -> None:
        """One round, and what hinders is told."""
        await self.homecoming.run()
        self._trouble("homecoming", self.homecoming.hindrance)

    async def share(self, shared: EventLog) -> None:
        """Let the peers read `shared` once all is there again: before, it would seem to have been cut."""
        await self.homecoming.complete.wait()
        self._federation.share(shared)

    async def _retry(self, partition: int) -> bool:
        return any([await mirror.again() for mirror in self._partitions()[partition].mirrors])

    def _published(self, partition: int) -> int:
        return self._partitions()[partition].publisher.published

    async def _let_go(self, region: str) -> None:
        """What was read of the region and not adopted, and what it has said of itself by pulses."""
        mirrors = [mirror for partition in self._partitions() for mirror in partition.mirrors]
        await asyncio.gather(*(mirror.let_go() for mirror in mirrors if mirror.place[0] == region))
        self._pulses.let_go(region)

    async def _begin_anew(self) -> None:
        await self._federation.admit(self._partitions())
