"""HTTP/1.1 as a worker speaks it: requests in, answers out, in their order, on one connection.

Owns the connection: parsing (httptools), the limits of size and time, and closing. It is a protocol class for uvicorn's
server, which owns the listening sockets, the Date header and the stop. Between the two stands no ASGI, which would cost
as much as verifying a signature: a request is read whole and answered in one write.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import httptools
from uvicorn.server import ServerState

from services import door_headers
from services.region_node.http_answers import CONTINUE, encode_answer
from services.region_node.http_limits import HttpLimits
from services.region_node.pipeline import Answered, Answering, Arrived
from services.region_node.sending import Sending
from shared.errors import KeytideError, RequestTimedOut, RequestTooLarge, SerializationFailed

_NEVER = float("inf")


class Site(NamedTuple):
    """What every connection of a worker shares. `refuse` answers what never became a request."""

    answer: Callable[[Arrived], Answering]
    refuse: Callable[[KeytideError], Answered]
    limits: HttpLimits
    sending: Sending


class _Waiting(NamedTuple):
    """A request in its turn. `last`: the connection ends with its answer."""

    arrived: Arrived
    last: bool


class HttpProtocol(asyncio.Protocol):
    """One connection, from a client or from the front door."""

    def __init__(self, site: Site, server_state: ServerState) -> None:
        self._site, self._server = site, server_state
        self._loop = asyncio.get_running_loop()
        self._parser: Any = httptools.HttpRequestParser(self)
        self._waiting: deque[_Waiting] = deque()
        self._answering = False
        self._ending = False
        self._deadline = self._loop.time() + site.limits.idle_seconds
        self._begin_request()

    # What the server and the event loop call

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._from_door, self._source = _origin(transport)
        self._server.connections.add(self)  # type: ignore[arg-type]  # uvicorn names its own protocols
        self._clock = self._loop.call_later(self._site.limits.check_seconds, self._check_clock)

    def connection_lost(self, _exception: Exception | None) -> None:
        self._server.connections.discard(self)
        self._clock.cancel()
        self._waiting.clear()
        self._ending = True
        self._parser = None  # it refers back to this object

    def shutdown(self) -> None:
        """The server stops: end now, or after the answer in flight."""
        self._ending = True
        if not self._answering:
            self._transport.close()

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._read_on()

    def data_received(self, data: bytes) -> None:
        if self._ending:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # answered as an ordinary request
        except httptools.HttpParserError:
            self._refuse(SerializationFailed("The request is not HTTP/1.1."))
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > self._site.limits.head_bytes:
                self._refuse(RequestTooLarge("The request's headers are too large."))

    # What the parser calls

    def on_message_begin(self) -> None:
        self._begin_request()
        self._deadline = self._loop.time() + self._site.limits.receive_seconds

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))
        if len(name) == 6 and name.lower() == b"expect" and value.lower() == b"100-continue":
            self._transport.write(CONTINUE)

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if self._body_bytes > self._site.limits.body_bytes:
            self._refuse(RequestTooLarge(f"A request has at most {self._site.limits.body_bytes} bytes."))
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        if self._ending:
            return
        self._waiting.append(_Waiting(self._arrived(), not self._parser.should_keep_alive()))
        if not self._answering:
            self._answer_waiting()
        self._begin_request()

    # The connection's own

    def _begin_request(self) -> None:
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._body_bytes = self._head_bytes = 0
        self._in_head = True

    def _arrived(self) -> Arrived:
        path, _, query = self._target.partition(b"?")
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        source, exchange = self._told_by_door() if self._from_door else (self._source, b"")
        return Arrived(self._parser.get_method().decode("ascii"), path, query, self._headers, body, source, exchange)

    def _told_by_door(self) -> tuple[str, bytes]:
        """The client's address without its port, and the number of the exchange."""
        told = {name.lower(): value for name, value in self._headers if name.lower() in door_headers.EVERY}
        source = told.get(door_headers.SOURCE)
        address = self._source if source is None else source.decode("latin-1").rpartition(":")[0]
        return address, told.get(door_headers.EXCHANGE, b"")

    def _answer_waiting(self) -> None:
        """Answer what has arrived, one after the other, until one answer has to be waited for."""
        while self._waiting and not self._ending:
            arrived, last = self._waiting.popleft()
            answering = self._site.answer(arrived)
            if not isinstance(answering, Answered):
                self._wait_for(answering, arrived, last)
                return
            self._send(answering, arrived, last)

    def _wait_for(self, answering: Any, arrived: Arrived, last: bool) -> None:
        self._answering = True
        self._deadline = _NEVER
        self._transport.pause_reading()
        task = self._loop.create_task(self._answer_later(answering, arrived, last))
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    async def _answer_later(self, answering: Any, arrived: Arrived, last: bool) -> None:
        answered = await answering
        self._answering = False
        self._send(answered, arrived, last or self._ending)
        self._answer_waiting()
        if not self._answering:
            self._read_on()

    def _read_on(self) -> None:
        if not self._answering and not self._transport.is_closing():
            self._transport.resume_reading()

    def _send(self, answered: Answered, arrived: Arrived, last: bool) -> None:
        self._server.total_requests += 1
        if self._transport.is_closing():
            return
        answer = encode_answer(answered, self._server.default_headers, arrived.method, last)
        self._site.sending.send(self._transport, answer, last)
        self._deadline = self._loop.time() + self._site.limits.idle_seconds
        if last:
            self._ending = True

    def _refuse(self, error: KeytideError) -> None:
        """Answer what cannot be read on, and end the connection; an answer in flight goes before and ends it too."""
        if self._ending:
            return
        self._ending = True
        if self._answering or self._waiting:
            return
        answered = self._site.refuse(error)
        answer = encode_answer(answered, self._server.default_headers, "POST", last=True)
        self._site.sending.send(self._transport, answer, last=True)

    def _check_clock(self) -> None:
        self._clock = self._loop.call_later(self._site.limits.check_seconds, self._check_clock)
        if self._loop.time() < self._deadline:
            return
        if self._in_head and not self._target and not self._headers:
            self._transport.close()
        else:
            self._refuse(RequestTimedOut("The request did not arrive in time."))


def _origin(transport: Any) -> tuple[bool, str]:
    """Whether the connection comes over the door's Unix socket, and the address at its other end."""
    connection = transport.get_extra_info("socket")
    if connection.family == socket.AF_UNIX:
        return True, "local"
    peer = transport.get_extra_info("peername")
    return False, "" if peer is None else str(peer[0])
