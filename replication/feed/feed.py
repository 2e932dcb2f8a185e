"""The feed: a region's shared log and its pulses, read by its peers over the network, and what else they may ask.

Owns both ends of `EventLog.read` over mutual TLS: `FeedServer` answers, `PeerFeed` and its `FeedLog`s ask. Who may
connect is decided by the TLS contexts (only pinned identities); what is read is believed only for its signatures, as if
any carrier had brought it. A question names how many partitions the asker has: two regions that differ would look for
the records of one account in different places, and silently adopt less than there is.
"""

import asyncio
import math
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeAlias

from replication.feed.frames import Dialogue, Service
from replication.log.event_log import Entry, EventLog, LogError, LogTruncated, LogUnavailable, LogUnsafe
from replication.pulses.pulse_log import latest_entries

LIMIT_MOST = 1_000
WAIT_MOST_SECONDS = 30.0
ANSWER_BYTES = 1 << 20
"""An answer ends with the record that reaches this. Little, because the log's own author reads by the same thread."""
CONNECT_SECONDS = 5.0
REGION_CHARACTERS_MOST = 64
"""Of the name of a region that is asked about: nobody has to look for a longer one."""
UNKNOWN_QUESTION = "the feed does not know this question"
ANSWER_SECONDS = 10.0
Answering: TypeAlias = Callable[[Sequence[Any]], Awaitable[Sequence[Entry]]]
"""Answers a question, whose name comes first. Who asks is a known peer, believed in nothing. Errors: LogError."""
_KINDS = {error.__name__: error for error in (LogTruncated, LogUnavailable, LogUnsafe)}


class _Read(NamedTuple):
    """A question, checked: whoever asks is a known peer, and still believed in nothing."""

    partitions: int
    partition: int
    start: int
    limit: int
    wait_seconds: float


class FeedServer:
    """Serves one shared log to the peers, and the log of pulses, each once it is there; and what else is offered."""

    def __init__(self, log: EventLog | None, tls: ssl.SSLContext) -> None:
        self._log, self._shared = log, asyncio.Event()
        self.pulses: EventLog | None = None
        self._offered: dict[str, Answering] = {}
        self._tls = tls
        self._service = Service(self._answer)
        self._server: asyncio.Server | None = None

    def offer(self, question: str, answering: Answering) -> None:
        """Answer the questions of that name from now on."""
        self._offered[question] = answering

    def refuse(self, question: str) -> None:
        """Answer the questions of that name no more."""
        self._offered.pop(question, None)

    async def start(self, host: str, port: int) -> None:
        self._server = await asyncio.start_server(self._service.serve, host, port, ssl=self._tls)

    @property
    def port(self) -> int:
        if self._server is None:
            raise AssertionError("the feed has not been started")
        return int(self._server.sockets[0].getsockname()[1])

    def share(self, log: EventLog | None) -> None:
        """Serve this shared log from now on; None: no more."""
        self._log = log
        if log is not None:
            self._shared.set()

    async def close(self) -> None:
        """Take no more connections, and end those that are there."""
        if self._server is not None:
            self._server.close()
        await self._service.close()

    async def _answer(self, question: Any) -> list[Any]:
        """["read", partitions, partition, start, limit, wait], ["pulses", after, wait]
        or what is offered -> ["entries", ...] or ["error", kind, text].
        """
        try:
            entries = await self._asked(question)
            return ["entries", [(entry.position, entry.record) for entry in entries]]
        except LogError as error:
            return ["error", type(error).__name__, str(error)]

    async def _asked(self, question: Any) -> Sequence[Entry]:
        if (latest := _understood_pulses(question)) is not None:
            if self.pulses is None:
                raise LogUnavailable("the log of pulses is not open")
            return await latest_entries(self.pulses, *latest)
        if question and type(question[0]) is str and (answering := self._offered.get(question[0])) is not None:
            return await answering(question)
        read = _understood(question)
        if read is None:
            raise LogUnavailable(UNKNOWN_QUESTION)
        partitions, partition, start, limit, wait = read
        log = await self._shared_log(wait)
        require_as_many(log.partitions, partitions)
        return await log.read(partition, start, limit, wait, ANSWER_BYTES)

    async def _shared_log(self, wait_seconds: float) -> EventLog:
        """A region that has just started shares it soon. Errors: LogUnavailable."""
        if self._log is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._shared.wait(), wait_seconds)
        if self._log is None:
            raise LogUnavailable("the shared log is not open")
        return self._log


