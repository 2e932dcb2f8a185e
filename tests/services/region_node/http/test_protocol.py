"""A worker's connection, chunk by chunk: every request gets one answer, in its turn, and nobody gets one unasked."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.region_node.http.limits import HttpLimits
from tests.services.region_node.http_connection import Connection, answers, post, settled

LARGE = b"x" * 100_000


@pytest.fixture
async def connection() -> AsyncIterator[Connection]:
    made = Connection()
    yield made
    await made.end()


async def test_a_large_body_in_any_chunks_gets_one_answer(connection: Connection) -> None:
    request = post(b"/", LARGE)
    for size in (len(request), 65_536, 1_000):
        before = len(connection.transport.sent)
        chunks = [request[start : start + size] for start in range(0, len(request), size)]
        sent = await connection.receive(*chunks)
        assert list(answers(sent[before:])) == [(200, b"/ " + LARGE[:20])]
    assert not connection.transport.closed


async def test_every_pipelined_request_is_answered_in_its_order(connection: Connection) -> None:
    sent = await connection.receive(b"".join(post(b"/%d" % number, b"{}" * 200) for number in range(200)))
    assert [body.split()[0] for _, body in answers(sent)] == [b"/%d" % number for number in range(200)]


async def test_pipelined_changes_are_answered_one_after_the_other(connection: Connection) -> None:
    chunk = b"".join(post(b"/later/%d" % number, b"{}" * 200) for number in range(200))
    assert await connection.receive(chunk) == b""
    assert (len(connection.arrived), connection.transport.reading) == (1, False)
    connection.release.set()
    for _ in range(200):
        await settled()
    expected = [b"/later/%d" % number for number in range(200)]
    assert [body.split()[0] for _, body in answers(bytes(connection.transport.sent))] == expected
    assert connection.transport.reading


async def test_an_answer_that_is_held_leaves_in_its_turn_once_it_is_let_go(connection: Connection) -> None:
    tasks_before = len(asyncio.all_tasks())
    assert await connection.receive(post(b"/held/1") + post(b"/2") + post(b"/held/3")) == b""
    assert (len(connection.held), connection.transport.reading) == (1, False)
    assert len(asyncio.all_tasks()) == tasks_before
    connection.let_go()
    await settled()
    assert [body.split()[0] for _, body in answers(bytes(connection.transport.sent))] == [b"/held/1", b"/2"]
    connection.let_go()
    await settled()
    assert [body.split()[0] for _, body in answers(bytes(connection.transport.sent))][2:] == [b"/held/3"]
    assert connection.transport.reading


async def test_a_server_that_stops_waits_for_answers_that_are_held(connection: Connection) -> None:
    await connection.receive(post(b"/held"))
    connection.protocol.shutdown()
    await settled()
    assert connection.protocol in connection.server.connections
    assert not connection.transport.closed
    connection.let_go()
    await settled()
    assert [status for status, _ in answers(bytes(connection.transport.sent))] == [200]
    assert connection.transport.closed


async def test_a_header_is_the_same_whatever_its_case(connection: Connection) -> None:
    await connection.receive(post(b"/", b"{}", b"X-Amz-Target: one\r\nx-amz-TARGET: other"))
    (arrived,) = connection.arrived
    assert [value for name, value in arrived.headers if name == b"x-amz-target"] == [b"one", b"other"]


async def test_a_request_in_pieces_is_one_request(connection: Connection) -> None:
    request = post(b"/a%2Fb?x=1", b"{}", b"X-A: 1")
    await connection.receive(*(request[place : place + 1] for place in range(len(request))))
    (arrived,) = connection.arrived
    assert (arrived.method, arrived.path, arrived.query, arrived.body) == ("POST", b"/a%2Fb", b"x=1", b"{}")
    assert (b"x-a", b"1") in arrived.headers
    assert arrived.source == "192.0.2.1"


async def test_what_was_asked_before_a_malformed_request_is_answered_before_it_is_refused(
    connection: Connection,
) -> None:
    await connection.receive(post(b"/later/1") + post(b"/later/2") + b"NONSENSE\r\n\r\n" + post(b"/3"))
    connection.release.set()
    await settled()
    told = list(answers(bytes(connection.transport.sent)))
    assert [status for status, _ in told] == [200, 200, 400]
    assert told[2][1] == b"SerializationFailed: The request is not HTTP/1.1."
    assert b"connection: close" in connection.transport.sent
    assert len(connection.arrived) == 2


@pytest.mark.parametrize("size", [70_000, 300_000])
@pytest.mark.parametrize("chunk", [1_000, 65_536, 400_000])
async def test_a_head_beyond_its_limit_is_refused_once(connection: Connection, size: int, chunk: int) -> None:
    request = post(b"/", b"{}", b"X-Long: " + b"a" * size)
    await fed(connection, request + post(b"/after"), chunk)
    ((status, told),) = answers(bytes(connection.transport.sent))
    assert (status, told) == (400, b"RequestTooLarge: The request's headers are too large.")
    assert connection.arrived == []


async def test_a_head_that_never_ends_is_refused(connection: Connection) -> None:
    await fed(connection, b"POST / HTTP/1.1\r\nX-Long: " + b"a" * 200_000, 10_000)
    assert [told.split(b":")[0] for _, told in answers(bytes(connection.transport.sent))] == [b"RequestTooLarge"]


async def test_a_head_within_its_limit_is_taken(connection: Connection) -> None:
    await fed(connection, post(b"/", LARGE) + post(b"/", b"{}", b"X-Long: " + b"a" * 60_000), 65_536)
    assert [status for status, _ in answers(bytes(connection.transport.sent))] == [200, 200]


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 600000\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n927C0\r\n",
    ],
)
async def test_a_body_beyond_its_limit_is_refused_once_and_read_to_its_end(
    connection: Connection, framing: bytes
) -> None:
    await fed(connection, b"POST / HTTP/1.1\r\n" + framing + b"x" * 600_000, 65_536)
    ((_, told),) = answers(bytes(connection.transport.sent))
    assert told == b"RequestTooLarge: A request has at most 524288 bytes."
    transport = connection.transport
    assert (transport.ended, transport.closed, transport.reading) == (True, False, True)


async def test_a_client_that_asks_first_is_told_to_go_on_in_its_turn(connection: Connection) -> None:
    head, body = post(b"/2", b"{}", b"Expect: 100-continue", b"Expect: 100-continue").split(b"{}")[0], b"{}"
    await connection.receive(post(b"/later/1") + head)
    assert connection.transport.sent == b""
    connection.release.set()
    await settled()
    assert [status for status, _ in answers(bytes(connection.transport.sent))] == [200, 100]
    sent = await connection.receive(body)
    assert [status for status, _ in answers(sent)] == [200, 100, 200]


async def test_an_expectation_of_http_1_0_is_ignored(connection: Connection) -> None:
    sent = await connection.receive(post(b"/", b"{}", b"Expect: 100-continue").replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert [status for status, _ in answers(sent)] == [200]


async def test_a_body_too_large_is_not_asked_for(connection: Connection) -> None:
    sent = await connection.receive(b"POST / HTTP/1.1\r\nContent-Length: 600000\r\nExpect: 100-continue\r\n\r\n")
    assert [told.split(b":")[0] for _, told in answers(sent)] == [b"RequestTooLarge"]


async def test_trailers_are_no_headers(connection: Connection) -> None:
    chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Late: 1\r\n\r\n"
    await connection.receive(chunked)
    assert [name for name, _ in connection.arrived[0].headers] == [b"transfer-encoding"]


@pytest.mark.parametrize(
    "head", [post(b"/", b"{}", b"Connection: upgrade", b"Upgrade: h2c"), b"CONNECT h:1 HTTP/1.1\r\n\r\n"]
)
async def test_no_other_protocol_is_spoken(connection: Connection, head: bytes) -> None:
    sent = await connection.receive(head + post(b"/after"))
    assert [told.split(b":")[0] for _, told in answers(sent)] == [b"SerializationFailed"]
    assert connection.arrived == []


async def test_the_last_request_of_a_connection_ends_it(connection: Connection) -> None:
    sent = await connection.receive(post(b"/", b"", b"Connection: close") + post(b"/after"))
    assert [status for status, _ in answers(sent)] == [200]
    assert b"connection: close" in sent
    assert connection.transport.closed


async def test_a_connection_on_which_nothing_was_asked_is_closed_without_a_word() -> None:
    connection = Connection(HttpLimits(idle_seconds=0, check_seconds=0))
    await connection.receive(b"\r\n")
    assert (bytes(connection.transport.sent), connection.transport.closed) == (b"", True)
    await connection.end()


async def test_a_request_that_does_not_arrive_in_time_is_refused_once() -> None:
    connection = Connection(HttpLimits(receive_seconds=0, check_seconds=0))
    sent = await connection.receive(b"PO")
    assert list(answers(sent)) == [(400, b"RequestTimedOut: The request did not arrive in time.")]
    await connection.end()


async def test_a_change_in_flight_is_not_out_of_time() -> None:
    connection = Connection(HttpLimits(receive_seconds=0, idle_seconds=0, check_seconds=0))
    assert await connection.receive(post(b"/later")) == b""
    assert not connection.transport.closed
    await connection.end()


async def test_a_client_that_sends_no_more_gets_its_answers(connection: Connection) -> None:
    connection.protocol.data_received(post(b"/1") + post(b"/later/2") + post(b"/3") + b"POST /unfinished")
    assert connection.protocol.eof_received()
    await settled()
    connection.release.set()
    await settled()
    told = answers(bytes(connection.transport.sent))
    assert [body.split()[0] for _, body in told] == [b"/1", b"/later/2", b"/3"]
    assert connection.transport.closed


async def test_a_refused_client_that_has_read_the_answer_is_let_go(connection: Connection) -> None:
    connection.protocol.data_received(b"NONSENSE\r\n\r\n")
    connection.protocol.eof_received()
    await settled()
    assert [status for status, _ in answers(bytes(connection.transport.sent))] == [400]
    assert connection.transport.closed


async def test_a_refused_client_that_never_closes_is_cut_off() -> None:
    connection = Connection(HttpLimits(linger_seconds=0))
    await connection.receive(b"NONSENSE\r\n\r\n")
    await settled()
    assert (connection.transport.ended, connection.transport.aborted) == (True, True)
    await connection.end()


async def test_a_stop_lets_the_answer_in_flight_out_and_no_other(connection: Connection) -> None:
    await connection.receive(post(b"/later/1") + post(b"/later/2"))
    connection.protocol.shutdown()
    assert not connection.transport.closed
    connection.release.set()
    await settled()
    assert [body.split()[0] for _, body in answers(bytes(connection.transport.sent))] == [b"/later/1"]
    assert connection.transport.closed


async def test_a_stop_lets_an_answer_out_that_is_about_to_be_sent(connection: Connection) -> None:
    connection.protocol.data_received(post())
    connection.protocol.shutdown()
    await settled()
    assert [status for status, _ in answers(bytes(connection.transport.sent))] == [200]
    assert connection.transport.closed


async def test_a_client_that_is_gone_before_its_turn_is_not_answered(connection: Connection) -> None:
    connection.protocol.data_received(post(b"/1"))
    connection.protocol.connection_lost(None)
    await settled()
    assert connection.arrived == []


async def test_a_request_that_is_due_is_not_idle() -> None:
    """The clock may strike between a request's last byte and its turn."""
    connection = Connection(HttpLimits(idle_seconds=0))
    connection.protocol.data_received(post(b"/1"))
    connection.protocol._check_clock()
    await settled()
    assert list(answers(bytes(connection.transport.sent))) == [(200, b"/1 ")]
    await connection.end()


async def test_all_that_came_in_a_round_is_read_before_any_is_answered(connection: Connection) -> None:
    connection.protocol.data_received(post(b"/1"))
    connection.protocol.data_received(post(b"/2"))
    assert connection.arrived == []
    await settled()
    assert [arrived.path for arrived in connection.arrived] == [b"/1", b"/2"]


async def test_a_client_that_does_not_read_its_answers_is_not_read_from(connection: Connection) -> None:
    connection.protocol.pause_writing()
    assert not connection.transport.reading
    connection.protocol.resume_writing()
    assert connection.transport.reading


async def fed(connection: Connection, data: bytes, size: int) -> None:
    for start in range(0, len(data), size):
        await connection.receive(data[start : start + size])
