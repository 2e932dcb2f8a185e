"""A world in which one region is lost for good, with its logs; the others have what it had given to either of them."""

import asyncio
from collections.abc import Sequence
from functools import partial

from replication.log.event_log import Entry, LogUnavailable
from replication.sharing.detours import Detours
from replication.sharing.handed_on import HandedOn
from tests.simulation.region import SimulatedRegion
from tests.simulation.world import REGIONS, Command, World

MUCH = 1 << 20
LOOK_SECONDS = 1.0


class Relay:
    """What a region has adopted of others, read by a peer over the link by which it reads all else."""

    def __init__(self, carrier: SimulatedRegion, reader: SimulatedRegion) -> None:
        self._carrier, self._reader = carrier, reader

    async def read(self, region: str, partition: int, start: int) -> Sequence[Entry]:
        self._reader.links[self._carrier.name].require()
        if self._carrier.author is None:
            raise LogUnavailable("the region is down")
        handed_on = HandedOn(
            self._carrier.name, self._carrier.store, self._carrier.local, self._carrier.identity.record_key
        )
        return await handed_on.read(region, partition, start, 3, MUCH)


class LossyWorld(World):
    """`lost` goes in the midst of it: all links to it are cut, and it never comes back."""

    lost = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._clients: dict[str, list[asyncio.Future[None]]] = {name: [] for name in REGIONS}
        for region in self.regions.values():
            peers = {name: Relay(self.regions[name], region) for name in REGIONS if name != region.name}
            region.besides.append(partial(self._detours, Detours(peers, self._said, lambda *_: None), region))

    @property
    def left(self) -> list[SimulatedRegion]:
        return [region for region in self.regions.values() if region.name != self.lost]

    async def _detours(self, detours: Detours, region: SimulatedRegion) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await detours.look(region.mirrors)

    def _said(self, carrier: str, region: str, partition: int) -> int:
        """As its pulse would say, were there one."""
        if self.regions[carrier].author is None:
            return 0
        return self.regions[carrier].materializer.head(partition).adopted_numbers().get(region, 0)

    def lose(self, name: str) -> None:
        """At once and for good, in the midst of a restart too. What was asked of it is nobody's to wait for."""
        self.lost, lost = name, self.regions[name]
        for region in self.left:
            region.links[name].sever()
        for client in self._clients[name]:
            client.cancel()
        lost.author, lost.is_gone = None, True
        self._end = asyncio.create_task(lost.crash())

    async def _heal(self) -> None:
        """First the loss, then everything else gets well."""
        if not self.lost:
            self.lose(self.chance.choice(REGIONS))
        await self._end
        await super()._heal()

    async def _carry_out(self, command: Command) -> None:
        if command.region != self.lost:
            carried = asyncio.ensure_future(super()._carry_out(command))
            self._clients[command.region].append(carried)
            await asyncio.wait([carried])
            if not carried.cancelled():
                carried.result()

    async def _crash(self, region: SimulatedRegion) -> None:
        if region.name != self.lost:
            await super()._crash(region)

    def _is_at_rest(self, region: SimulatedRegion) -> bool:
        if region.name == self.lost:
            return True
        if region.author is None or region.materializer.position(0) != len(region.local.entries[0]):
            return False
        heads = [one.materializer.head(0) for one in self.left]
        shared = {one.name: one.materializer.head(0).shared.sequence for one in self.left}
        most = {name: max(head.adopted_numbers().get(name, 0) for head in heads) for name in REGIONS} | shared
        own = region.materializer.head(0).adopted_numbers()
        return all(own.get(name, 0) == most[name] for name in REGIONS if name != region.name)
