"""Requests at the front door as HTTP/1.1 has them: framing, long bodies, early answers, what cannot be read."""

import asyncio
import json
from http import HTTPStatus
from pathlib import Path

import pytest

from services.front_door.settings import DoorLimits
from tests.services.front_door.regions import signed, stage


async def test_a_request_is_passed_on_only_when_it_is_whole(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        region = there.regions["us-east-1"]
        client, other = await there.client(), await there.client()
        await client.send(signed("us-east-1", b"x" * 100_000, framing=b"Content-Length: 200000\r\n"))
        assert (await other.ask(signed("us-east-1")))[0] == 200
        assert (region.connections, len(region.requests)) == (1, 1)
        assert (await client.ask(b"x" * 100_000))[0] == 200
        assert region.requests[1][1] == b"x" * 200_000
        assert region.connections == 1


async def test_chunked_bodies_pass_and_long_answers_come_whole(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        region = there.regions["us-east-1"]

        async def answer_in_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await region.read_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(20):
                writer.write(b"10000\r\n" + b"y" * 65_536 + b"\r\n")
                await writer.drain()
            writer.write(b"0\r\n\r\n")
            await reader.read()

        region.scripts = [answer_in_chunks]
        client = await there.client()
        await client.send(
            signed("us-east-1", b'4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n', framing=b"Transfer-Encoding: chunked\r\n")
        )
        head = await client.reader.readuntil(b"\r\n\r\n")
        body = await client.reader.readuntil(b"0\r\n\r\n")
        assert b"Transfer-Encoding: chunked" in head
        assert body.count(b"y") == 20 * 65_536
        assert region.requests[0][1] == b'4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n'


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (b"Content-Length: 9000000\r\n", b"x" * 70_000),
        (b"Content-Length: 9000000\r\nExpect: 100-continue\r\n", b""),
        (b"Transfer-Encoding: chunked\r\n", b"4000\r\n" + b"x" * 0x4000 + b"\r\n"),
    ],
)
async def test_a_body_too_long_is_refused_before_its_end(tmp_path: Path, framing: bytes, body: bytes) -> None:
    async with stage(tmp_path, DoorLimits(body_bytes=10_000, stopping_seconds=2)) as there:
        status, head, told = await (await there.client()).ask(signed("us-east-1", body, framing=framing))
        # RFC 9110 has given it another name, which newer Pythons know.
        assert head.startswith(b"HTTP/1.1 413 %s\r\n" % HTTPStatus(413).phrase.encode())
        assert (status, json.loads(told)["__type"]) == (413, "RequestEntityTooLargeException")
        assert there.regions["us-east-1"].connections == 0


async def test_an_answer_before_the_request_was_read_reaches_the_client(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:

        async def refuse_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
            await reader.read()

        there.regions["us-east-1"].scripts = [refuse_early]
        status, _, body = await (await there.client()).ask(signed("us-east-1", b"x" * 500_000))
        assert (status, body) == (413, b"big")


async def test_a_client_that_waits_for_100_continue_is_let_on(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        client = await there.client()
        head = signed("us-east-1", framing=b"Expect: 100-continue\r\nContent-Length: 2\r\n").removesuffix(b"{}")
        await client.send(head)
        assert (await client.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        assert (await client.ask(b"{}"))[2] == b"us-east-1"


async def test_a_client_that_waits_for_100_continue_is_refused_without_its_body(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        client = await there.client()
        head = signed("mars-north-1", framing=b"Expect: 100-continue\r\nContent-Length: 2\r\n").removesuffix(b"{}")
        assert (await client.ask(head))[0] == 400


async def test_requests_in_one_packet_are_answered_in_order(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        client = await there.client()
        await client.send(signed("us-east-1") + signed("eu-west-1") + signed("mars-north-1") + signed("us-east-1"))
        answers = [await client.answer() for _ in range(3)]
        assert [body for status, _, body in answers if status == 200] == [b"us-east-1", b"eu-west-1"]
        assert answers[2][0] == 400


async def test_a_client_that_leaves_does_not_harm_the_others(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        leaving = await there.client()
        await leaving.send(signed("us-east-1", b"x" * 10, framing=b"Content-Length: 100\r\n"))
        leaving.writer.transport.abort()
        assert (await (await there.client()).ask(signed("us-east-1")))[0] == 200


@pytest.mark.parametrize(
    ("request_bytes", "status", "code"),
    [
        (b"NONSENSE\r\n\r\n", 400, "SerializationException"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 70_000, 431, "RequestEntityTooLargeException"),
        (
            signed("us-east-1", b"", framing=b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"),
            400,
            "SerializationException",
        ),
        (signed("us-east-1", b"", framing=b"Authorization: twice\r\n"), 400, "IncompleteSignatureException"),
        (signed("us-east-1").replace(b"POST /", b"CONNECT h:1"), 400, "SerializationException"),
    ],
)
async def test_what_is_not_readable_is_refused(tmp_path: Path, request_bytes: bytes, status: int, code: str) -> None:
    async with stage(tmp_path) as there:
        client = await there.client()
        answered, _, body = await client.ask(request_bytes)
        assert (answered, json.loads(body)["__type"]) == (status, code)
        assert there.regions["us-east-1"].requests == []
