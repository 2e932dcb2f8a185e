"""The door's connections to the regions.

Owns a small pool of open connections for each node of a region, over the node's Unix socket. A region's nodes are
asked in turn; one that lets nobody in is passed over for a second. A connection on which anything has been said that no
request asked for is never used again: the next client would get it as its answer.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.front_door.refusals import UNAVAILABLE, Refused
from services.front_door.wire import ClientWire, CountingReader

MOST_IDLE = 64
CONNECT_SECONDS = 2.0
PASSED_OVER_SECONDS = 1.0


class NodeWire(ClientWire):
    """A connection to a node. `origin`: the socket that it leads to."""

    def __init__(self, reader: CountingReader, writer: asyncio.StreamWriter, head_bytes: int, origin: Path) -> None:
        super().__init__(reader, writer, head_bytes)
        self.origin = origin


class Upstream:
    """Connections by region. `sockets`: those of its nodes."""

    def __init__(self, sockets: Mapping[str, Sequence[Path]], head_bytes: int) -> None:
        self._sockets = {region: list(paths) for region, paths in sockets.items()}
        self._head_bytes = head_bytes
        self._idle: dict[Path, list[NodeWire]] = {path: [] for paths in sockets.values() for path in paths}
        self._away: dict[Path, float] = {}
        """Until when a node is passed over."""

    def nodes(self, region: str) -> int:
        return len(self._sockets[region])

    async def take(self, region: str) -> NodeWire:
        """A connection, idle or fresh, to the node whose turn it is. Errors: Unreachable."""
        return await self._first(region, kept=True)

    async def connect(self, region: str) -> NodeWire:
        """A fresh connection. Errors: Unreachable."""
        return await self._first(region, kept=False)

    def pass_over(self, wire: NodeWire) -> None:
        """Ask the others first for a while: this node has said that it does not serve."""
        self._away[wire.origin] = asyncio.get_running_loop().time() + PASSED_OVER_SECONDS

    async def _first(self, region: str, *, kept: bool) -> NodeWire:
        """Of the first node that lets the door in."""
        failure: OSError | None = None
        for path in self._in_turn(region):
            if kept and (wire := self._kept(path)) is not None:
                return wire
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await self._open(path)
            except OSError as error:  # a TimeoutError is one as well
                self._away[path] = asyncio.get_running_loop().time() + PASSED_OVER_SECONDS
                failure = error
        raise Unreachable(UNAVAILABLE, _down(region)) from failure

    def _in_turn(self, region: str) -> Sequence[Path]:
        """The nodes in the order of asking. Each call begins with another one."""
        paths = self._sockets[region]
        if len(paths) == 1:
            return paths
        paths.append(paths.pop(0))
        now = asyncio.get_running_loop().time()
        return sorted(paths, key=lambda path: self._away.get(path, 0.0) > now)

    def _kept(self, path: Path) -> NodeWire | None:
        idle = self._idle[path]
        while idle:
            wire = idle.pop()
            if wire.usable:
                return wire
            wire.close()
        return None

    async def _open(self, path: Path) -> NodeWire:
        loop = asyncio.get_running_loop()
        reader = CountingReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport, _ = await loop.create_unix_connection(lambda: protocol, str(path))
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        return NodeWire(reader, writer, self._head_bytes, path)

    def give_back(self, wire: NodeWire) -> None:
        """Keep the connection for the next exchange, where it may be used again."""
        idle = self._idle[wire.origin]
        if len(idle) < MOST_IDLE and wire.usable and wire.begin_again():
            idle.append(wire)
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
