"""Waiting until a region says that it is ready, or until it gets no further.

Owns asking /readyz over HTTP, and what counts as getting further: that the region says anything it has not said before,
as it does while it catches up with its log.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import NamedTuple

from services.region_node.settings.settings import Address

SHORTEST_PAUSE = 0.05
LONGEST_PAUSE = 1.0
ANSWER_SECONDS = 2.0
SHOWN_CHARACTERS = 300


class Readiness(NamedTuple):
    """`reason` says why it is not ready, "" where it is. `answers`: its API does, so that it serves what it can."""

    ready: bool
    reason: str
    answers: bool


async def until_ready(address: Address) -> None:
    """Wait, without end, until the service at `address` is ready."""
    waiting = _Waiting()
    while not (await ask_ready(address)).ready:
        await waiting.pause()


async def ready_or_stuck(address: Address, patience: float, hopeless: Callable[[], str]) -> Readiness:
    """How it stands once it is ready, or has got no further for `patience` seconds.

    `hopeless` gives the reason for which waiting is in vain, or "".
    """
    waiting = _Waiting()
    told: dict[str, float] = {}
    while not (found := await ask_ready(address)).ready:
        told.setdefault(found.reason, waiting.seconds)
        if reason := hopeless():
            return found._replace(reason=reason)
        if waiting.seconds - max(told.values()) >= patience:
            return found
        await waiting.pause()
    return found


async def ask_ready(address: Address) -> Readiness:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            status, body = await _get(address, "/readyz")
    except OSError as error:
        return Readiness(False, f"does not answer ({type(error).__name__})", answers=False)
    if status == 200:
        return Readiness(True, "", answers=True)
    return Readiness(False, _reason(status, body), answers=True)


class _Waiting:
    """Pauses for a part of what has been waited already: soon at first, and rarely in the end."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()

    @property
    def seconds(self) -> float:
        return self._clock() - self._began

    async def pause(self) -> None:
        await asyncio.sleep(min(LONGEST_PAUSE, max(SHORTEST_PAUSE, self.seconds / 20)))


def _reason(status: int, body: str) -> str:
    """What /readyz gives as the reason; of anything else the beginning."""
    try:
        return str(json.loads(body)["reason"])
    except (ValueError, KeyError, TypeError):
        return body[:SHOWN_CHARACTERS] or f"answers {status}"


async def _get(address: Address, path: str) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection(address.host, address.port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
        head, _, body = (await reader.read()).decode(errors="replace").partition("\r\n\r\n")
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    status = head.split(" ", 2)[1:2]
    return (int(status[0]) if status and status[0].isdecimal() else 0), body.strip()
