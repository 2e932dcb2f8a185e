"""The links between regions, as proxies that can be cut and made slow.

Owns one proxy for each direction in which a region reads another's feed. A cut link drops nothing that TCP would not
send again: it stands still, also for new connections, until it is mended.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, NamedTuple, TypeVar

HOST = "127.0.0.2"
"""Loopback as well, and no address that a start would give a new port."""
CHUNK_BYTES = 16 << 10


Result = TypeVar("Result")


class Link(NamedTuple):
    """`reader` reads the feed of `source`."""

    reader: str
    source: str


class _Line:
    """How a link is: `open` while bytes pass, each chunk after `delay` seconds."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.delay = 0.0


class Links:
    """The proxies, in an event loop of their own thread. Close it in the end."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._lines: dict[Link, list[_Line]] = {}
        self._servers: list[asyncio.Server] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def add(self, link: Link, port: int) -> int:
        """The port on `HOST` at which `reader` shall read what `source` serves at `port` of 127.0.0.1."""
        return self._await(self._listen(link, port))

    @contextlib.contextmanager
    def cut(self, region: str) -> Iterator[None]:
        """Nothing passes between `region` and any other, in neither direction."""
        lines = self._of(region)
        self._each(lines, lambda line: line.open.clear())
        try:
            yield
        finally:
            self._each(lines, lambda line: line.open.set())

    @contextlib.contextmanager
    def slow(self, region: str, seconds: float) -> Iterator[None]:
        """Each chunk of at most 16 KiB to and from `region` takes `seconds`, one after the other."""
        lines = self._of(region)
        self._each(lines, lambda line: setattr(line, "delay", seconds))
        try:
            yield
        finally:
            self._each(lines, lambda line: setattr(line, "delay", 0.0))

    def close(self) -> None:
        self._await(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _of(self, region: str) -> list[_Line]:
        return [line for link, lines in self._lines.items() if region in link for line in lines]

    def _each(self, lines: list[_Line], change: Callable[[_Line], None]) -> None:
        async def done() -> None:
            for line in lines:
                change(line)

        self._await(done())

    def _await(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _end(self) -> None:
        """Every connection, then every listening socket."""
        joined = asyncio.all_tasks() - {asyncio.current_task()}
        for task in joined:
            task.cancel()
        await asyncio.gather(*joined, return_exceptions=True)
        for server in self._servers:
            server.close()

    async def _listen(self, link: Link, port: int) -> int:
        line = _Line()
        self._lines.setdefault(link, []).append(line)

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _joined(line, reader, writer, port)

        server = await asyncio.start_server(connected, HOST, 0)
        self._servers.append(server)
        found: int = server.sockets[0].getsockname()[1]
        return found


async def _joined(line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """One connection, until either side closes it."""
    with contextlib.closing(writer), contextlib.suppress(OSError):
        await line.open.wait()
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.closing(far_writer):
            ways = [asyncio.create_task(_pass_on(line, *way)) for way in ((reader, far_writer), (far_reader, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)


async def _pass_on(line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK_BYTES):
        if line.delay:
            await asyncio.sleep(line.delay)
        await line.open.wait()
        writer.write(chunk)
        await writer.drain()
