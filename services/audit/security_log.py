"""The security log of a worker: requests that nobody could be authenticated for. It is no part of the trail.

Owns its files, `worker-<number>.jsonl` and, of before, `worker-<number>.jsonl.1`, and their bounds in bytes and in
lines a second: whoever likes can fill it, and must fill nothing else. What was passed over is counted and told. It is
written once a second and never fsynced.
"""

import asyncio
import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from services.durable_file import PRIVATE_DIRECTORY, PRIVATE_FILE
from shared.token_bucket import full, taken

WRITE_SECONDS = 1.0
LINES_PER_SECOND = 50
FILE_BYTES = 8_000_000
SHOWN_CHARACTERS = 256
"""Of each text that a client has chosen."""

log = logging.getLogger(__name__)


class Unauthenticated(NamedTuple):
    """A refused request. `access_key_id`: whose it claimed to be; nothing of it is proven."""

    request_id: str
    operation: str
    code: str
    source: str
    user_agent: str
    access_key_id: str


class SecurityLog:
    """Only the worker's event loop may call it. `now` gives milliseconds since 1970."""

    def __init__(self, directory: Path, number: int, now: Callable[[], int], file_bytes: int = FILE_BYTES) -> None:
        self._path, self._now, self._file_bytes = directory / f"worker-{number}.jsonl", now, file_bytes
        self._bucket = full(LINES_PER_SECOND, now())
        self._lines: list[bytes] = []
        self.passed_over = 0
        self._untold = 0
        self._failing = False

    def note(self, refused: Unauthenticated) -> None:
        """Remember it for the next writing, unless there were too many."""
        now = self._now()
        after = taken(self._bucket, LINES_PER_SECOND, now)
        if after is None:
            self.passed_over += 1
            self._untold += 1
            return
        self._bucket = after
        told = {name: value[:SHOWN_CHARACTERS] for name, value in refused._asdict().items()}
        self._lines.append(_line({"time": now, **told}))

    async def keep_writing(self) -> None:
        """Write for as long as the worker runs."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await self.write()

    async def write(self) -> None:
        """Write what was noted. What cannot be written is given up, and that is said once for as long as it lasts."""
        lines, self._lines, untold, self._untold = self._lines, [], self._untold, 0
        if untold:
            lines.append(_line({"time": self._now(), "passed_over": untold}))
        if not lines:
            return
        try:
            await asyncio.to_thread(self._append, b"".join(lines))
        except OSError as error:
            if not self._failing:
                log.error("the security log cannot be written", extra={"reason": error.strerror})
            self._failing = True
        else:
            self._failing = False

    def _append(self, content: bytes) -> None:
        self._path.parent.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        if self._path.exists() and self._path.stat().st_size + len(content) > self._file_bytes:
            self._path.replace(self._path.with_suffix(".jsonl.1"))
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            os.write(descriptor, content)
        finally:
            os.close(descriptor)


def _line(told: Mapping[str, int | str]) -> bytes:
    """In ASCII: a terminal obeys control characters beyond it, too, and some readers end a line at them."""
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"
