"""A long log is caught up with by two processes, so that a rebuild uses a second core.

Owns when that is worth a process, and the process as the one that writes the state sees it: started, given batches,
asked for changes, and ended. Whatever it fails at costs time only: see `replication/fold/taking_ahead.py`.
"""

import asyncio
import logging
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from replication.fold.ahead_store import Changes
from replication.fold.fold_ahead import Batch
from replication.fold.materializer import Identity, Materializer
from replication.fold.taking_ahead import GivenUp, TakingAhead
from replication.log.event_log import EventLog
from services.processes.command_line import keytide_environment
from services.processes.life_line import LifeLine
from services.processes.message_socket import Hungup, bound_waiting, receive, send
from services.region_node.state.folding_process import Folded

LONG_ENTRIES = 100_000
"""Entries to be read for which a process is started: its start takes as long as folding a fifth of them."""
WAIT_SECONDS = 60
"""A batch takes about a second."""

log = logging.getLogger(__name__)
_write = msgspec.msgpack.Encoder().encode
_read_folded = msgspec.msgpack.Decoder(Folded).decode
_Answer = TypeVar("_Answer")


class FoldingAhead:
    """Of one node. `state` is the directory of its state; `applied` is told after each commit."""

    def __init__(
        self, identity: Identity, state: Path, materializer: Materializer, applied: Callable[[], None]
    ) -> None:
        self._identity, self._state = identity, state
        self._materializer, self._applied = materializer, applied

    async def run(self, local: EventLog, partition: int, end: int) -> None:
        """Fold the partition ahead up to `end`, where that is long; what is left is for the ordinary fold.

        Errors: LogError.
        """
        if end - self._materializer.position(partition) < LONG_ENTRIES:
            return
        taking = TakingAhead(local, self._materializer, self._identity.record_key, partition, end)
        with FoldingProcess(self._identity, self._state) as process:
            await taking.run(process, self._applied)


class FoldingProcess:
    """An `Ahead` in a process of its own, which ends with the block. Of `identity` it is told no key."""

    def __init__(self, identity: Identity, state: Path) -> None:
        self._identity, self._state = identity, state

    def __enter__(self) -> "FoldingProcess":
        self._line, (self._socket, other) = LifeLine(), socket.socketpair()
        bound_waiting(self._socket, WAIT_SECONDS)
        with other:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                self._command(),
                stdin=other.fileno(),
                pass_fds=(self._line.child_end,),
                env=keytide_environment(opens_keys=False),
            )
        self._giving, self._taking = ThreadPoolExecutor(1, "ahead-give"), ThreadPoolExecutor(1, "ahead-take")
        return self

    def __exit__(self, *_fault: object) -> None:
        self._process.kill()
        self._process.wait()
        for thread in (self._giving, self._taking):
            thread.shutdown()  # what it waited for is gone
        self._socket.close()
        self._line.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    async def give(self, batch: Batch) -> None:
        message = _write(batch)
        await self._in_thread(self._giving, lambda: send(self._socket, message))

    async def take(self) -> Changes:
        folded: Folded = _read_folded(await self._in_thread(self._taking, lambda: receive(self._socket)))
        changes, reason = folded
        if changes is None:
            raise _given_up(reason)
        return changes

    async def _in_thread(self, thread: ThreadPoolExecutor, call: Callable[[], _Answer]) -> _Answer:
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, call)
        except Hungup as error:
            raise _given_up(str(error)) from error

    def _command(self) -> list[str]:
        region, partitions, _ = self._identity
        return [
            *(sys.executable, "-P", "-m", "services.region_node.state.folding_process"),
            *("--region", region, "--partitions", str(partitions)),
            *("--state", str(self._state), "--life-line", str(self._line.child_end)),
        ]


def _given_up(reason: str) -> GivenUp:
    log.warning("the log is folded on by one process alone", extra={"reason": reason})
    return GivenUp(reason)
