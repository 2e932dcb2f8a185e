"""A child's heartbeat: how its parent tells one that works from one that hangs.

Owns a pipe for each life of a child. The child's event loop writes a byte into it every second, so that a loop that is
blocked shows as well as a process that is stopped. The parent counts its own ticks without a beat, not seconds: where
both were stopped (a suspended machine, Ctrl-Z) nothing is held against the child. Before its first beat a child is
starting, for as long as that takes.
"""

import asyncio
import os

VARIABLE = "KEYTIDE_HEARTBEAT"
"""Environment variable with the number of the inherited pipe. Each parent sets its own."""
BEAT_SECONDS = 1.0
MISSED_MOST = 15


class Heartbeat:
    """The parent's side. Give `child_end` to the child (`pass_fds` and `VARIABLE`)."""

    def __init__(self) -> None:
        self._own_end, self.child_end = os.pipe()
        os.set_blocking(self._own_end, False)
        self._open = {self._own_end, self.child_end}

    def passed_on(self) -> None:
        """The child has its end; the parent's copy goes."""
        self._close(self.child_end)

    def close(self) -> None:
        for end in tuple(self._open):
            self._close(end)

    async def until_hung(self) -> None:
        """Return when a child that has beaten does so no more."""
        begun, missed = False, 0
        while missed < MISSED_MOST:
            await asyncio.sleep(BEAT_SECONDS)
            if self._beaten():
                begun, missed = True, 0
            elif begun:
                missed += 1

    def _beaten(self) -> bool:
        try:
            return os.read(self._own_end, 4096) != b""
        except BlockingIOError:
            return False

    def _close(self, end: int) -> None:
        if end in self._open:
            self._open.discard(end)
            os.close(end)


async def beat() -> None:
    """The child's side: beat until cancelled. Returns where there is no parent that listens."""
    number = os.environ.get(VARIABLE, "")
    if not number.isdecimal():
        return
    pipe = int(number)
    try:
        os.set_blocking(pipe, False)
        while True:
            _write(pipe)
            await asyncio.sleep(BEAT_SECONDS)
    except OSError:
        return


def _write(pipe: int) -> None:
    try:
        os.write(pipe, b".")
    except BlockingIOError:
        return  # the parent has been stopped for a while, and will find enough
