"""Listening sockets that a parent binds once and hands to its children.

Owns binding: a port stays held while a child restarts, so clients wait in the queue and are not refused.
"""

import errno
import socket
import time
from pathlib import Path

from services.plain_fault import PlainFault

BACKLOG = 2048
PATIENCE_SECONDS = 5.0
"""A tree that was killed a moment ago may hold the port for as long."""


class AddressBusy(PlainFault):
    """Somebody else listens there. The message is one line that names the address."""


def listen_tcp(host: str, port: int, patience: float = PATIENCE_SECONDS) -> socket.socket:
    """A listening TCP socket. Errors: AddressBusy after `patience` seconds, OSError for a host that is not ours."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return _bind_tcp(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            if time.monotonic() >= deadline:
                raise AddressBusy(f"{host}:{port} is in use by another program") from error
        time.sleep(0.05)


def _bind_tcp(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


def listen_unix(path: Path) -> socket.socket:
    """A listening Unix socket with mode 0600. A socket file left by a process that died is replaced.

    The caller holds the lock of the directory, so that nobody can still listen there.
    """
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    path.chmod(0o600)
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening
