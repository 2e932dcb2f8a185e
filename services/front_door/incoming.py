"""What a client sends, one request after the other, within limits of size and time.

Owns the waiting for a head and the gathering of a body. A request is passed on only when it is whole: so a slow client
costs its region nothing, and the request can be sent a second time (RFC 9112, 9.3.1).
"""

import asyncio
from collections.abc import Callable, Sequence

import h11

from services.front_door.refusals import BODY_TOO_LONG, HEAD_TOO_LONG, TOO_SLOW, Refused
from services.front_door.settings import DoorLimits
from services.front_door.wire import Event, Wire


class Incoming:
    """The requests of one connection. `begun` is told when the first byte of one has come."""

    def __init__(self, wire: Wire, limits: DoorLimits, begun: Callable[[], None], held: Callable[[int], None]) -> None:
        self._wire, self._limits, self._begun, self._held = wire, limits, begun, held
        self._clock = asyncio.get_running_loop().time
        self._deadline = 0.0

    async def head(self) -> h11.Request | None:
        """The next head: it may be long in coming, but must not be long under way. None at the end of the connection.

        Errors: Refused; TimeoutError where nothing has come; RemoteProtocolError.
        """
        event = self._wire.waiting_event()
        if event is None:
            async with asyncio.timeout(self._limits.idle_seconds):
                await self._wire.receive()
            event = self._wire.waiting_event()
        self._begun()
        now = self._clock()
        self._deadline = now + self._limits.receive_seconds
        if event is None:
            event = await self._next(now + self._limits.head_seconds)
        return _short_enough(event, self._limits.head_bytes) if isinstance(event, h11.Request) else None

    async def body(self) -> Sequence[h11.Event]:
        """The whole body with its end. Errors: Refused; ConnectionError, RemoteProtocolError where it breaks off."""
        parts: list[h11.Event] = []
        size = 0
        while True:
            event = self._wire.waiting_event() or await self._next(self._deadline)
            if not isinstance(event, h11.Data | h11.EndOfMessage):
                raise ConnectionResetError("the client left in the middle of a body")
            parts.append(event)
            if isinstance(event, h11.EndOfMessage):
                return parts
            size += len(event.data)
            if size > self._limits.body_bytes:
                raise self.body_too_long()
            self._held(len(event.data))

    def body_too_long(self) -> Refused:
        return Refused(BODY_TOO_LONG, f"A request has at most {self._limits.body_bytes} bytes.")

    async def _next(self, deadline: float) -> Event:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._wire.next_event()
        except TimeoutError as error:
            raise Refused(TOO_SLOW, "The request did not arrive in time.") from error


def _short_enough(request: h11.Request, most_bytes: int) -> h11.Request:
    """h11 bounds only what it has to wait for."""
    if len(request.target) + sum(len(name) + len(value) for name, value in request.headers) > most_bytes:
        raise Refused(HEAD_TOO_LONG, "The headers of the request are too long.")
    return request
