"""A world in which disks are put back to what they held earlier: by a rollback, by a disk that lied, or from a backup.

Nobody tells the region. Its witnesses do: it stands still until people have settled that what came after is lost, and
then comes home before it changes anything. A disk is put back only to before what every peer has seen signed: a loss
that nobody has seen, nobody can tell.
"""

import asyncio
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from shared.decision import Decision
from tests.replication.written_log import ACCOUNT, multi_region_key_id
from tests.simulation.region import SimulatedRegion
from tests.simulation.witnessed_region import Moment, WitnessedRegion, everybody
from tests.simulation.world import Command, Disturbance, World

LET_GO_SECONDS = 1.0
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""What a disk keeps here is one mark of a region: no life rests on whether it is synced."""


@dataclass
class RestoredWorld(World):
    many: int = 30
    kind: ClassVar[type[SimulatedRegion]] = WitnessedRegion

    def __post_init__(self) -> None:
        super().__post_init__()
        self.put_back = 0
        """So many disks were put back."""
        self._folder = tempfile.TemporaryDirectory(prefix="keytide-simulation-", dir=IN_MEMORY)
        for region in self.witnessed:
            region.peers = {other.name: other for other in self.witnessed if other is not region}
            region.directory = Path(self._folder.name) / region.name
            region.directory.mkdir()

    @property
    def witnessed(self) -> list[WitnessedRegion]:
        return everybody(self.regions)

    async def close(self) -> None:
        await super().close()
        self._folder.cleanup()

    def disturbances(self) -> list[Disturbance | None]:
        """No clock is set: a region that comes home waits for pulses of after its start."""
        others = [one for one in super().disturbances() if one is None or one.__name__ != "_set_clock"]
        return [*others, *[self._put_back] * 6, self._settle]

    def _create(self, number: int) -> Command:
        """A region that has lost the command's first record decides it again. The product draws another id for the key
        then; here, where the id is the command's, nothing more is made once the key has come home."""
        command, key_id = super()._create(number), multi_region_key_id(number)
        make = command.decide
        command.decide = lambda view: Decision(()) if view.key(ACCOUNT, key_id) is not None else make(view)
        return command

    async def _put_back(self, region: SimulatedRegion) -> None:
        if not isinstance(region, WitnessedRegion) or any(one.put_back for one in self.witnessed):
            return
        earlier = region.earlier()
        if not earlier or (region.homecoming is not None and region.homecoming.hindrance):
            return
        await region.crash()
        drawn = self.chance.random()
        region.put_disk_back(self.chance.choice(earlier), with_shared=drawn < 0.5, with_state=0.4 < drawn < 0.6)
        self.put_back += 1
        region.start()

    async def _settle(self, _region: SimulatedRegion) -> None:
        """What operators do, and do again later where a peer does not let go."""
        for region in self.witnessed:
            if region.put_back is not None and await self._is_let_go(region):
                self._forget_what_was_lost(region.name, region.put_back)
                await region.crash()
                region.settle_loss()
                region.start()

    async def _is_let_go(self, region: WitnessedRegion) -> bool:
        mirrors = [
            mirror for peer in region.peers.values() for mirror in peer.mirrors if mirror.place[0] == region.name
        ]
        try:
            async with asyncio.timeout(LET_GO_SECONDS):
                await asyncio.gather(*(mirror.let_go() for mirror in mirrors))
        except TimeoutError:
            return False
        return True

    def _forget_what_was_lost(self, name: str, moment: Moment) -> None:
        """What clients had heard of, people have given up. It may come home all the same."""
        heard = self.facts.acknowledged.get(name, [])
        self.facts.acknowledged[name] = [one for one in heard if one.answer.sequence <= moment.sequence]
        self.facts.floors[name] = min(moment.sequence, self.facts.floors.get(name, 0))

    async def _heal(self) -> None:
        await super()._heal()
        while any(region.put_back for region in self.witnessed):
            await self._settle(self.witnessed[0])

    def _is_at_rest(self, region: SimulatedRegion) -> bool:
        comes_home = isinstance(region, WitnessedRegion) and region.homecoming and region.homecoming.hindrance
        return not comes_home and super()._is_at_rest(region)
