"""The front door as a process: binds where it did not inherit a socket, and serves until it is told to stop."""

import asyncio
import socket
from dataclasses import replace

import uvloop

from services.front_door.door import DoorServer
from services.front_door.settings import DoorLimits, DoorSettings
from services.processes.children import stop_on_signals
from services.processes.descriptors import raise_descriptor_limit
from services.processes.heartbeat import beat
from services.processes.sockets import listen_tcp

SPARE_DESCRIPTORS = 256
"""For the listening socket, idle connections to regions, logs, and clients that are turned away."""


def run_door(settings: DoorSettings, inherited: int | None = None) -> None:
    """Serve until SIGTERM or SIGINT. Errors: AddressBusy."""
    uvloop.run(_serve(settings, inherited))


async def _serve(settings: DoorSettings, inherited: int | None) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    address = settings.listen
    bound = listen_tcp(address.host, address.port) if inherited is None else socket.socket(fileno=inherited)
    bound.setblocking(False)
    beating = asyncio.create_task(beat())
    with bound:
        limits = affordable(settings.limits, raise_descriptor_limit())
        await DoorServer(replace(settings, limits=limits)).serve(bound, stop)
    beating.cancel()


def affordable(limits: DoorLimits, descriptors: int) -> DoorLimits:
    """The limits, with no more connections than there are descriptors for: a client takes one, its region another."""
    most = max(1, (descriptors - SPARE_DESCRIPTORS) // 2)
    return replace(limits, connections=min(limits.connections, most))
