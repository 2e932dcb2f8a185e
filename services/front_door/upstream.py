"""The door's connections to the regions.

Owns a small pool of open connections for each region, over the Unix socket of its node. A connection on which anything
has been said that no request asked for is never used again: the next client would get it as its answer.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from services.front_door.refusals import UNAVAILABLE, Refused
from services.front_door.wire import ClientWire, CountingReader

MOST_IDLE = 64
CONNECT_SECONDS = 2.0


class Upstream:
    """Connections by region."""

    def __init__(self, sockets: Mapping[str, Path], head_bytes: int) -> None:
        self._sockets = sockets
        self._head_bytes = head_bytes
        self._idle: dict[str, list[ClientWire]] = {region: [] for region in sockets}

    async def take(self, region: str) -> ClientWire:
        """A connection, idle or fresh. Errors: Unreachable."""
        idle = self._idle[region]
        while idle:
            wire = idle.pop()
            if wire.usable:
                return wire
            wire.close()
        return await self.connect(region)

    async def connect(self, region: str) -> ClientWire:
        """A fresh connection. Errors: Unreachable."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await self._open(self._sockets[region])
        except OSError as error:  # a TimeoutError is one as well
            raise Unreachable(UNAVAILABLE, _down(region)) from error

    async def _open(self, path: Path) -> ClientWire:
        loop = asyncio.get_running_loop()
        reader = CountingReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport, _ = await loop.create_unix_connection(lambda: protocol, str(path))
        return ClientWire(reader, asyncio.StreamWriter(transport, protocol, reader, loop), self._head_bytes)

    def give_back(self, region: str, wire: ClientWire) -> None:
        """Keep the connection for the next exchange, where it may be used again."""
        if len(self._idle[region]) < MOST_IDLE and wire.usable and wire.begin_again():
            self._idle[region].append(wire)
        else:
            wire.close()

    def close(self) -> None:
        for idle in self._idle.values():
            for wire in idle:
                wire.close()
            idle.clear()


class Unreachable(Refused):
    """The region does not let anybody in: it has got nothing of the request."""


def region_down(region: str) -> Refused:
    return Refused(UNAVAILABLE, _down(region))


def _down(region: str) -> str:
    return f"Region {region} is not available at the moment. Retry; /healthz tells its state."
