"""The worker's side of the process that writes its spool.

Owns starting it, giving it one order after the other without ever waiting for it, and what becomes of an order when it
has ended, or does nothing any more: that is a failure like that of the disk, and the next order starts another one.
"""

import asyncio
import logging
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from services.audit.spool.orders import GONE, OUTCOME_BYTES, Order, Told, decode_outcome, encode_order
from services.processes.command_line import keytide_environment
from services.processes.message_socket import framed

ORDER_SECONDS = 15.0
"""In which an order is carried out, or the process is stopped, or waits for a disk that hangs."""
END_SECONDS = 0.5
"""For a killed process to be gone. One that waits for a disk that hangs is not, and keeps nobody waiting longer."""
TO_THE_GROUP = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})

log = logging.getLogger(__name__)


class WritingProcess:
    """Of one spool; only the event loop may call it."""

    def __init__(self, region: str, spool: Path, order_seconds: float = ORDER_SECONDS) -> None:
        self._region, self._spool, self._order_seconds = region, spool, order_seconds
        self._loop = asyncio.get_running_loop()
        self._ended = False
        self._former: _Running | None = None
        """One that was lost."""
        self._running = self._started()

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return None if self._running is None else self._running.process.pid

    def begin(self, order: Order, told: Told) -> None:
        message = framed(encode_order(order))
        for _ in range(2):  # the first may have ended just now, with nothing to do
            self._running = self._running or self._started()
            if self._running is None:
                break
            if self._running.give(message, told):
                return
            self._running.lose()
        self._loop.call_soon(told, GONE)

    def end(self) -> None:
        self._ended = True
        if self._running is not None:
            self._running.end()
            self._running = None

    def _started(self) -> "_Running | None":
        if self._ended or (self._former is not None and not self._former.is_gone()):
            return None  # processes that wait for a disk that hangs must not become many
        try:
            return _Running(self._command(), self._loop, self._order_seconds, self._lost)
        except (OSError, subprocess.SubprocessError, MemoryError) as fault:
            reason = fault.strerror if isinstance(fault, OSError) else type(fault).__name__
            log.error("the process that writes the audit spool cannot be started", extra={"reason": reason})
            return None

    def _lost(self) -> None:
        log.error("the process that writes the audit spool has ended; the next one starts when it is needed")
        self._former, self._running = self._running, None

    def _command(self) -> list[str]:
        module = ("-m", "services.audit.spool.writing_process")
        # -S: it needs no other packages, and starts in half the time without looking for them.
        return [sys.executable, "-P", "-S", *module, "--region", self._region, "--spool", str(self._spool)]


class _Running:
    """One process, until it ends. `lost` is called then, before those are told who wait for it."""

    def __init__(
        self, command: list[str], loop: asyncio.AbstractEventLoop, order_seconds: float, lost: Callable[[], None]
    ) -> None:
        """Errors: OSError, SubprocessError, MemoryError where it cannot be started."""
        self._loop, self._order_seconds, self._lost = loop, order_seconds, lost
        self._waiting: deque[Told] = deque()
        self._overdue: asyncio.TimerHandle | None = None
        self._unsent = self._unread = b""
        self._socket, other = socket.socketpair()
        self._socket.setblocking(False)
        with other:
            try:
                self.process = _process(command, other)
            except BaseException:
                self._socket.close()
                raise
        loop.add_reader(self._socket, self._read)

    def give(self, message: bytes, told: Told) -> bool:
        """False where it has ended with nothing to do, and has got nothing of the message."""
        was_idle = not self._waiting
        if not self._send(message) and was_idle:
            return False
        self._waiting.append(told)
        if was_idle:
            self._watch()
        return True

    def is_gone(self) -> bool:
        return self.process.poll() is not None

    def lose(self) -> None:
        """It has ended, or is ended now."""
        self.end()
        self._lost()

    def end(self) -> None:
        """At once: all that was told is durable, and one that is stopped, or waits for a disk, would not leave."""
        if self._overdue is not None:
            self._overdue.cancel()
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        self.process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(END_SECONDS)
        while self._waiting:
            self._loop.call_soon(self._waiting.popleft(), GONE)

    def _watch(self) -> None:
        """The order that is next has its time from now on."""
        if self._overdue is not None:
            self._overdue.cancel()
        self._overdue = self._loop.call_later(self._order_seconds, self.lose) if self._waiting else None

    def _send(self, message: bytes) -> bool:
        """Whether it lives, as far as is known; if not, `_read` hears of it, too."""
        if self._unsent:
            self._unsent += message
            return True
        try:
            sent = self._socket.send(message)
        except BlockingIOError:
            sent = 0
        except OSError:
            return False
        if sent < len(message):
            self._unsent = message[sent:]
            self._loop.add_writer(self._socket, self._send_on)
        return True

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
            self.lose()
            return
        self._unread += read
        while self._waiting and len(self._unread) >= OUTCOME_BYTES:
            outcome, self._unread = self._unread[:OUTCOME_BYTES], self._unread[OUTCOME_BYTES:]
            told = self._waiting.popleft()
            self._watch()
            told(decode_outcome(outcome))


def _process(command: list[str], other: socket.socket) -> "subprocess.Popen[bytes]":
    """What is blocked here it inherits, so that a signal to the whole group never ends it while it starts."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, TO_THE_GROUP)
    try:
        return subprocess.Popen(
            command, stdin=other.fileno(), stdout=subprocess.DEVNULL, env=keytide_environment(opens_keys=False)
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
