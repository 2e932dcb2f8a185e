"""Messages between two processes arrive whole, and a side that is gone or stands still is noticed."""

import socket
import threading
from collections.abc import Iterator

import pytest

from services.processes.message_socket import Hungup, bound_waiting, receive, send

Pair = tuple[socket.socket, socket.socket]
LONG = bytes(range(256)) * 40_000
"""More than a socket holds."""


@pytest.fixture
def pair() -> Iterator[Pair]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def send_all(connection: socket.socket, messages: list[bytes]) -> None:
    for message in messages:
        send(connection, message)


def test_messages_arrive_whole_and_in_order(pair: Pair) -> None:
    messages = [b"", b"short", LONG, b"after"]
    sending = threading.Thread(target=send_all, args=(pair[0], messages))
    sending.start()
    assert [receive(pair[1]) for _ in messages] == messages
    sending.join()


@pytest.mark.parametrize("said", [b"", b"\0\0", b"\0" * 7 + b"\x09half"])
def test_a_side_that_is_gone_before_its_message_is_whole_is_noticed(pair: Pair, said: bytes) -> None:
    pair[0].sendall(said)
    pair[0].close()
    with pytest.raises(Hungup, match="gone"):
        receive(pair[1])


def test_nobody_is_there_to_send_to(pair: Pair) -> None:
    pair[1].close()
    with pytest.raises(Hungup, match="took nothing"):
        send(pair[0], LONG)


def test_a_side_that_stands_still_is_not_waited_for_without_end(pair: Pair) -> None:
    bound_waiting(pair[0], 0.01)
    with pytest.raises(Hungup, match="gave nothing"):
        receive(pair[0])
    with pytest.raises(Hungup, match="took nothing"):
        send(pair[0], LONG)
