"""The door's connections to the regions.

Owns a small pool of open connections for each region, over the Unix socket of its node.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import h11

from services.front_door.refusals import UNAVAILABLE, Refused
from services.front_door.wire import Wire

MOST_IDLE = 64
CONNECT_SECONDS = 2.0


class Upstream:
    """Connections by region."""

    def __init__(self, sockets: Mapping[str, Path], head_bytes: int) -> None:
        self._sockets = sockets
        self._head_bytes = head_bytes
        self._idle: dict[str, list[Wire]] = {region: [] for region in sockets}

    async def take(self, region: str) -> Wire:
        """A connection, idle or fresh. Errors: Refused where the region does not answer."""
        idle = self._idle[region]
        while idle:
            wire = idle.pop()
            if not wire.gone:
                return wire
            wire.close()
        return await self.connect(region)

    async def connect(self, region: str) -> Wire:
        """A fresh connection. Errors: Refused where the region does not answer."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_unix_connection(str(self._sockets[region]))
        except OSError as error:  # a TimeoutError is one as well
            raise region_down(region) from error
        return Wire(reader, writer, h11.CLIENT, self._head_bytes)

    def give_back(self, region: str, wire: Wire) -> None:
        """Keep the connection for the next exchange, where it may be used again."""
        if len(self._idle[region]) < MOST_IDLE and not wire.gone and wire.begin_again():
            self._idle[region].append(wire)
        else:
            wire.close()

    def close(self) -> None:
        for idle in self._idle.values():
            for wire in idle:
                wire.close()
            idle.clear()


def region_down(region: str) -> Refused:
    return Refused(UNAVAILABLE, f"Region {region} is not available at the moment. Retry; /healthz tells its state.")
