"""Messages over a stream: the replicator's Unix socket, regions and nodes speak this.

Owns the framing (a length of 4 bytes, big-endian, then a msgpack value) and the dialogue: a client sends
[number, *question], the server answers [number, answer] in any order, so that a waiting question holds up no other.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgpack

LONGEST_FRAME = 16 << 20
QUESTIONS_MOST = 256
"""Questions of one connection that a server works on at once; further ones wait in the socket."""

Answering = Callable[[Any], Awaitable[Any]]
Connecting = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


class BrokenFrame(Exception):
    """What arrives is no frame: the connection is given up."""


_ENDINGS = (BrokenFrame, EOFError, OSError, TypeError, ValueError)
"""How a connection ends, or what a message of another shape leads to: no fault of this side."""


async def read_frame(reader: asyncio.StreamReader) -> Any:
    """The next message. Errors: BrokenFrame; IncompleteReadError at the end."""
    length = int.from_bytes(await reader.readexactly(4), "big")
    if length > LONGEST_FRAME:
        raise BrokenFrame(f"a frame of {length} bytes")
    try:
        return msgpack.unpackb(await reader.readexactly(length), use_list=False, strict_map_key=False)
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise BrokenFrame(f"not msgpack: {type(error).__name__}") from error


def frame(message: Any) -> bytes:
    encoded = bytes(msgpack.packb(message))
    return len(encoded).to_bytes(4, "big") + encoded


class Service:
    """The server's side: any number of connections, and the questions of each."""

    def __init__(self, answer: Answering) -> None:
        self._answer = answer
        self._connections: set[asyncio.Task[Any]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the questions of one connection until it ends. A question that is malformed ends it."""
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("a coroutine runs in a task")
        self._connections.add(task)
        try:
            await self._questions(reader, writer)
        except asyncio.CancelledError:
            pass  # the service is closed; the stream's own callback would report a cancellation as a fault
        except ExceptionGroup as failures:
            if unexpected := failures.split(_ENDINGS)[1]:
                raise unexpected from None
        finally:
            self._connections.discard(task)
            await _abort(writer)

    async def close(self) -> None:
        """Give up every connection; what is being answered is not answered."""
        connections = list(self._connections)
        for task in connections:
            task.cancel()
        if connections:
            await asyncio.wait(connections)

    async def _questions(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        free = asyncio.Semaphore(QUESTIONS_MOST)
        async with asyncio.TaskGroup() as group:
            while True:
                number, *question = await read_frame(reader)
                await free.acquire()
                group.create_task(self._one(number, question, writer)).add_done_callback(lambda _: free.release())

    async def _one(self, number: int, question: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(frame((number, await self._answer(question))))
        await writer.drain()


class Dialogue:
    """The client's side: one connection, opened when needed, any number of questions under way."""

    def __init__(self, connect: Connecting) -> None:
        self._connect = connect
        self._lock = asyncio.Lock()
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._number = 0

    async def ask(self, question: Sequence[Any], seconds: float) -> Any:
        """The answer, at most `seconds` from now. Errors: ConnectionRefusedError if surely nothing was sent;
        ConnectionError or TimeoutError if the question may have been sent and no answer came.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        writer = await self._connection(deadline)
        self._number += 1
        number = self._number
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout_at(deadline):
                writer.write(frame((number, *question)))
                await writer.drain()
                return await future
        finally:
            del self._waiting[number]
            if not future.cancel() and not future.cancelled():
                future.exception()  # asked for here where writing failed first: unasked, it would be reported

    async def _connection(self, deadline: float) -> asyncio.StreamWriter:
        try:
            async with asyncio.timeout_at(deadline), self._lock:
                if self._writer is None:
                    reader, self._writer = await self._connect()
                    self._reading = asyncio.create_task(self._read(reader))
                return self._writer
        except OSError as error:  # a TimeoutError is one
            raise ConnectionRefusedError(str(error) or "there is no connection in time") from error

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                number, answer = await read_frame(reader)
                future = self._waiting.get(number)
                if future is not None and not future.done():
                    future.set_result(answer)
        except _ENDINGS:
            pass
        finally:
            self._lose()

    def _lose(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
        self._writer = None
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionResetError("the connection was lost while waiting for an answer"))

    async def close(self) -> None:
        """End the connection; a question asked later opens another."""
        reading, writer, self._reading = self._reading, self._writer, None
        if reading is not None:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading
        if writer is not None:
            await _abort(writer)


async def _abort(writer: asyncio.StreamWriter) -> None:
    """End a connection at once: closing it in order would wait for the other side to read."""
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
