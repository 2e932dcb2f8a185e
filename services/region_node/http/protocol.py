"""HTTP/1.1 as a worker speaks it: requests in, answers out, in their order, on one connection.

Owns the connection: whose turn it is, the limits of time, and closing. It is a protocol class for uvicorn's server,
which owns the listening sockets, the Date header and the stop. Between the two stands no ASGI, which would cost as much
as verifying a signature: a request is read whole and answered in one write. Each request gets one answer; nothing is
sent that no request has asked for, since whoever shares the connection would take it for the answer to the next one.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

from uvicorn.server import ServerState

from services import door_headers
from services.region_node.http.answers import CONTINUE, encode_answer
from services.region_node.http.held_answer import HeldAnswer
from services.region_node.http.limits import HttpLimits
from services.region_node.http.requests import ReadRequest, RequestReader
from services.region_node.http.sending import End, Sending
from services.region_node.requests.arrived import Answered, Answering, Arrived
from shared.errors import KeytideError, RequestTimedOut


class Site(NamedTuple):
    """What every connection of a worker shares. `refuse` answers what never became a request."""

    answer: Callable[[Arrived], Answering]
    refuse: Callable[[KeytideError], Answered]
    limits: HttpLimits
    sending: Sending


class HttpProtocol(asyncio.Protocol):
    """One connection, from a client or from the front door."""

    def __init__(self, site: Site, server_state: ServerState) -> None:
        self._site, self._server = site, server_state
        self._loop = asyncio.get_running_loop()
        self._reader = RequestReader(site.limits)
        self._due = self._answering = self._congested = self._ending = self._paused = False
        self._waits_since = self._loop.time()
        """Since when the next thing to happen is the client's to do."""

    # What the server and the event loop call

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._from_door, self._source = _origin(transport)
        self._server.connections.add(self)  # type: ignore[arg-type]  # uvicorn names its own protocols
        self._clock = self._loop.call_later(self._site.limits.check_seconds, self._check_clock)

    def connection_lost(self, _exception: Exception | None) -> None:
        self._server.connections.discard(self)
        self._clock.cancel()
        self._reader.close()
        self._ending = True

    def shutdown(self) -> None:
        """The server stops: end now, or after the answer in flight."""
        self._answer_what_is_due()
        if not self._answering:
            self._end()
        self._ending = True

    def eof_received(self) -> bool:
        """The client sends no more, and may still read the answers to what it has asked."""
        self._answer_what_is_due()
        self._reader.finish()
        if not self._answering:
            self._end()
        return True

    def pause_writing(self) -> None:
        self._congested = True
        self._pause()

    def resume_writing(self) -> None:
        self._congested = False
        self._read_on()

    def data_received(self, data: bytes) -> None:
        if self._ending:
            return  # read only so that the answer reaches a client that is still sending
        if self._answering:
            self._pause()
        was_idle = not self._reader.under_way
        self._reader.feed(data)
        if was_idle and self._reader.under_way:
            self._waits_since = self._loop.time()
        if not self._answering and not self._due:
            self._due = True
            self._loop.call_soon(self._answer_what_is_due)

    # The connection's own

    def _answer_what_is_due(self) -> None:
        """Requests are answered once all that came in one round of the loop is read: those that follow each other find
        the program's code in the processor's caches, which takes a tenth off them."""
        if self._due:
            self._due = False
            self._answer_what_was_read()

    def _answer_what_was_read(self) -> None:
        """Answer one request after the other, until one answer has to be waited for."""
        reader = self._reader
        while reader.read and not self._ending:
            request = reader.read.popleft()
            answering = self._site.answer(self._arrived(request))
            if not isinstance(answering, Answered):
                self._answer_later(answering, request)
                return
            self._send(answering, request.method, request.last)
        if self._ending:
            return
        if reader.refusal is not None:
            self._refuse(reader.refusal)
        elif reader.waits_to_go_on:
            reader.waits_to_go_on = False
            self._site.sending.send(self._transport, CONTINUE)

    def _arrived(self, request: ReadRequest) -> Arrived:
        path, _, query = request.target.partition(b"?")
        source, exchange = _told_by_door(request.headers, self._source) if self._from_door else (self._source, b"")
        return Arrived(request.method, path, query, request.headers, request.body, source, exchange)

    def _answer_later(self, answering: Awaitable[Answered], request: ReadRequest) -> None:
        self._answering = True
        if self._reader.read:
            self._pause()
        leave = partial(self._send_later_answer, request)
        if isinstance(answering, HeldAnswer):
            answering.then(leave)
            return
        task = self._loop.create_task(_awaited(answering))
        self._server.tasks.add(task)  # type: ignore[arg-type]  # the server only counts and cancels them
        task.add_done_callback(partial(self._answer_came, leave))

    def _answer_came(self, leave: Callable[[Answered], None], task: asyncio.Task[Answered]) -> None:
        self._server.tasks.discard(task)
        if not task.cancelled():
            leave(task.result())

    def _send_later_answer(self, request: ReadRequest, answered: Answered) -> None:
        self._answering = False
        self._send(answered, request.method, request.last or self._ending)
        self._answer_what_was_read()
        if self._reader.finished and not self._answering:
            self._end()
        self._read_on()

    def _end(self) -> None:
        """Close, after what is about to be sent."""
        self._ending = True
        self._site.sending.send(self._transport, b"", End.CLOSED)

    def _pause(self) -> None:
        """Let a client that asks on without hearing wait. Few do: for the others it would be two system calls for each
        answer that is waited for."""
        if not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _read_on(self) -> None:
        if self._paused and not self._answering and not self._congested and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    def _send(self, answered: Answered, method: str, last: bool, end: End = End.CLOSED) -> None:
        self._server.total_requests += 1
        self._waits_since = self._loop.time()
        self._ending = self._ending or last
        answer = encode_answer(answered, self._server.default_headers, method, last)
        self._site.sending.send(self._transport, answer, end if last else None)

    def _refuse(self, error: KeytideError) -> None:
        """Answer what cannot be read on, and end the connection once its client has seen that, or after a while."""
        self._send(self._site.refuse(error), "POST", last=True, end=End.HALF_CLOSED)
        self._clock.cancel()
        self._clock = self._loop.call_later(self._site.limits.linger_seconds, self._transport.abort)

    def _check_clock(self) -> None:
        self._clock = self._loop.call_later(self._site.limits.check_seconds, self._check_clock)
        limits, under_way = self._site.limits, self._reader.under_way
        limit = limits.receive_seconds if under_way else limits.idle_seconds
        if self._due or self._answering or self._loop.time() < self._waits_since + limit:
            return
        if self._ending:
            self._transport.abort()
        elif under_way:
            self._refuse(RequestTimedOut("The request did not arrive in time."))
        else:
            self._ending = True
            self._transport.close()


async def _awaited(answering: Awaitable[Answered]) -> Answered:
    return await answering


def _told_by_door(headers: list[tuple[bytes, bytes]], otherwise: str) -> tuple[str, bytes]:
    """The client's address without its port, and the number of the exchange."""
    told = dict(headers)
    source = told.get(door_headers.SOURCE)
    address = otherwise if source is None else source.decode("latin-1").rpartition(":")[0]
    return address, told.get(door_headers.EXCHANGE, b"")


def _origin(transport: Any) -> tuple[bool, str]:
    """Whether the connection comes over the door's Unix socket, and the address at its other end."""
    connection = transport.get_extra_info("socket")
    if connection.family == socket.AF_UNIX:
        return True, "local"
    peer = transport.get_extra_info("peername")
    return False, "" if peer is None else str(peer[0])
