"""Messages between two processes over a connected pair of sockets: a length of 8 bytes, and so many bytes.

Owns the frames. Sending and receiving block, each in one call of the kernel where it can, so that a thread that waits
for them costs the others nothing.
"""

import socket
import struct

_LENGTH = struct.Struct("!Q")
_TIME = struct.Struct("@ll")


class Hungup(Exception):
    """The other side is gone, or has done nothing for too long."""


def bound_waiting(connection: socket.socket, seconds: float) -> None:
    """Neither direction waits longer than this for the other side to go on."""
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        connection.setsockopt(socket.SOL_SOCKET, option, _TIME.pack(int(seconds), int(seconds % 1 * 1_000_000)))


def framed(message: bytes) -> bytes:
    """As it is sent, for whoever sends without blocking."""
    return _LENGTH.pack(len(message)) + message


def send(connection: socket.socket, message: bytes) -> None:
    """Errors: Hungup."""
    try:
        connection.sendall(_LENGTH.pack(len(message)))
        connection.sendall(message)
    except OSError as error:
        raise Hungup(f"the other process took nothing: {error.strerror}") from error


def receive(connection: socket.socket) -> bytearray:
    """Errors: Hungup."""
    return _exactly(connection, _LENGTH.unpack(_exactly(connection, _LENGTH.size))[0])


def _exactly(connection: socket.socket, count: int) -> bytearray:
    message = bytearray(count)
    rest = memoryview(message)
    while rest:
        try:
            received = connection.recv_into(rest, flags=socket.MSG_WAITALL)
        except OSError as error:
            raise Hungup(f"the other process gave nothing: {error.strerror}") from error
        if not received:
            raise Hungup("the other process is gone")
        rest = rest[received:]
    return message
