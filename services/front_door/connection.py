"""One client's connection: its requests one after the other, and what the door answers itself.

Owns the order of an exchange with a client: wait for a head, find the region, let a waiting client send its body, pass
on, and go on with the next request, which may be in the buffer already (pipelining).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple, TypeAlias

import h11

from services.front_door.crowd import Crowd
from services.front_door.exchange import Exchange, forwarded_request
from services.front_door.figures import CUT_OFF, NO_REGION, DoorFigures
from services.front_door.homes import Homes
from services.front_door.incoming import Incoming
from services.front_door.refusals import (
    HEAD_TOO_LONG,
    IAM,
    MALFORMED,
    QUERY_SERVICES,
    STS,
    UNAVAILABLE,
    Answer,
    Refused,
    render,
)
from services.front_door.routing import Scope, choose_region, read_scope, speaks_query
from services.front_door.settings import DoorLimits
from services.front_door.upstream import Unreachable, Upstream, region_down
from services.front_door.wire import Wire

LINGERING_SECONDS = 1.0
LINGERING_READS = 64

log = logging.getLogger(__name__)


Answering: TypeAlias = Callable[[], Awaitable[Answer]]


class Door(NamedTuple):
    """What every connection shares. `own`: by its target, what makes the answer to what is asked of the door itself."""

    regions: Sequence[str]
    upstream: Upstream
    limits: DoorLimits
    crowd: Crowd
    homes: Homes
    own: Mapping[bytes, Answering]
    figures: DoorFigures


class Connection:
    """A client's connection, served by the task that made it. `idle` tells that no request is under way."""

    def __init__(self, door: Door, wire: Wire, source: bytes) -> None:
        self._door, self._wire, self._source = door, wire, source
        self._incoming = Incoming(wire, door.limits, self._begun, self._held)
        self._task = asyncio.current_task()
        self.idle = True

    def dismiss(self) -> None:
        """End at once."""
        if self._task is not None:
            self._task.cancel()

    async def serve(self) -> None:
        """Answer requests until either side closes."""
        try:
            while await self._serve_one() and self._wire.begin_again():
                self._door.crowd.wait_for(self)
            await self._linger()
        except (OSError, h11.ProtocolError) as error:
            log.debug("connection ended", extra={"reason": str(error)})
        finally:
            self._wire.close()

    async def turn_away(self) -> None:
        """Refuse before anything was asked."""
        try:
            await self._refuse(Refused(UNAVAILABLE, "The front door serves as many clients as it can. Retry."))
            await self._linger()
        except (OSError, h11.ProtocolError) as error:
            log.debug("connection ended", extra={"reason": str(error)})
        finally:
            self._wire.close()

    def _begun(self) -> None:
        self.idle = False
        self._door.crowd.wait_for(self)

    def _held(self, size: int) -> None:
        self._door.crowd.hold(self, size)

    async def _serve_one(self) -> bool:
        """One request; False when there is none any more."""
        query = False
        try:
            request = await self._incoming.head()
            if request is None:
                return False
            query = speaks_query(request.headers)
            await self._answer(request)
        except Refused as refused:
            refused.query = refused.query or query
            if refused.refusal is not UNAVAILABLE:  # which is a region's
                self._door.figures.note(NO_REGION, refused.refusal.code)
            await self._refuse(refused)
        except h11.RemoteProtocolError as error:
            await self._refuse(_malformed(error, query=query))
        finally:
            self.idle = True
        return True

    async def _answer(self, request: h11.Request) -> None:
        own = self._door.own.get(request.target)
        if own is not None and request.method in (b"GET", b"HEAD"):
            await self._body()
            return await self._send(await own(), with_body=request.method == b"GET")
        self._check_framing(request)
        scope = read_scope(request.headers, request.target)
        try:
            await self._pass_on(request, scope)
        except Refused as refused:
            refused.query = scope.service in QUERY_SERVICES
            raise

    async def _pass_on(self, request: h11.Request, scope: Scope) -> None:
        regions = self._candidates(scope)
        forwarded = forwarded_request(request, scope.signed_headers)
        if self._wire.protocol.they_are_waiting_for_100_continue:
            self._wire.queue(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
            await self._wire.flush()
        body = await self._body()
        for region in regions[:-1]:
            try:
                await self._ask(region, scope, forwarded, body)
            except Unreachable:
                self._door.homes.forget(scope.access_key_id)  # a home that is gone may be another's by now
            else:
                return
        await self._ask(regions[-1], scope, forwarded, body)

    def _candidates(self, scope: Scope) -> Sequence[str]:
        """The regions to ask in turn: the first that lets the door in answers. A regional service has one."""
        regions = self._door.regions
        chosen = choose_region(scope, regions)
        if scope.service not in QUERY_SERVICES:
            return (chosen,)
        home = self._door.homes.of(scope.access_key_id) if scope.service == IAM else None
        return tuple(dict.fromkeys((home or chosen, chosen, *regions)))

    async def _ask(self, region: str, scope: Scope, request: h11.Request, body: Sequence[h11.Event]) -> None:
        """Relay the answer of the region, or of the one that it names instead. Errors: Unreachable; Refused.

        A home that is down is the end for IAM; sessions are issued by its stand-by too, which only it itself can know.
        """
        elsewhere = set(self._door.regions) - {region} if scope.service in QUERY_SERVICES else ()
        home = await self._exchange(region, request, body, elsewhere)
        if home is None:
            return
        if scope.service == IAM:  # a role that is assumed may be of another account than its caller
            self._door.homes.note(scope.access_key_id, home)
        try:
            await self._exchange(home, request, body)
        except Unreachable as unreachable:
            if scope.service == STS:
                raise
            self._door.homes.forget(scope.access_key_id)
            raise region_down(home) from unreachable

    async def _exchange(
        self, region: str, request: h11.Request, body: Sequence[h11.Event], elsewhere: Collection[str] = ()
    ) -> str | None:
        exchange = Exchange(self._wire, self._door.upstream, region, self._door.limits, self._source)
        outcome = CUT_OFF
        try:
            home = await exchange.run(request, body, elsewhere)
            outcome = f"{exchange.status // 100}xx"
            return home
        except Refused as refused:
            outcome = CUT_OFF if exchange.status else refused.refusal.code
            raise
        finally:
            self._door.figures.note(region, outcome)

    async def _body(self) -> Sequence[h11.Event]:
        body = await self._incoming.body()
        self._door.crowd.serve(self)
        return body

    def _check_framing(self, request: h11.Request) -> None:
        """Two lengths for one body, or a tunnel: what two readers may read differently is not passed on."""
        lengths = {name: value for name, value in request.headers if name in (b"content-length", b"transfer-encoding")}
        if len(lengths) > 1:
            raise Refused(MALFORMED, "The request has both Content-Length and Transfer-Encoding.")
        if request.method == b"CONNECT":
            raise Refused(MALFORMED, "The method CONNECT is not served here.")
        if int(lengths.get(b"content-length", b"0")) > self._door.limits.body_bytes:
            raise self._incoming.body_too_long()

    async def _refuse(self, refused: Refused) -> None:
        if self._wire.protocol.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            raise ConnectionResetError("an answer was under way")
        await self._send(render(refused), with_body=True)

    async def _send(self, answer: Answer, *, with_body: bool) -> None:
        headers = [*answer.headers]
        if self._wire.protocol.their_state is not h11.DONE:
            headers.append((b"Connection", b"close"))
        reason = HTTPStatus(answer.status).phrase.encode()
        self._wire.queue(h11.Response(status_code=answer.status, headers=headers, reason=reason))
        if with_body:
            self._wire.queue(h11.Data(data=answer.body))
        self._wire.queue(h11.EndOfMessage())
        async with asyncio.timeout(self._door.limits.answer_seconds):
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


def _malformed(error: h11.RemoteProtocolError, *, query: bool) -> Refused:
    if error.error_status_hint == 431:
        return Refused(HEAD_TOO_LONG, "The headers of the request are too long.", query=query)
    return Refused(MALFORMED, "The request is not readable as HTTP/1.1.", query=query)
