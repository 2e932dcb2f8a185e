"""The front door's process: it listens, lets clients in, and closes their connections on stopping.

Owns the server's life. Requests in flight are finished within a bound when it stops.
"""

import asyncio
import logging
import socket
from collections.abc import Mapping
from functools import partial

import h11

from services.front_door.connection import Answering, Connection, Door
from services.front_door.crowd import Crowd
from services.front_door.figures import DoorFigures
from services.front_door.health import health
from services.front_door.homes import Homes
from services.front_door.settings import DoorSettings
from services.front_door.upstream import Upstream
from services.front_door.wire import Wire
from services.processes.sockets import BACKLOG

TURNED_AWAY_MOST = 256
"""Clients told at the same time that there is no room; beyond them a connection is closed without a word."""

HEALTH_TARGET, METRICS_TARGET = b"/healthz", b"/metrics"

log = logging.getLogger(__name__)


class DoorServer:
    """Serves clients on a listening socket."""

    def __init__(self, settings: DoorSettings) -> None:
        self._limits = settings.limits
        self._upstream = Upstream({row.region: row.sockets for row in settings.regions}, settings.limits.head_bytes)
        regions = tuple(row.region for row in settings.regions)
        asked = partial(health, self._upstream, regions)
        self._crowd = Crowd(settings.limits.connections, settings.limits.held_bytes)
        figures = DoorFigures(self._crowd)
        own: Mapping[bytes, Answering] = {HEALTH_TARGET: asked, METRICS_TARGET: figures.metrics}
        self._door = Door(regions, self._upstream, settings.limits, self._crowd, Homes(), own, figures)
        self._connections: dict[Connection, asyncio.Task[None]] = {}
        self._turning_away = 0

    async def serve(self, listening: socket.socket, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then close: idle connections at once, the others when they have answered."""
        server = await asyncio.start_server(
            self._accept, sock=listening, limit=self._limits.head_bytes, backlog=BACKLOG
        )
        log.info("listening", extra={"address": str(listening.getsockname())})
        await stop.wait()
        server.close()
        await self._close_connections()
        self._upstream.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(reader, writer, h11.SERVER, self._limits.head_bytes)
        connection = Connection(self._door, wire, source_of(writer))
        try:
            if self._crowd.admit(connection):
                await self._serve(connection)
            elif self._turning_away < TURNED_AWAY_MOST:
                await self._turn_away(connection)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            writer.close()

    async def _serve(self, connection: Connection) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[connection] = task
        try:
            await connection.serve()
        finally:
            self._crowd.leave(connection)
            del self._connections[connection]

    async def _turn_away(self, connection: Connection) -> None:
        self._turning_away += 1
        try:
            await connection.turn_away()
        finally:
            self._turning_away -= 1

    async def _close_connections(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limits.stopping_seconds
        while self._connections:
            late = loop.time() >= deadline
            tasks = dict(self._connections)
            for connection, task in tasks.items():
                if connection.idle or late:
                    task.cancel()
            await asyncio.wait(tasks.values(), timeout=0.05)


def source_of(writer: asyncio.StreamWriter) -> bytes:
    """The client's `address:port`, an IPv6 address in brackets."""
    host, port = writer.get_extra_info("peername")[:2]
    return f"[{host}]:{port}".encode() if ":" in host else f"{host}:{port}".encode()
