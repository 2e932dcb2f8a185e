"""A life of a region's process whose answers wait for other regions: the real wait, and what peers are asked meanwhile.

Owns putting these together, over links that can be cut.
"""

import asyncio
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import cast

from replication.log.event_log import LogUnavailable
from replication.sharing.publisher import Signing
from replication.state.partition_head import PartitionHead
from replication.state.state_store import ADAPTER, BUILT, partition_prefix
from replication.state.view import Moment
from replication.writing.draft import Answer, Draft
from services.region_node.changes.changing import Changing, Done, Place
from services.region_node.changes.changing import Command as Asked
from services.region_node.changes.settings import SynchronousSettings
from services.region_node.changes.synchronous import SynchronousChanging
from services.region_node.peers.giving_acknowledgements import Acknowledging
from services.region_node.peers.heard_acknowledgements import Acknowledgements
from services.region_node.pulses.pulses import Pulses, Telling
from services.region_node.pulses.settings import PulseSettings
from services.region_node.requests.call import Call
from shared.crypto.region_identity import verify_signature
from tests.replication.written_log import ACCOUNT, IDENTITIES
from tests.simulation.link import GatedLog
from tests.simulation.region import PARTITIONS, SimulatedRegion
from tests.simulation.world import Command

OTHERS = 1
"""So many other regions have to have adopted what is answered."""
SETTINGS = SynchronousSettings(OTHERS, 900)


class Silent:
    """Says nothing beside the pulses."""

    def own(self, _heads: Sequence[PartitionHead], *, served: bool) -> list[bytes]:
        return []

    def take(self, _peer: str, _encoded: bytes) -> bool:
        return False


class Asking:
    """A peer that is asked over the link by which the region reads it."""

    def __init__(self, peer: "Answering", reader: SimulatedRegion) -> None:
        self._peer, self._reader = peer, reader

    async def adopted(self, region: str, partition: int, number: int, wait_seconds: float) -> bytes | None:
        link, there = self._reader.links[self._peer.region.name], self._peer.region
        link.require()
        if there.author is None:
            raise LogUnavailable("the peer is down")
        await there.gate.passed()
        answer = await self._peer.acknowledging.adopted(region, partition, number, wait_seconds)
        await asyncio.sleep(link.delay_seconds)
        await self._reader.gate.passed()
        link.require()
        return answer


class Answering:
    """Of one region; `run` begins with each life of its process."""

    def __init__(self, region: SimulatedRegion) -> None:
        self.region = region
        self._peers: dict[str, Asking] = {}
        self._requests: list[asyncio.Task[Place]] = []
        self._runs = False
        self._begin()
        region.besides.append(self.run)

    def _begin(self) -> None:
        region = self.region
        self.pulses = Pulses(
            Signing(region.name, IDENTITIES[region.name].sign), PulseSettings(), region.store,
            lambda: [region.materializer.head(0)], _verify, Telling(_ignore, _ignore), Silent(), region.now, _ticks,
        )  # fmt: skip
        self.acknowledging = Acknowledging(self.pulses._signing, lambda _: region.materializer.head(0), self.pulses.own)
        self._acknowledgements = Acknowledgements(region.name, self.pulses, _verify, _ignore)
        changing = Changing(region.store, PARTITIONS, self, jitter=region.chance.random)
        self._changing = SynchronousChanging(
            region.name, region.store, changing._served, changing, SETTINGS, self._acknowledgements.reached
        )

    def connect(self, regions: Iterable["Answering"]) -> None:
        """Have it ask the others of these."""
        self._peers = {one.region.name: Asking(one, self.region) for one in regions if one is not self}

    async def run(self) -> None:
        self._begin()
        with self.region.store.write() as transaction:
            transaction.put(ADAPTER, BUILT, partition_prefix(0))
        self.region.applied = lambda: self.acknowledging.applied(0)
        async with asyncio.TaskGroup() as group:
            self._acknowledgements.start(GatedLog(self.region.shared, self.region.gate), self._peers, group)
            self._runs = True
            try:
                await asyncio.Event().wait()
            finally:  # requests end with the process that they were sent to
                self._runs = False
                for request in [*self._requests]:
                    request.cancel()

    async def submit(self, draft: Draft) -> Answer:
        return await self.region.submit(draft)

    async def change(self, command: Command) -> Place:
        """Where it stands, once it may be answered. Errors: as `SynchronousChanging.change`; LogUnavailable."""
        await self.region.gate.passed()
        if not self._runs:
            raise LogUnavailable("the region is down")
        request = asyncio.create_task(self._changed(command))
        self._requests.append(request)
        request.add_done_callback(self._requests.remove)
        try:
            await asyncio.wait([request])
        finally:
            request.cancel()
        if request.cancelled():
            raise LogUnavailable("the process has ended")
        return request.result()

    async def _changed(self, command: Command) -> Place:
        moment, done = Moment(self.region.name, self.region.now()), list[Done]()
        call = SimpleNamespace(now=moment.now, region=moment.region, judged=())
        await self._changing.change(
            Asked(ACCOUNT, command.command_id),
            lambda view: command.decide(view.at(moment)),
            done.append,
            cast(Call, call),
        )
        await self.region.gate.passed()
        return done[-1].place


def _verify(region: str, message: bytes, signature: bytes) -> bool:
    return verify_signature(IDENTITIES[region].public_bytes, message, signature)


def _ticks() -> float:
    return asyncio.get_running_loop().time()


def _ignore(*_: object) -> None:
    """What hinders is what the world is for."""