def require_as_many(own: int, asked: int) -> None:
    """Errors: LogUnsafe where the asker has other partitions."""
    if asked != own:
        raise LogUnsafe(f"it has {own} partitions, its reader {asked}; all regions must have as many")


def _understood(question: Any) -> _Read | None:
    """None for another question, and for values that the log was never meant to see."""
    if len(question) != 6 or question[0] != "read":
        return None
    _, partitions, partition, start, limit, wait = question
    if [type(value) for value in (partitions, partition, start, limit)] != [int] * 4 or type(wait) not in (int, float):
        return None
    if not (0 <= partition < partitions and 0 <= start < 1 << 63 and limit > 0 and math.isfinite(wait)):
        return None
    return _Read(partitions, partition, start, min(limit, LIMIT_MOST), max(0.0, min(wait, WAIT_MOST_SECONDS)))


def _understood_pulses(question: Any) -> tuple[int, float] | None:
    """(after, wait) of a question for pulses; None for another one."""
    if len(question) != 3 or question[0] != "pulses":
        return None
    _, after, wait = question
    if type(after) is not int or type(wait) not in (int, float) or not math.isfinite(wait):
        return None
    return (after, max(0.0, min(wait, WAIT_MOST_SECONDS))) if 0 <= after < 1 << 63 else None


class PeerFeed:
    """A peer's feed, to be asked. `domain` is the name that the peer's certificate must prove, `others` where its
    further nodes are: what they give is the same, and each is asked where the one before lets nobody in.
    """

    def __init__(
        self,
        name: str,
        address: tuple[str, int],
        tls: ssl.SSLContext,
        domain: str,
        others: Sequence[tuple[str, int]] = (),
    ) -> None:
        self.name = name
        self._address = address
        self._others = list(others)
        self._tls = tls
        self._domain = domain
        self._dialogue = Dialogue(self._connect)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self._address
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await asyncio.open_connection(host, port, ssl=self._tls, server_hostname=self._domain)
        except OSError:  # a TimeoutError is one; whoever asks again comes to the next
            self._others.append(self._address)
            self._address = self._others.pop(0)
            raise

    async def ask(self, question: Sequence[Any], start: int, wait_seconds: float) -> Sequence[Entry]:
        """The entries of the answer, whose positions go on from `start`. Errors: those of `FeedLog.read`."""
        try:
            answer = await self._dialogue.ask(question, wait_seconds + ANSWER_SECONDS)
        except OSError as error:  # a TimeoutError is one
            raise LogUnavailable(f"{self._place}: {error or 'there was no answer in time'}") from error
        match answer:
            case ("entries", tuple() as entries):
                return self._checked(entries, start)
            case ("error", str() as kind, str() as text):
                raise _KINDS.get(kind, LogUnavailable)(f"{self.name}: {text}")
        raise LogUnavailable(f"{self._place} answers what is no answer")

    def _checked(self, entries: tuple[Any, ...], start: int) -> Sequence[Entry]:
        checked: list[Entry] = []
        for entry in entries:
            match entry:
                case (int() as position, bytes() as record) if position >= start:
                    checked.append(Entry(position, record))
                    start = position + 1
                case _:
                    raise LogUnavailable(f"{self._place} answers with what are no entries")
        return checked

    @property
    def _place(self) -> str:
        return f"{self.name} at {self._address[0]}:{self._address[1]}"

    async def close(self) -> None:
        await self._dialogue.close()


class FeedLog:
    """A peer's shared log, read only."""

    def __init__(self, feed: PeerFeed, partitions: int) -> None:
        self.name, self.partitions = feed.name, partitions
        self._feed = feed

    async def read(self, partition: int, start: int, limit: int, wait_seconds: float = 0) -> Sequence[Entry]:
        """As `EventLog.read`. Errors: LogTruncated, LogUnavailable, LogUnsafe where the peer has other partitions."""
        question = ("read", self.partitions, partition, start, limit, wait_seconds)
        return await self._feed.ask(question, start, wait_seconds)

    async def close(self) -> None:
        await self._feed.close()
