"""A round of the auditor that has something to do now and then only.

Owns how often. Which ones there are stands in `auditor_parts.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable


class Chore:
    """A round that has something to do now and then only."""

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[None]],
        seconds: float,
        ticks: Callable[[], float] | None = None,
    ) -> None:
        self.name, self._work, self._seconds = name, work, seconds
        self._ticks = ticks or asyncio.get_running_loop().time
        self._due = self._ticks()

    async def run(self) -> None:
        if self._ticks() >= self._due:
            self._due = self._ticks() + self._seconds
            await self._work()
