"""Erasing in one node: its domain keys, its sealing key, what is lacking, and the figures of all.

Owns putting these together, the turns of the timer and of the operator, and what is told of it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from replication.fold.erasing import SEALING, Remains, domain_in, remains_since
from replication.reports.erasure_report import Intervals
from replication.state.state_store import StateStore
from services.clock import now_milliseconds
from services.region_node.changes.recording import Place, Submit, row_of
from services.region_node.erasure.domain_care import HOUR, DomainCare
from services.region_node.erasure.epoch_opening import EpochOpening
from services.region_node.erasure.lacking import LackingCare
from services.region_node.erasure.sealing_care import DAY, SealingCare
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.keys.vault import RegionVault
from services.region_node.nodes.region_nodes import RegionNodes
from services.region_node.operator.questions import Verb
from services.region_node.pulses.pulses import Pulses
from services.region_node.replicator.failures import Failures
from services.region_node.settings.settings import NodeSettings
from shared.erasure.model import Domain
from shared.identifiers import peer_stream
from shared.identity.model import Peer

ADVANCE_SECONDS = 45.0
"""Less than the answer to an operator's question may take."""
MOST_ROUNDS = 6
"""Of an advance. Two close and destroy what the first has opened and wrapped; a change that comes between the read of a
secret and its wrapping makes a batch void, and costs one more.
"""


class Erasure:
    """Of one node, in its replicator."""

    def __init__(
        self,
        settings: NodeSettings,
        keys: RegionKeys,
        store: StateStore,
        vault: RegionVault,
        submit: Submit,
        pulses: Pulses,
        nodes: RegionNodes,
        now: Callable[[], int] = now_milliseconds,
    ) -> None:
        self._settings, self._store, self._now = settings, store, now
        place = Place(settings.region, settings.node, settings.partitions, store, submit, now)
        fresh, copies = nodes.fresh_keys, nodes.copies
        opening = EpochOpening(place, settings.erasure.min_copies, fresh, copies)
        self._domains = DomainCare(place, settings.erasure, keys, vault, opening, nodes.leads)
        self._sealing = SealingCare(
            place,
            settings.erasure,
            keys,
            fresh,
            copies,
            vault.peer_regions,
            lambda: pulses.heard,
            settings.card_file,
            nodes.leads,
        )
        copies.destroying = self._destroy
        self._lacking = LackingCare(place, vault)
        self._nodes = nodes
        self._buckets = keys.domain_keys.buckets
        self._waiting: dict[str, int] = {}
        self._turn = asyncio.Lock()
        self._failures = Failures[str]("a part of erasing could not be done; it is tried again")
        self.answers: Mapping[str, Callable[..., Awaitable[Any]]] = {Verb.ADVANCE_ERASURE: self.advance}

    async def run(self) -> None:
        """What is due."""
        async with self._turn:
            for part, work in (
                ("domain keys", self._domains.run),
                ("sealing key", self._sealing.run),
                ("lacking secrets", self._nodes.leading(self._lacking.run)),
            ):
                await self._failures.contained(part, work(), part=part)
            self._waiting = self._look()

    async def seal_again(self) -> None:
        """What is lacking, here and elsewhere, does not wait for the rest: whoever lacks it cannot use the key."""
        if not self._turn.locked():
            async with self._turn:
                work = self._nodes.leading(self._lacking.run)()
                await self._failures.contained("lacking secrets", work, part="lacking secrets")

    async def advance(self) -> None:
        """What would be due later, too: an operator will not wait. What takes longer than he asks goes on by itself."""
        self._advancing = asyncio.ensure_future(self._advance())
        await asyncio.wait((self._advancing,), timeout=ADVANCE_SECONDS)
        if self._advancing.done():
            self._advancing.result()

    async def _advance(self) -> None:
        async with self._turn:
            await self._sealing.run(at_once=True)
            await self._domains.run(at_once=True)
            for _ in range(MOST_ROUNDS - 1):
                if self._domains.is_finished():
                    break
                await self._domains.finish()
            self._waiting = self._look()
        await self._nodes.copies.destroy()  # not in the turn: another node may ask this one for the same just now

    async def _destroy(self) -> bool:
        """What another node asks for that has advanced."""
        async with self._turn:
            self._nodes.fresh_keys.settle()
            await self._domains.destroy()
            await self._sealing.destroy()
            self._waiting = self._look()
        return True

    def domain_of(self, bucket: int) -> Domain:
        """As the state knows it now."""
        with self._store.read() as snapshot:
            return domain_in(snapshot, self._settings.partitions, bucket)

    def gauges(self) -> dict[str, float]:
        """How much waits to be erased in this region, for how long the oldest has, and how many keys lack material."""
        waiting = self._waiting
        oldest = max(0, self._now() - min(waiting.values())) / 1000 if waiting else 0.0
        lacking = float(len(self._lacking.lacking))
        return {"erasures_waiting": float(len(waiting)), "erasure_oldest_seconds": oldest, "keys_lacking": lacking}

    def _look(self) -> dict[str, int]:
        """What is not erased in this region: stream -> when it was destroyed, in milliseconds."""
        found: dict[str, int] = {}
        partitions, nodes = self._settings.partitions, self._nodes.copies.nodes()
        with self._store.read() as snapshot:
            for bucket in range(self._buckets):
                domain = domain_in(snapshot, partitions, bucket)
                gone = min(map(domain.destroyed_at, nodes))
                _note(found, remains_since(snapshot, bucket % partitions, bucket, gone + 1))
            for partition in range(partitions):
                own = row_of(snapshot, partition, peer_stream(self._settings.region)).state
                destroyed = dict(own.sealing_destroyed) if isinstance(own, Peer) else {}
                gone = min(destroyed.get(node, 0) for node in nodes)
                _note(found, remains_since(snapshot, partition, SEALING, gone + 1))
        return found


def _note(found: dict[str, int], remains: Iterable[Remains]) -> None:
    for one in remains:
        found[one.stream] = min(one.time, found.get(one.stream, one.time))


def intervals(settings: NodeSettings) -> Intervals:
    erasure = settings.erasure
    return Intervals(erasure.advance_hours * HOUR, erasure.sealing_days * DAY, erasure.min_copies)
