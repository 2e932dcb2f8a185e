"""The key of `sharing.py`, whose regions have things in common, and operators who promote its replicas by force."""

from dataclasses import dataclass
from itertools import count

from shared.keys.commands import KeyName
from tests.replication.written_log import ACCOUNT
from tests.simulation.promotion import promote, settle_on_one_ground
from tests.simulation.sharing import SHARED, SharingWorld
from tests.simulation.world import REGIONS, Command


@dataclass
class PromotionOfSharingWorld(SharingWorld):
    def command(self, number: int) -> Command:
        if number < 2 * len(REGIONS) or self.chance.random() < 0.8:
            return super().command(number)
        region = self.regions[self.chance.choice(REGIONS)]
        name = KeyName(region.name, ACCOUNT, SHARED)
        return Command(number, region.name, lambda view: promote(region, name, view))

    async def settle(self) -> None:
        """First on one ground, which gives the grants that count, then as without promotions."""
        await settle_on_one_ground(self.regions, [SHARED], count(2000))
        await self._rest()
        await super().settle()
