"""A world whose answers wait for another region, and in which the region that has just answered is lost with its log.

So nothing that a client was told of may be lost. Past the deadline the client sends the same command again.
"""

import asyncio

from replication.log.event_log import LogError
from shared.errors import KeytideError
from tests.simulation.answering import Answering
from tests.simulation.lost import LossyWorld
from tests.simulation.world import PATIENCE_SECONDS, Command

ANSWERS_MOST = 12
"""After how many answers a region may be lost."""


class SynchronousWorld(LossyWorld):
    def __post_init__(self) -> None:
        super().__post_init__()
        self._answering = {name: Answering(region) for name, region in self.regions.items()}
        for one in self._answering.values():
            one.connect(self._answering.values())
        self._answers_left = self.chance.randrange(ANSWERS_MOST)

    async def _attempt(self, command: Command) -> bool:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                place = await self._answering[command.region].change(command)
        except KeytideError as refusal:
            return not refusal.retryable
        except (LogError, TimeoutError):
            return False
        command.applied = True
        self.facts.answered.append((command.region, command.command_id))
        self.facts.floors[command.region] = max(place.sequence, self.facts.floors.get(command.region, 0))
        self._lose_in_time(command.region)
        return True

    def _lose_in_time(self, region: str) -> None:
        """The region that has answered, as soon as it has."""
        self._answers_left -= 1
        if self._answers_left < 0 and not self.lost:
            self.lose(region)
