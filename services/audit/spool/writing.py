"""The worker's side of the process that writes its spool.

Owns starting it, giving it one order after the other without ever waiting for it, and what becomes of an order when it
has ended: that is a failure like that of the disk, and the next order starts another one.
"""

import asyncio
import logging
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

from services.audit.spool.orders import GONE, OUTCOME_BYTES, Order, Told, decode_outcome, encode_order
from services.processes.command_line import keytide_environment
from services.processes.message_socket import framed

END_SECONDS = 5.0
"""For the process to end by itself: it has nothing to do any more."""

log = logging.getLogger(__name__)


class WritingProcess:
    """Of one spool; only the event loop may call it."""

    def __init__(self, region: str, spool: Path) -> None:
        self._region, self._spool = region, spool
        self._loop = asyncio.get_running_loop()
        self._running = self._started()

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return None if self._running is None else self._running.process.pid

    def begin(self, order: Order, told: Told) -> None:
        self._running = self._running or self._started()
        if self._running is None:
            self._loop.call_soon(told, GONE)
        else:
            self._running.give(framed(encode_order(order)), told)

    def end(self) -> None:
        if self._running is not None:
            self._running.end()
            self._running = None

    def _started(self) -> "_Running | None":
        try:
            return _Running(self._command(), self._loop, self._ended)
        except OSError as error:
            log.error("the process that writes the audit spool cannot be started", extra={"reason": error.strerror})
            return None

    def _ended(self) -> None:
        log.error("the process that writes the audit spool has ended; the next one starts when it is needed")
        self._running = None

    def _command(self) -> list[str]:
        module = ("-m", "services.audit.spool.writing_process")
        # -S: it needs no other packages, and starts in half the time without looking for them.
        return [sys.executable, "-P", "-S", *module, "--region", self._region, "--spool", str(self._spool)]


class _Running:
    """One process, until it ends. `ended` is called then, before those are told who wait for it."""

    def __init__(self, command: list[str], loop: asyncio.AbstractEventLoop, ended: Callable[[], None]) -> None:
        """Errors: OSError where it cannot be started."""
        self._loop, self._ended = loop, ended
        self._waiting: deque[Told] = deque()
        self._unsent = self._unread = b""
        self._socket, other = socket.socketpair()
        self._socket.setblocking(False)
        with other:
            try:
                environment = keytide_environment(opens_keys=False)
                self.process: subprocess.Popen[bytes] = subprocess.Popen(command, stdin=other.fileno(), env=environment)
            except OSError:
                self._socket.close()
                raise
        loop.add_reader(self._socket, self._read)

    def give(self, message: bytes, told: Told) -> None:
        self._waiting.append(told)
        if self._unsent:
            self._unsent += message
        else:
            self._send(message)

    def end(self) -> None:
        """Nobody waits for it any more."""
        self._let_go()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _send(self, message: bytes) -> None:
        try:
            sent = self._socket.send(message)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # it has ended: `_read` is told so
        if sent < len(message):
            self._unsent = message[sent:]
            self._loop.add_writer(self._socket, self._send_on)

    def _send_on(self) -> None:
        self._loop.remove_writer(self._socket)
        unsent, self._unsent = self._unsent, b""
        self._send(unsent)

    def _read(self) -> None:
        try:
            read = self._socket.recv(64 * OUTCOME_BYTES)
        except BlockingIOError:
            return
        except OSError:
            read = b""
        if not read:
            self._lose()
            return
        self._unread += read
        while len(self._unread) >= OUTCOME_BYTES:
            outcome, self._unread = self._unread[:OUTCOME_BYTES], self._unread[OUTCOME_BYTES:]
            self._waiting.popleft()(decode_outcome(outcome))

    def _lose(self) -> None:
        self._let_go()
        self.process.kill()
        self.process.wait()
        self._ended()
        for told in self._waiting:
            told(GONE)

    def _let_go(self) -> None:
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
