"""Answers on their way out, sent together.

Owns when an answer is written: at the end of the event loop's round, after every request that the round has brought was
answered. A write wakes the process that waits for it, on another core, which costs more than the write itself; the
answers that follow at once find it awake.
"""

import asyncio
from enum import Enum
from typing import Any


class End(Enum):
    """How a connection ends after its last answer."""

    CLOSED = "closed"
    HALF_CLOSED = "half closed"
    """Nothing more is sent, but what comes is read: closing on a client that still sends resets the connection, and the
    reset overtakes the answer (RFC 9112, 9.6)."""


class Sending:
    """One worker's answers of one round."""

    __slots__ = ("_answers", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._answers: list[tuple[Any, bytes, End | None]] = []

    def send(self, transport: Any, answer: bytes, end: End | None = None) -> None:
        """Write `answer` soon, if it is any, and then end the connection where `end` says how."""
        if not self._answers:
            self._loop.call_soon(self._write)
        self._answers.append((transport, answer, end))

    def _write(self) -> None:
        answers, self._answers = self._answers, []
        for transport, answer, end in answers:
            if transport.is_closing():
                continue
            if answer:
                transport.write(answer)
            if end is End.CLOSED:
                transport.close()
            elif end is End.HALF_CLOSED:
                transport.write_eof()
