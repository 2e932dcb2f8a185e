"""Kept HTTPS connections to one host, and exchanges of JSON over them within one time limit.

Owns the pool and the reading of an answer. TLS is 1.2 or newer; the certificate and its name are always verified. A
kept connection that turns out to be closed before anything was answered is replaced once (RFC 9112, 9.3.1): what is
asked here may be asked twice.
"""

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path

import h11

from services.front_door.wire import ClientWire, CountingReader
from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.key_stores.proxy_causes import MALFORMED, NO_CONNECTION, NO_TLS, TIMED_OUT
from shared.errors import Throttled

MOST_IN_FLIGHT = 128
MOST_IDLE = 32
HEAD_BYTES = 16_384
BODY_BYTES = 65_536


class HttpsConnections:
    """Connections to `host`, opened at `target` (its name and port, or another address of it)."""

    def __init__(self, host: str, target: tuple[str, int], authority_file: Path | None, seconds: float) -> None:
        self.host, self._target, self._seconds = host, target, seconds
        self._tls = _tls(authority_file)
        self._idle: list[ClientWire] = []
        self._in_flight = 0

    async def post(self, path: str, headers: Sequence[tuple[str, str]], body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Errors: OutsideFailed; Throttled where too much is under way."""
        framed = [*headers, ("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        return await self._in_time(h11.Request(method="POST", target=path, headers=framed), body)

    async def get(self, path: str, headers: Sequence[tuple[str, str]]) -> tuple[int, bytes]:
        """As `post`, without a body."""
        return await self._in_time(h11.Request(method="GET", target=path, headers=[*headers]), b"")

    async def _in_time(self, request: h11.Request, body: bytes) -> tuple[int, bytes]:
        if self._in_flight >= MOST_IN_FLIGHT:
            raise Throttled
        self._in_flight += 1
        try:
            async with asyncio.timeout(self._seconds):
                return await self._exchange(request, body)
        except TimeoutError:
            raise OutsideFailed(TIMED_OUT) from None
        finally:
            self._in_flight -= 1

    def close(self) -> None:
        for wire in self._idle:
            wire.close()
        self._idle.clear()

    async def _exchange(self, request: h11.Request, body: bytes) -> tuple[int, bytes]:
        wire = self._kept()
        if wire is not None:
            try:
                return await self._ask(wire, request, body)
            except (ConnectionError, h11.RemoteProtocolError):
                if wire.heard:
                    raise OutsideFailed(MALFORMED) from None
        wire = await self._connect()
        try:
            return await self._ask(wire, request, body)
        except (ConnectionError, h11.RemoteProtocolError):
            raise OutsideFailed(MALFORMED if wire.heard else NO_CONNECTION) from None

    def _kept(self) -> ClientWire | None:
        while self._idle:
            wire = self._idle.pop()
            if wire.usable:
                return wire
            wire.close()
        return None

    async def _connect(self) -> ClientWire:
        try:
            return await self._open()
        except ssl.SSLError:  # a certificate that is not taken is one as well
            raise OutsideFailed(NO_TLS) from None
        except OSError:
            raise OutsideFailed(NO_CONNECTION) from None

    async def _open(self) -> ClientWire:
        loop = asyncio.get_running_loop()
        reader = CountingReader(limit=HEAD_BYTES, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport, _ = await loop.create_connection(
            lambda: protocol, *self._target, ssl=self._tls, server_hostname=self.host
        )
        return ClientWire(reader, asyncio.StreamWriter(transport, protocol, reader, loop), HEAD_BYTES)

    async def _ask(self, wire: ClientWire, request: h11.Request, body: bytes) -> tuple[int, bytes]:
        try:
            for event in (request, h11.Data(data=body), h11.EndOfMessage()):
                wire.queue(event)
            await wire.flush()
            answer = await self._read(wire)
        except OSError as error:  # of TLS and of the network; one that is a TimeoutError stays one
            wire.abort()
            raise error if isinstance(error, TimeoutError) else ConnectionResetError(str(error)) from None
        except BaseException:
            wire.abort()
            raise
        self._keep(wire)
        return answer

    async def _read(self, wire: ClientWire) -> tuple[int, bytes]:
        status, parts, size = 0, [], 0
        while not isinstance(event := await wire.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                parts.append(bytes(event.data))
                size += len(event.data)
            elif not isinstance(event, h11.InformationalResponse):
                raise ConnectionResetError("the proxy closed the connection before it answered")
            if size > BODY_BYTES:
                raise OutsideFailed(MALFORMED)
        return status, b"".join(parts)

    def _keep(self, wire: ClientWire) -> None:
        if len(self._idle) < MOST_IDLE and wire.usable and wire.begin_again():
            self._idle.append(wire)
        else:
            wire.close()


def _tls(authority_file: Path | None) -> ssl.SSLContext:
    """The system's authorities are trusted where none is named."""
    context = ssl.create_default_context(cafile=authority_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
