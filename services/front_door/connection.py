"""One client's connection: its requests one after the other, and what the door answers itself.

Owns the order of an exchange with a client: wait for a head, find the region, let a waiting client send its body, pass
on, and go on with the next request, which may be in the buffer already (pipelining).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import h11

from services.front_door.exchange import Exchange, forwarded_request, gather
from services.front_door.refusals import (
    HEAD_TOO_LONG,
    MALFORMED,
    QUERY_SERVICES,
    TOO_SLOW,
    Answer,
    Refused,
    render,
)
from services.front_door.routing import Scope, choose_region, read_scope, speaks_query
from services.front_door.settings import DoorLimits
from services.front_door.upstream import Upstream
from services.front_door.wire import Wire

HEALTH_TARGET = b"/healthz"
LINGERING_SECONDS = 1.0
LINGERING_READS = 64

log = logging.getLogger(__name__)


class Door(NamedTuple):
    """What every connection shares. `health` makes the answer to /healthz."""

    regions: Sequence[str]
    upstream: Upstream
    limits: DoorLimits
    health: Callable[[], Awaitable[Answer]]


class Connection:
    """A client's connection. `idle` tells that no request is under way, so that the door may close it."""

    def __init__(self, door: Door, wire: Wire, source: bytes) -> None:
        self._door, self._wire, self._source = door, wire, source
        self.idle = True

    async def serve(self) -> None:
        """Answer requests until either side closes."""
        try:
            while await self._serve_one() and self._wire.begin_again():
                continue
            await self._linger()
        except (OSError, h11.ProtocolError) as error:
            log.debug("connection ended", extra={"reason": str(error)})
        finally:
            self._wire.close()

    async def _serve_one(self) -> bool:
        """One request; False when there is none any more."""
        query = False
        try:
            request = await self._next_request()
            if request is None:
                return False
            query = speaks_query(request.headers)
            await self._answer(request)
        except Refused as refused:
            await self._refuse(refused, query=query)
        except h11.RemoteProtocolError as error:
            await self._refuse(_malformed(error), query=query)
        finally:
            self.idle = True
        return True

    async def _next_request(self) -> h11.Request | None:
        """The next head: it may be long in coming, but must not be long under way."""
        wire, limits = self._wire, self._door.limits
        event = wire.waiting_event()
        if event is None:
            await wire.receive(limits.idle_seconds)
            self.idle = False
            try:
                async with asyncio.timeout(limits.head_seconds):
                    event = await wire.next_event(limits.head_seconds)
            except TimeoutError as error:
                raise Refused(TOO_SLOW, "The headers of the request did not arrive in time.") from error
        self.idle = False
        return event if isinstance(event, h11.Request) else None

    async def _answer(self, request: h11.Request) -> None:
        if request.target == HEALTH_TARGET and request.method in (b"GET", b"HEAD"):
            await gather(self._wire, self._door.limits)
            return await self._send(await self._door.health(), with_body=request.method == b"GET")
        _check_framing(request)
        scope = read_scope(request.headers, request.target)
        try:
            await self._pass_on(request, scope)
        except Refused as refused:
            refused.query = scope.service in QUERY_SERVICES
            raise

    async def _pass_on(self, request: h11.Request, scope: Scope) -> None:
        region = choose_region(scope, self._door.regions)
        forwarded = forwarded_request(request, scope.signed_headers)
        if self._wire.protocol.they_are_waiting_for_100_continue:
            self._wire.queue(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
            await self._wire.flush()
        body = await gather(self._wire, self._door.limits)
        exchange = Exchange(self._wire, self._door.upstream, region, self._door.limits, self._source)
        await exchange.run(forwarded, body)

    async def _refuse(self, refused: Refused, *, query: bool) -> None:
        if self._wire.protocol.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            raise ConnectionResetError("an answer was under way")
        refused.query = refused.query or query
        await self._send(render(refused), with_body=True)

    async def _send(self, answer: Answer, *, with_body: bool) -> None:
        headers = [*answer.headers]
        if self._wire.protocol.their_state is not h11.DONE:
            headers.append((b"Connection", b"close"))
        self._wire.queue(h11.Response(status_code=answer.status, headers=headers))
        if with_body:
            self._wire.queue(h11.Data(data=answer.body))
        self._wire.queue(h11.EndOfMessage())
        await self._wire.flush()

    async def _linger(self) -> None:
        """Read on a little after an answer that came before the request's end: else a reset overtakes the answer."""
        if self._wire.protocol.their_state in (h11.DONE, h11.CLOSED, h11.MUST_CLOSE) or self._wire.gone:
            return
        self._wire.writer.write_eof()
        try:
            async with asyncio.timeout(LINGERING_SECONDS):
                for _ in range(LINGERING_READS):
                    if not await self._wire.reader.read(65_536):
                        return
        except TimeoutError:
            return


def _check_framing(request: h11.Request) -> None:
    """Two lengths for one body, or a tunnel: what two readers may read differently is not passed on."""
    names = {name for name, _ in request.headers}
    if {b"content-length", b"transfer-encoding"} <= names:
        raise Refused(MALFORMED, "The request has both Content-Length and Transfer-Encoding.")
    if request.method == b"CONNECT":
        raise Refused(MALFORMED, "The method CONNECT is not served here.")


def _malformed(error: h11.RemoteProtocolError) -> Refused:
    if error.error_status_hint == 431:
        return Refused(HEAD_TOO_LONG, "The headers of the request are too long.")
    return Refused(MALFORMED, f"The request is not readable as HTTP/1.1: {error}.")
