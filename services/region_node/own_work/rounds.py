"""What a node does by itself, again and again: what is due, what is given, finished, promoted and erased.

Owns putting these together, how often each has its turn, and which of them one node of the region does for all. None of
it waits for another.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from replication.fold.materializer import Materializer
from replication.state.lmdb_store import LmdbStore
from services.clock import now_milliseconds
from services.region_node.changes.recording import Submit
from services.region_node.erasure.erasure import Erasure
from services.region_node.erasure.rewrapping import Adopter
from services.region_node.key_stores.key_stores import KeyStores
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.keys.vault import RegionVault
from services.region_node.nodes.lacking_keys import LackingKeys
from services.region_node.nodes.region_nodes import RegionNodes
from services.region_node.operator.administration import Administration
from services.region_node.operator.backups import Backups
from services.region_node.operator.drills import Drills
from services.region_node.operator.scream_tests import ScreamTests
from services.region_node.own_work.alias_conflicts import AliasConflicts
from services.region_node.own_work.due import DueChanges
from services.region_node.own_work.finishing import Finishing
from services.region_node.own_work.giving import Giving
from services.region_node.peers.committed import checking
from services.region_node.peers.handing_on import HandingOn
from services.region_node.peers.peer_cards import PeerCards
from services.region_node.promotion.promoting import Promoting
from services.region_node.pulses.pulses import Pulses
from services.region_node.replicator.status import ReplicatorStatus
from services.region_node.settings.outside import outside_machines
from services.region_node.settings.settings import NodeSettings

TIMER_SECONDS = 60.0
SOON_SECONDS = 1.0
Work: TypeAlias = Callable[[], Awaitable[None]]


class OwnWork:
    """Of one node, in its replicator."""

    def __init__(
        self,
        settings: NodeSettings,
        keys: RegionKeys,
        store: LmdbStore,
        vault: RegionVault,
        materializer: Materializer,
        status: ReplicatorStatus,
        administration: Administration,
        nodes: RegionNodes,
        pulses: Pulses,
        submit: Submit,
        handing_on: HandingOn,
    ) -> None:
        self._status, self._nodes, self._administration = status, nodes, administration
        self._region, self._store, self._vault = settings.region, store, vault
        change, head, place = administration.change, materializer.head, (settings.region, settings.partitions)
        stores = KeyStores(outside_machines(settings), settings.region, vault.open_secret, now_milliseconds)
        self.due = DueChanges(
            *place, store, vault, change, stores.destroy, now_milliseconds, pulses.clock_agrees
        )  # fmt: skip
        self.giving = Giving(*place, store, change)
        self.finishing = Finishing(settings, store, change, head, pulses, now_milliseconds)
        self.promoting = Promoting(settings, store, vault, change, head, pulses, now_milliseconds, handing_on)
        self.conflicts = AliasConflicts(settings.partitions, store)
        self.erasure = Erasure(settings, keys, store, vault, submit, pulses, nodes)
        self.lacking_keys = LackingKeys(keys.cabinet, nodes.known_keys, nodes.fresh_keys, nodes.copies)
        self.backups = Backups(settings, keys, store, submit, PeerCards(store, settings.partitions))
        self.drills = Drills(settings, keys, store, submit)
        self.scream_tests = ScreamTests(settings.region, change, now_milliseconds)
        self.domain_of = self.erasure.domain_of
        self.answers: Mapping[str, Callable[..., Awaitable[Any]]] = {
            **self.promoting.answers,
            **self.erasure.answers,
            **self.backups.answers,
            **self.drills.answers,
            **self.scream_tests.answers,
        }
        status.erasure = self.erasure.gauges
        status.recovery = self.drills.gauges

    def adopter(self, partition: int, giver: str) -> Adopter:
        """What takes the secrets that the region `giver` hands over."""
        adopter = Adopter(self._vault, self._region, partition, self.domain_of)
        return checking(adopter, self._store, self._status, giver)

    def table(self) -> tuple[tuple[str, float, Work], ...]:
        """The name of each work, how often it has its turn, in seconds, and the work."""
        leading = self._nodes.leading
        return (
            ("secrets", TIMER_SECONDS, leading(self._administration.due_secrets.run)),
            ("due changes", TIMER_SECONDS, leading(self.due.run)),
            ("alias conflicts", TIMER_SECONDS, self._look),
            ("giving", SOON_SECONDS, leading(self.giving.run)),
            ("finishing", SOON_SECONDS, leading(self.finishing.run)),
            *self.promoting.work(self._status),
            ("erasure", TIMER_SECONDS, self.erasure.run),
            ("lacking secrets", SOON_SECONDS, self.erasure.seal_again),
            ("keys of other nodes", SOON_SECONDS, self._fetch),
        )

    def lacks_keys(self) -> bool:
        """Whether another node of the region may have a key that this one lacks."""
        return self.lacking_keys.any and not self._nodes.is_alone

    async def _fetch(self) -> None:
        if not self._nodes.is_alone:
            await self.lacking_keys.run()

    async def _look(self) -> None:
        self.conflicts.look()
        self._status.alias_conflicts = self.conflicts.count
