"""Messages over a stream: the replicator's Unix socket and the feed between regions speak this.

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


async def read_frame(reader: asyncio.StreamReader) -> Any:
    """The next message. Errors: BrokenFrame; IncompleteReadError at the end."""
    length = int.from_bytes(await reader.readexactly(4), "big")
    if length > LONGEST_FRAME:
        raise BrokenFrame(f"a frame of {length} bytes")
    try:
        return msgpack.unpackb(await reader.readexactly(length), use_list=False, strict_map_key=False)
    except (ValueError, msgpack.UnpackException) as error:
        raise BrokenFrame(f"not msgpack: {type(error).__name__}") from error


def frame(message: Any) -> bytes:
    encoded = bytes(msgpack.packb(message))
    return len(encoded).to_bytes(4, "big") + encoded


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answering) -> None:
    """Answer the questions of one connection until it ends. A question that is malformed ends it."""
    free = asyncio.Semaphore(QUESTIONS_MOST)

    async def one(number: int, question: Any) -> None:
        try:
            writer.write(frame((number, await answer(question))))
            await writer.drain()
        finally:
            free.release()

    async def questions() -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                number, *question = await read_frame(reader)
                await free.acquire()
                group.create_task(one(number, question))

    try:
        await questions()
    except asyncio.CancelledError:
        pass  # the process stops; the stream's own callback would report a cancellation as a fault
    except ExceptionGroup as failures:
        # An ended or broken connection is no fault; whatever else failed is.
        if unexpected := failures.split((BrokenFrame, EOFError, OSError, TypeError, ValueError))[1]:
            raise unexpected from None
    finally:
        writer.close()


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
        """The answer. Errors: ConnectionError if surely nothing was sent; ConnectionResetError or TimeoutError if the
        question was sent and no answer came.
        """
        async with asyncio.timeout(seconds):
            writer = await self._connection()
            self._number += 1
            number = self._number
            future = self._waiting[number] = asyncio.get_running_loop().create_future()
            try:
                writer.write(frame((number, *question)))
                return await future
            finally:
                self._waiting.pop(number, None)

    async def _connection(self) -> asyncio.StreamWriter:
        async with self._lock:
            if self._writer is None:
                try:
                    reader, self._writer = await self._connect()
                except OSError as error:
                    raise ConnectionRefusedError(str(error)) from error
                self._reading = asyncio.create_task(self._read(reader))
            return self._writer

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                number, answer = await read_frame(reader)
                future = self._waiting.get(number)
                if future is not None and not future.done():
                    future.set_result(answer)
        except (BrokenFrame, asyncio.IncompleteReadError, OSError, TypeError, ValueError):
            self._lose()

    def _lose(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer = None
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionResetError("the connection was lost while waiting for an answer"))

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading
        self._lose()
