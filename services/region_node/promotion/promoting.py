"""Forced promotion and what follows from it, in one node: put together for its replicator.

Owns the order of these parts, and the number of overtaken changes that are open.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from replication.state.partition_head import PartitionHead
from replication.state.state_store import StateStore
from services.region_node.keys.vault import RegionVault
from services.region_node.overtaken.at_keys import OvertakenChanges
from services.region_node.overtaken.homes import OvertakenAtHomes
from services.region_node.own_work.due_secrets import Change
from services.region_node.peers.handing_on import HandingOn
from services.region_node.peers.tails import Tails
from services.region_node.promotion.giving_material import GivingMaterial
from services.region_node.promotion.promotions import Promotions
from services.region_node.promotion.settling_grounds import SettlingGrounds
from services.region_node.pulses.pulses import Pulses
from services.region_node.replicator.status import ReplicatorStatus
from services.region_node.settings.settings import NodeSettings

GIVING_SECONDS = 1.0
COUNT_SECONDS = 10.0


class Promoting:
    """`head` gives the head of a partition, `now` integer milliseconds."""

    def __init__(
        self,
        settings: NodeSettings,
        store: StateStore,
        vault: RegionVault,
        change: Change,
        head: Callable[[int], PartitionHead],
        pulses: Pulses,
        now: Callable[[], int],
        handing_on: HandingOn,
    ) -> None:
        self._giving = GivingMaterial(settings.region, settings.partitions, store, vault, change)
        self._grounds = SettlingGrounds(settings.region, settings.partitions, store, change, head)
        homes = OvertakenAtHomes(settings, store, change, lambda: handing_on.records)
        self._overtaken = OvertakenChanges(settings, store, vault, change, homes, now)
        tails = Tails(settings, head, pulses, handing_on.tail, now)
        promotions = Promotions(settings, store, change, tails)
        self.answers: Mapping[str, Callable[..., Awaitable[Any]]] = {
            **promotions.answers,
            **self._overtaken.answers,
            **tails.questions,
        }

    def work(self, status: ReplicatorStatus) -> tuple[tuple[str, float, Callable[[], Awaitable[None]]], ...]:
        """What the node does by itself: how often, in seconds. `status` is told how many overtaken changes are open."""

        async def count() -> None:
            status.overtaken_changes = len(await self._overtaken.told())

        return (
            ("giving material", GIVING_SECONDS, self._giving.run),
            ("grounds of epochs", COUNT_SECONDS, self._grounds.run),
            ("overtaken changes", COUNT_SECONDS, count),
        )
