"""One connection to a worker's protocol, in memory: chunks of bytes in, whatever it sends out.

Owns the scripted site behind the protocol, the transport that remembers, and the reading of answers.
"""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

from uvicorn.server import ServerState

from services.region_node.http.held_answer import HeldAnswer
from services.region_node.http.limits import HttpLimits
from services.region_node.http.protocol import HttpProtocol, Site
from services.region_node.http.sending import Sending
from services.region_node.requests.arrived import Answered, Answering, Arrived
from shared.errors import KeytideError


class Transport:
    """A TCP transport that keeps what is written. `reading` tells whether it would deliver more."""

    def __init__(self) -> None:
        self.sent = bytearray()
        self.reading = True
        self.closed = self.ended = self.aborted = False
        self._socket = socket.socket()

    def get_extra_info(self, name: str) -> Any:
        return {"socket": self._socket, "peername": ("192.0.2.1", 4711)}[name]

    def write(self, data: bytes) -> None:
        assert not self.ended, "written after its end"
        self.sent += data

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.closed = True
        self._socket.close()

    def abort(self) -> None:
        self.aborted = True
        self.close()

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class Connection:
    """A client's connection. Each request is answered with its path and body, `/later` ones when `release` is set, and
    `/held` ones once they are let go."""

    def __init__(self, limits: HttpLimits | None = None) -> None:
        self.transport = Transport()
        self.arrived: list[Arrived] = []
        self.release = asyncio.Event()
        self.held: list[tuple[HeldAnswer, Answered]] = []
        limits = limits or HttpLimits()
        site = Site(self._answer, self._refuse, limits, Sending(asyncio.get_running_loop()))
        self.server = ServerState()
        self.protocol = HttpProtocol(site, self.server)
        self.protocol.connection_made(self.transport)

    def _answer(self, arrived: Arrived) -> Answering:
        self.arrived.append(arrived)
        answered = Answered(200, (), arrived.path + b" " + arrived.body[:20])
        if arrived.path.startswith(b"/held"):
            self.held.append((HeldAnswer(), answered))
            return self.held[-1][0]
        return self._later(answered) if arrived.path.startswith(b"/later") else answered

    def let_go(self) -> None:
        """The answers that are held leave."""
        held, self.held = self.held, []
        for answer, answered in held:
            answer.let_go(answered)

    async def _later(self, answered: Answered) -> Answered:
        await self.release.wait()
        return answered

    def _refuse(self, error: KeytideError) -> Answered:
        return Answered(400, (), f"{type(error).__name__}: {error.message}".encode())

    async def receive(self, *chunks: bytes) -> bytes:
        """Deliver chunks one by one; returns what has been sent since the connection was made."""
        for chunk in chunks:
            assert self.transport.reading, "delivered although reading is paused"
            self.protocol.data_received(chunk)
            await settled()
        return bytes(self.transport.sent)

    async def end(self) -> None:
        """Leave no timer and no socket behind."""
        self.release.set()
        await settled()
        self.transport.close()
        self.protocol.connection_lost(None)


async def settled() -> None:
    """Let the event loop go round until what was begun is done."""
    for _ in range(10):
        await asyncio.sleep(0)


def post(path: bytes = b"/", body: bytes = b"", *headers: bytes) -> bytes:
    lines = (b"POST %b HTTP/1.1" % path, b"Host: kms", *headers, b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def answers(sent: bytes) -> Iterator[tuple[int, bytes]]:
    """Status and body of every answer, interim ones too (which have no body)."""
    while sent:
        head, _, sent = sent.partition(b"\r\n\r\n")
        status, length = int(head.split(b" ")[1]), head.rpartition(b"content-length: ")[2]
        size = 0 if status == 100 else int(length)
        yield status, sent[:size]
        sent = sent[size:]
