"""A scripted region behind the front door, and a raw client in front of it.

Owns the two ends between which the door's tests stand.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from services.front_door.door import DoorServer
from services.front_door.settings import DoorLimits, DoorSettings, RegionSocket
from services.processes.sockets import listen_tcp
from services.region_node.settings.settings import Address

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Region:
    """A region that follows a script for each connection, or answers every request with its own name."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self.socket = directory / f"{name}.sock"
        self.requests: list[tuple[bytes, bytes]] = []
        self.connections = 0
        self.scripts: list[Script] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._accept, str(self.socket))

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self.socket.unlink(missing_ok=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        script = self.scripts.pop(0) if self.scripts else self.echo
        try:
            await script(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def echo(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await self.read_request(reader):
            writer.write(answer(self.name.encode()))

    async def read_request(self, reader: asyncio.StreamReader) -> bool:
        """Read one request whole and keep it; False at the end of the connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return False
        if b"transfer-encoding: chunked" in head.lower():
            body = await reader.readuntil(b"0\r\n\r\n")
        else:
            length = re.search(rb"(?i)content-length: (\d+)", head)
            body = await reader.readexactly(int(length[1]) if length else 0)
        self.requests.append((head, body))
        return True


class Client:
    """A connection to the door, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, bytes, bytes]:
        """Status, head and body of the next answer (with Content-Length)."""
        async with asyncio.timeout(10):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            body = await self.reader.readexactly(int(length[1]) if length else 0)
        return int(head.split(b" ", 2)[1]), head, body

    async def ask(self, data: bytes) -> tuple[int, bytes, bytes]:
        await self.send(data)
        return await self.answer()

    async def closed(self) -> bool:
        async with asyncio.timeout(10):
            return await self.reader.read() == b""


class Stage:
    """The door between clients and two regions."""

    def __init__(self, port: int, regions: dict[str, Region]) -> None:
        self.port, self.regions = port, regions
        self.clients: list[Client] = []

    async def client(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port, limit=4_000_000))
        self.clients.append(client)
        return client


@asynccontextmanager
async def stage(
    directory: Path,
    limits: DoorLimits | None = None,
    names: Sequence[str] = ("us-east-1", "eu-west-1"),
    further: Sequence[str] = (),
) -> AsyncIterator[Stage]:
    """A door over regions that all answer. `further`: those of `names` that are further nodes of the first one."""
    regions = {name: Region(name, directory) for name in names}
    for region in regions.values():
        await region.start()
    listening = listen_tcp("127.0.0.1", 0)
    others = tuple(regions[name].socket for name in further)
    rows = tuple(
        RegionSocket(name, region.socket, others if name == names[0] else ())
        for name, region in regions.items()
        if name not in further
    )
    settings = DoorSettings(Address("127.0.0.1", 0), rows, limits or DoorLimits(stopping_seconds=2))
    stop = asyncio.Event()
    serving = asyncio.create_task(DoorServer(settings).serve(listening, stop))
    there = Stage(port_of(listening), regions)
    try:
        yield there
    finally:
        for client in there.clients:
            client.writer.close()
        stop.set()
        await serving
        for region in regions.values():
            region.stop()


def port_of(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


def answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nx-Odd-Case: kept\r\n\r\n%s" % (len(body), body)


def signed(
    region: str, body: bytes = b"{}", *, service: str = "kms", extra: bytes = b"", framing: bytes | None = None
) -> bytes:
    """A request whose signature names `region`."""
    scope = f"AKIDEXAMPLE/20261124/{region}/{service}/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'a' * 64}"
    length = b"Content-Length: %d\r\n" % len(body) if framing is None else framing
    head = f"POST / HTTP/1.1\r\nHost: kms\r\nX-Amz-Date: 20261124T000000Z\r\nAuthorization: {authorization}\r\n"
    return head.encode() + extra + length + b"\r\n" + body
