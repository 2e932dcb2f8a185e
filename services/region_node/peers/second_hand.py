"""Pulses at second hand: what a peer that is not heard any more has said to others.

Owns when they are asked: the peer has been silent for some beats. So a link that is cut makes nothing stale as long as
a third region stands with both.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from replication.log.event_log import Entry, LogError
from services.region_node.pulses.pulses import Pulses

SILENT_BEATS = 3


class Listener(Protocol):
    """A peer that tells again what it has heard."""

    async def heard(self, region: str) -> Sequence[Entry]:
        """Its last pulse of `region`, if any. Errors: LogError."""


class SecondHand:
    """Of one region. `listeners` grows as peers are met; `beat` is the time between two pulses, in milliseconds."""

    def __init__(self, pulses: Pulses, listeners: Mapping[str, Listener], beat: int) -> None:
        self._pulses, self._listeners, self._silence = pulses, listeners, SILENT_BEATS * beat

    async def look(self) -> None:
        """Ask the other peers about each that is silent."""
        silent = [region for region in self._listeners if self._pulses.silence(region) > self._silence]
        asked = [(name, region) for region in silent for name in self._listeners if name != region]
        await asyncio.gather(*(self._ask(name, region) for name, region in asked))

    async def _ask(self, name: str, region: str) -> None:
        """Take what the peer `name` has heard of `region`."""
        try:
            self._pulses.take(region, await self._listeners[name].heard(region), live=False)
        except LogError:
            return  # that it is away is told by whoever reads its log
