"""One HTTP/1.1 connection, to a client or to a region: its two streams and the state of its protocol (h11).

Owns reading events, and gathering what is sent into one write. Whoever waits for either bounds the time.
"""

import asyncio
from typing import TypeAlias

import h11

READ_BYTES = 65_536

Role: TypeAlias = type[h11.CLIENT] | type[h11.SERVER]
Event: TypeAlias = h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]


class CountingReader(asyncio.StreamReader):
    """Counts the bytes that have come in, so that its owner knows whether any lie in it unread."""

    received = 0

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]  # streams are fed with bytes only
        self.received += len(data)
        super().feed_data(data)


class Wire:
    """A connection. `reused` tells that an exchange has gone over it before; `heard` that this one was answered."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, role: Role, head_bytes: int) -> None:
        self.protocol = h11.Connection(role, max_incomplete_event_size=head_bytes)
        self.reader, self.writer = reader, writer
        self.reused = False
        self.heard = False
        self.taken = 0
        """Bytes that have been handed to the protocol."""
        self._unsent: list[bytes] = []

    def waiting_event(self) -> Event | None:
        """The next event among the bytes that are here already, or None."""
        event = self.protocol.next_event()
        return None if event is h11.NEED_DATA else event

    async def receive(self) -> None:
        """Wait for more bytes. Errors: ConnectionError."""
        data = await self.reader.read(READ_BYTES)
        self.heard = self.heard or bool(data)
        self.taken += len(data)
        self.protocol.receive_data(data)

    async def next_event(self) -> Event:
        """The next event, waiting for as many bytes as it needs. Errors: ConnectionError, RemoteProtocolError."""
        while (event := self.waiting_event()) is None:
            await self.receive()
        return event

    def queue(self, event: h11.Event) -> None:
        """Encode an event; `flush` sends it."""
        data = self.protocol.send(event)
        if data:
            self._unsent.append(data)

    def queue_request(self, request: h11.Request, added: bytes) -> None:
        """Encode a request with more header lines, `added`. Its other headers have been checked on arrival."""
        data = self.protocol.send(request)
        if data is None:
            raise ConnectionResetError("the connection has ended")
        self._unsent.append(data.removesuffix(b"\r\n") + added + b"\r\n")

    async def flush(self) -> None:
        """Send what is queued. Errors: ConnectionError."""
        if self._unsent:
            self.writer.write(b"".join(self._unsent))
            self._unsent.clear()
            await self.writer.drain()

    def begin_again(self) -> bool:
        """Make ready for the next exchange. False where the connection has to be closed instead."""
        if self.protocol.our_state is not h11.DONE or self.protocol.their_state is not h11.DONE:
            return False
        self.protocol.start_next_cycle()
        self.reused, self.heard = True, False
        return True

    @property
    def gone(self) -> bool:
        """Whether the other side is known to have closed."""
        return self.reader.at_eof() or self.writer.is_closing()

    def close(self) -> None:
        self.writer.close()

    def abort(self) -> None:
        """Close at once, dropping what is unsent, so that the other side sees that something is missing."""
        self.writer.transport.abort()


class ClientWire(Wire):
    """A connection to a server, which may be kept for further exchanges."""

    def __init__(self, reader: CountingReader, writer: asyncio.StreamWriter, head_bytes: int) -> None:
        super().__init__(reader, writer, h11.CLIENT, head_bytes)
        self._counting = reader

    @property
    def usable(self) -> bool:
        """Whether it is open, and nothing has come in that belongs to no request."""
        unread = self._counting.received - self.taken + len(self.protocol.trailing_data[0])
        return unread == 0 and not self.gone
