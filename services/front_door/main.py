"""The front door as a process: binds where it did not inherit a socket, and serves until it is told to stop."""

import asyncio
import socket

import uvloop

from services.front_door.door import DoorServer
from services.front_door.settings import DoorSettings
from services.processes.children import stop_on_signals
from services.processes.sockets import listen_tcp


def run_door(settings: DoorSettings, inherited: int | None = None) -> None:
    """Serve until SIGTERM or SIGINT. Errors: AddressBusy."""
    uvloop.run(_serve(settings, inherited))


async def _serve(settings: DoorSettings, inherited: int | None) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    address = settings.listen
    bound = listen_tcp(address.host, address.port) if inherited is None else socket.socket(fileno=inherited)
    bound.setblocking(False)
    with bound:
        await DoorServer(settings).serve(bound, stop)
