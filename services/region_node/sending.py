"""Answers on their way out, sent together.

Owns when an answer is written: at the end of the event loop's round, after every request that the round has brought was
answered. A write wakes the process that waits for it, on another core, which costs more than the write itself; the
answers that follow at once find it awake.
"""

import asyncio
from typing import Any


class Sending:
    """One worker's answers of one round."""

    __slots__ = ("_answers", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._answers: list[tuple[Any, bytes, bool]] = []

    def send(self, transport: Any, answer: bytes, last: bool) -> None:
        """Write `answer` soon; `last` closes the connection after it."""
        if not self._answers:
            self._loop.call_soon(self._write)
        self._answers.append((transport, answer, last))

    def _write(self) -> None:
        answers, self._answers = self._answers, []
        for transport, answer, last in answers:
            if transport.is_closing():
                continue
            transport.write(answer)
            if last:
                transport.close()
