"""A world in which keys end, and the domain keys that they were wrapped under are exchanged and destroyed.

Domain keys advance as soon as there is anything to erase, amid crashes, lost states, and logs that lose, delay and
double. In the end the regions have erased all that went.
"""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from typing import ClassVar
from unittest.mock import patch

from replication.state.view import SnapshotView
from services.region_node.keys import region_keys
from shared.crypto import domain_keys
from shared.decision import Decision
from shared.keys.commands import KeyName, ScheduleKeyDeletion
from shared.keys.decide_deletion import delete_key, schedule_key_deletion
from shared.keys.model import PENDING_DELETION
from shared.secrets import Secret
from tests.replication.written_log import ACCOUNT, START
from tests.simulation.erasing import CARE_SECONDS, ErasingRegion
from tests.simulation.materials import secret_of
from tests.simulation.region import SimulatedRegion
from tests.simulation.world import Command, Disturbance, World

ERASED_SECONDS = 60.0
RECENT = 5
"""Of so many keys that were made last one is ended: so that many go the whole way."""


@dataclass
class ErasedWorld(World):
    many: int = 36
    kind: ClassVar[type[SimulatedRegion]] = ErasingRegion

    def __post_init__(self) -> None:
        super().__post_init__()
        self._seeded = ExitStack()

    @property
    def erasing(self) -> list[ErasingRegion]:
        return [region for region in self.regions.values() if isinstance(region, ErasingRegion)]

    async def run(self) -> None:
        for module in (domain_keys, region_keys):  # what is wrapped stands in the logs: a seed says it, too
            self._seeded.enter_context(patch.object(module, "random_bytes", self.chance.randbytes))
        await super().run()

    async def close(self) -> None:
        await super().close()
        self._seeded.close()

    def disturbances(self) -> list[Disturbance | None]:
        """No clock is set: a bucket that has advanced by a clock which was ahead waits until the others are as far."""
        return [one for one in super().disturbances() if one is None or one.__name__ != "_set_clock"]

    def _use(self, region: SimulatedRegion) -> None:
        """What is held is opened after every step."""

    def command(self, number: int) -> Command:
        kinds = [*[self._create] * 3, self._replicate, self._replicate, self._enable, self._hand_over]
        return self.chance.choice([*kinds, *[self._end] * 7] if self._created else [self._create])(number)

    def _wrapped(self, region: str, key_id: str, material_id: str) -> bytes:
        made = next(one for one in self.erasing if one.name == region)
        return made.vault.wrap_material(ACCOUNT, key_id, material_id, Secret(secret_of(material_id)))

    def _end(self, number: int) -> Command:
        """A key that is pending goes, though its window is not over; another becomes pending."""
        region, key_id = self._somewhere()
        if self.chance.random() < 0.8:
            region, key_id = self.chance.choice(self._created[-RECENT:])
        name = KeyName(region, ACCOUNT, key_id)

        def decided(view: SnapshotView) -> Decision:
            key = view.key(ACCOUNT, key_id)
            if key is not None and key.state == PENDING_DELETION:
                return delete_key(name, view)
            return schedule_key_deletion(ScheduleKeyDeletion(name, 7, START), view)

        return Command(number, region, decided)

    async def settle(self) -> None:
        """Until the regions say that all is erased. Errors: TimeoutError."""
        async with asyncio.timeout(ERASED_SECONDS):
            while any(region.waiting() for region in self.erasing):  # noqa: ASYNC110
                await asyncio.sleep(CARE_SECONDS)
        await self._rest()
