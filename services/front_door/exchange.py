"""One request on its way to a region, and the answer on its way back.

Owns what the door does to them: nothing that is signed. It drops the headers that concern one connection only
(RFC 9110, 7.6.1) and adds its own. The request is whole, so that it can be sent a second time when a kept connection
turns out to be closed (RFC 9112, 9.3.1). The region may have carried it out all the same; it knows the second by the
number that the door gave the exchange.
"""

import asyncio
from collections.abc import Collection, Sequence

import h11

from services import door_headers
from services.front_door.refusals import MALFORMED, UNAVAILABLE, Refused
from services.front_door.settings import DoorLimits
from services.front_door.upstream import NodeWire, Upstream, region_down
from services.front_door.wire import Wire
from shared.crypto.entropy import random_bytes

_OF_ONE_CONNECTION = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade"})
EXCHANGE_BYTES = 8


def forwarded_request(request: h11.Request, signed: frozenset[bytes]) -> h11.Request:
    """The request as the region gets it, but for what the door adds.

    Errors: Refused where it cannot be said in HTTP/1.1.
    """
    dropped = (_OF_ONE_CONNECTION | _named_by_connection(request)) - signed | door_headers.EVERY
    if request.http_version == b"1.1" and not any(name in dropped for name, _ in request.headers):
        return request
    headers = [(raw, value) for raw, value in request.headers.raw_items() if raw.lower() not in dropped]
    try:
        return h11.Request(method=request.method, target=request.target, headers=headers)
    except h11.LocalProtocolError as error:
        raise Refused(MALFORMED, f"The request cannot be passed on: {error}.") from error


def _named_by_connection(request: h11.Request) -> frozenset[bytes]:
    """What `Connection` names, but for what the body's framing or the routing rests on."""
    values = [value for name, value in request.headers if name == b"connection"]
    named = frozenset(part.strip().lower() for value in values for part in value.split(b","))
    return named - {b"authorization", b"content-length", b"host", b"transfer-encoding"}


class Exchange:
    """One request and its answer, between a client and a region."""

    def __init__(self, client: Wire, upstream: Upstream, region: str, limits: DoorLimits, source: bytes) -> None:
        self._client, self._upstream, self._region, self._limits = client, upstream, region, limits
        self.status = 0
        """Of the region's answer; 0 before there is one."""
        exchange = random_bytes(EXCHANGE_BYTES).hex().encode()
        self._added = b"%s: %s\r\n%s: %s\r\n" % (door_headers.SOURCE, source, door_headers.EXCHANGE, exchange)

    async def run(self, request: h11.Request, body: Sequence[h11.Event], elsewhere: Collection[str] = ()) -> str | None:
        """Send the request and relay the answer. Errors: Refused; after a part of the answer the client is cut off.

        A refusal that names one of `elsewhere` as the region to ask instead is not relayed: that region is returned.
        """
        try:
            async with asyncio.timeout(self._limits.answer_seconds):
                wire, response = await self._served(request, body)
                self.status = response.status_code
                home = _named_home(response, elsewhere)
                await (self._relay(wire, response) if home is None else _drain(wire))
        except TimeoutError as error:
            raise Refused(UNAVAILABLE, f"Region {self._region} did not answer in time. Retry.") from error
        except (OSError, h11.ProtocolError) as error:
            raise region_down(self._region) from error
        self._upstream.give_back(wire)
        return home

    async def _served(self, request: h11.Request, body: Sequence[h11.Event]) -> tuple[NodeWire, h11.Response]:
        """The head of the answer, from a node that serves: one without a lease is passed over while there are others.

        Whatever it may have carried out, the next one knows by the number of the exchange.
        """
        for _ in range(self._upstream.nodes(self._region) - 1):
            wire, response = await self._answered(request, body)
            if not any(name == door_headers.UNLEASED for name, _ in response.headers):
                return wire, response
            self._upstream.pass_over(wire)
            await _drain(wire)
            self._upstream.give_back(wire)
        return await self._answered(request, body)

    async def _answered(self, request: h11.Request, body: Sequence[h11.Event]) -> tuple[NodeWire, h11.Response]:
        """The head of the answer. A kept connection may turn out to be closed: then once more, on a fresh one."""
        wire = await self._upstream.take(self._region)
        try:
            return wire, await self._send(wire, request, body)
        except (ConnectionError, h11.RemoteProtocolError):
            if wire.heard or not wire.reused:
                raise
        fresh = await self._upstream.connect(self._region)
        return fresh, await self._send(fresh, request, body)

    async def _send(self, wire: Wire, request: h11.Request, body: Sequence[h11.Event]) -> h11.Response:
        try:
            wire.queue_request(request, self._added)
            for event in body:
                wire.queue(event)
            await wire.flush()
            return await _head(wire)
        except BaseException:
            wire.abort()
            raise

    async def _relay(self, wire: Wire, response: h11.Response) -> None:
        """Pass the answer on, each read of the region as one write to the client."""
        event: object = _relayed_response(response)
        try:
            while isinstance(event, h11.Response | h11.Data | h11.EndOfMessage):
                self._client.queue(event)
                if isinstance(event, h11.EndOfMessage):
                    return await self._client.flush()
                event = wire.waiting_event()
                if event is None:
                    await self._client.flush()
                    event = await wire.next_event()
            raise ConnectionResetError("the region left in the middle of its answer")
        except BaseException:
            wire.abort()
            self._client.abort()
            raise


async def _head(wire: Wire) -> h11.Response:
    while isinstance(event := await wire.next_event(), h11.InformationalResponse):
        continue
    if not isinstance(event, h11.Response):
        raise ConnectionResetError("the region closed the connection before it answered")
    return event


def _named_home(response: h11.Response, elsewhere: Collection[str]) -> str | None:
    named = (value.decode("latin-1") for name, value in response.headers if name == door_headers.HOME)
    home = next(named, None)
    return home if home in elsewhere else None


async def _drain(wire: Wire) -> None:
    """Read an answer to its end, for nobody, so that its connection can be used again."""
    try:
        while not isinstance(event := await wire.next_event(), h11.EndOfMessage):
            if not isinstance(event, h11.Data):
                raise ConnectionResetError("the region left in the middle of its answer")
    except BaseException:
        wire.abort()
        raise


def _relayed_response(response: h11.Response) -> h11.Response:
    """The very same where nothing is to be dropped: making one again costs the most of an exchange."""
    if response.http_version == b"1.1" and not any(name in _OF_ONE_CONNECTION for name, _ in response.headers):
        return response
    kept = [(raw, value) for raw, value in response.headers.raw_items() if raw.lower() not in _OF_ONE_CONNECTION]
    return h11.Response(status_code=response.status_code, headers=kept, reason=response.reason)
