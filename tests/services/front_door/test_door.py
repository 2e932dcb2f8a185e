"""The front door between real sockets: routing, streaming, limits, and what it answers itself."""

import asyncio
import json
import re
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import pytest

from services.front_door.main import affordable
from services.front_door.settings import DoorLimits
from services.front_door.upstream import Upstream
from tests.services.front_door.regions import OK, Region, answer, signed, stage


async def test_the_region_is_taken_from_the_signature(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        client = await there.client()
        for region in ("eu-west-1", "us-east-1", "eu-west-1"):
            status, head, body = await client.ask(signed(region))
            assert (status, body) == (200, region.encode())
            assert b"x-Odd-Case: kept" in head


async def test_nothing_changes_but_the_doors_headers_and_those_of_the_connection(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        client = await there.client()
        dropped = (
            b"X-KEYTIDE-source: 9.9.9.9:1\r\nx-keytide-Exchange: 0\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
        )
        extra = dropped + b"x-B:  two  words \r\nX-a: 1\r\n"
        request = signed("us-east-1", b'{"a":1}', extra=extra).replace(b"POST / ", b"POST /a%2Fb?x=%20y&x=1 ")
        await client.ask(request)
        head, body = there.regions["us-east-1"].requests[0]
        host, port = client.writer.get_extra_info("sockname")[:2]
        expected = (
            request.replace(dropped, b"").replace(b"  two  words ", b" two  words").split(b"\r\n\r\n")[0].decode()
        )
        added = rf"x-keytide-source: {host}:{port}\r\nx-keytide-exchange: [0-9a-f]{{16}}\r\n\r\n"
        assert re.fullmatch(re.escape(f"{expected}\r\n") + added, head.decode())
        assert body == b'{"a":1}'


async def test_a_header_that_is_signed_is_passed_on_whatever_it_is(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        request = signed("us-east-1", extra=b"TE: trailers\r\n").replace(
            b"SignedHeaders=host", b"SignedHeaders=te;host"
        )
        await (await there.client()).ask(request)
        assert b"TE: trailers\r\n" in there.regions["us-east-1"].requests[0][0]


async def test_an_unknown_region_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        client = await there.client()
        status, head, body = await client.ask(signed("mars-north-1"))
        assert status == 400
        assert b"application/x-amz-json-1.1" in head
        assert json.loads(body) == {
            "__type": "InvalidSignatureException",
            "message": "Credential should be scoped to a valid region, not 'mars-north-1'."
            " Known here: us-east-1, eu-west-1.",
        }


async def test_a_global_service_goes_to_the_first_region_where_its_own_is_unknown(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        client = await there.client()
        assert (await client.ask(signed("eu-west-1", service="sts")))[2] == b"eu-west-1"
        assert (await client.ask(signed("mars-north-1", service="sts")))[2] == b"us-east-1"


async def test_an_unsigned_request_is_refused(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        body = (await (await there.client()).ask(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"))[2]
    assert json.loads(body)["__type"] == "MissingAuthenticationTokenException"


UNSIGNED_FORM = (
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 9\r\n\r\nAction=It"
)


@pytest.mark.parametrize("request_", [UNSIGNED_FORM, b"GET /?Action=It HTTP/1.1\r\nHost: h\r\n\r\n"])
async def test_an_unsigned_query_is_for_the_first_region_to_judge(request_: bytes, tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        assert (await (await there.client()).ask(request_))[2] == b"us-east-1"


async def test_a_region_that_is_down_is_a_503_and_its_return_is_noticed(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        region = there.regions["eu-west-1"]
        region.stop()
        client = await there.client()
        status, _, body = await client.ask(signed("eu-west-1"))
        assert status == 503
        assert json.loads(body)["__type"] == "ServiceUnavailableException"
        assert "eu-west-1" in json.loads(body)["message"]
        await region.start()
        assert (await client.ask(signed("eu-west-1")))[0] == 200


async def test_a_kept_connection_that_closed_is_retried_once_on_a_fresh_one(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        region = there.regions["us-east-1"]

        async def answer_once_then_leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await region.read_request(reader)
            writer.write(answer(b"first"))
            await region.read_request(reader)

        region.scripts = [answer_once_then_leave]
        client = await there.client()
        assert (await client.ask(signed("us-east-1")))[2] == b"first"
        assert (await client.ask(signed("us-east-1", b'{"again":1}')))[2] == b"us-east-1"
        assert region.connections == 2
        assert region.requests[2][1] == b'{"again":1}'
        # The region may have carried out the one that was lost: it knows the other by its number.
        first, lost, again = (exchange_of(head) for head, _ in region.requests)
        assert first != lost == again


def exchange_of(head: bytes) -> bytes:
    return head.split(b"x-keytide-exchange: ")[1].split(b"\r\n")[0]


@pytest.mark.parametrize("later", [False, True])
async def test_what_a_region_says_unasked_reaches_no_other_client(tmp_path: Path, later: bool) -> None:
    async with stage(tmp_path) as there:
        region = there.regions["us-east-1"]
        heard, said = asyncio.Event(), asyncio.Event()

        async def answer_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await region.read_request(reader)
            writer.write(answer(b"first"))
            if later:
                await heard.wait()
            writer.write(answer(b"unasked"))
            said.set()
            await region.read_request(reader)

        region.scripts = [answer_twice]
        assert (await (await there.client()).ask(signed("us-east-1")))[2] == b"first"
        heard.set()
        await said.wait()
        assert (await (await there.client()).ask(signed("us-east-1")))[2] == b"us-east-1"
        assert region.connections == 2


async def test_a_fresh_connection_that_closes_is_not_retried(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        region = there.regions["us-east-1"]

        async def leave(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            await region.read_request(reader)

        region.scripts = [leave]
        assert (await (await there.client()).ask(signed("us-east-1")))[0] == 503
        assert region.connections == 1


async def test_an_answer_that_breaks_off_ends_the_clients_connection(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        region = there.regions["us-east-1"]

        async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await region.read_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

        region.scripts = [break_off]
        client = await there.client()
        await client.send(signed("us-east-1"))
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await client.answer()


async def test_a_region_that_does_not_answer_in_time_is_a_503(tmp_path: Path) -> None:
    async with stage(tmp_path, DoorLimits(answer_seconds=0, stopping_seconds=2)) as there:
        region = there.regions["us-east-1"]

        async def be_silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            while await region.read_request(reader):
                continue

        region.scripts = [be_silent]
        status, _, body = await (await there.client()).ask(signed("us-east-1"))
        assert status == 503
        assert "did not answer in time" in json.loads(body)["message"]


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


async def test_a_head_that_trickles_in_is_cut_off(tmp_path: Path) -> None:
    async with stage(tmp_path, DoorLimits(head_seconds=0, stopping_seconds=2)) as there:
        status, _, body = await (await there.client()).ask(b"POST / HTTP/1.1\r\n")
        assert (status, json.loads(body)["__type"]) == (408, "RequestTimeoutException")


async def test_an_idle_connection_is_closed(tmp_path: Path) -> None:
    async with stage(tmp_path, DoorLimits(idle_seconds=0, stopping_seconds=2)) as there:
        assert await (await there.client()).closed()


async def test_a_body_that_trickles_in_is_cut_off(tmp_path: Path) -> None:
    async with stage(tmp_path, DoorLimits(receive_seconds=0, stopping_seconds=2)) as there:
        trickling = signed("us-east-1", b"x", framing=b"Content-Length: 100\r\n")
        status, _, body = await (await there.client()).ask(trickling)
        assert (status, json.loads(body)["__type"]) == (408, "RequestTimeoutException")


@pytest.mark.parametrize("begun", [b"", b"POST / HTTP/1.1\r\n", signed("us-east-1", framing=b"Content-Length: 9\r\n")])
async def test_a_client_that_is_waited_for_makes_room_for_another(tmp_path: Path, begun: bytes) -> None:
    async with stage(tmp_path, DoorLimits(connections=1, stopping_seconds=2)) as there:
        first = await there.client()
        assert (await first.ask(signed("us-east-1")))[0] == 200
        await first.send(begun)
        assert (await (await there.client()).ask(signed("us-east-1")))[0] == 200
        assert await first.closed()


async def test_where_every_client_is_served_another_is_told_to_retry(tmp_path: Path) -> None:
    async with stage(tmp_path, DoorLimits(connections=1, stopping_seconds=2)) as there:
        region = there.regions["us-east-1"]
        asked, release = asyncio.Event(), asyncio.Event()

        async def be_slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await region.read_request(reader)
            asked.set()
            await release.wait()
            writer.write(OK)

        region.scripts = [be_slow]
        served, other = await there.client(), None
        await served.send(signed("us-east-1"))
        await asked.wait()
        other = await there.client()
        status, head, body = await other.answer()
        assert (status, json.loads(body)["__type"]) == (503, "ServiceUnavailableException")
        assert b"Connection: close" in head
        release.set()
        assert (await served.answer())[2] == b"ok"


@pytest.mark.parametrize(("descriptors", "connections"), [(65_536, 4_096), (1_024, 384), (10, 1)])
def test_there_are_no_more_connections_than_descriptors_for_them(descriptors: int, connections: int) -> None:
    assert affordable(DoorLimits(), descriptors).connections == connections


async def test_requests_that_are_not_whole_hold_no_more_than_the_door_may_hold(tmp_path: Path) -> None:
    async with stage(tmp_path, DoorLimits(held_bytes=100_000, stopping_seconds=2)) as there:
        half = signed("us-east-1", b"x" * 60_000, framing=b"Content-Length: 70000\r\n")
        first, second = await there.client(), await there.client()
        await first.send(half)
        assert (await (await there.client()).ask(signed("us-east-1")))[0] == 200
        await second.send(half)
        assert await first.closed()
        assert (await second.ask(b"x" * 10_000))[0] == 200


async def test_healthz_tells_the_state_of_every_region(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:

        async def not_ready(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await there.regions["us-east-1"].read_request(reader)
            writer.write(b"HTTP/1.1 503 \r\nContent-Length: 0\r\n\r\n")

        client = await there.client()
        health = b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
        assert json.loads((await client.ask(health))[2])["status"] == "ready"
        there.regions["us-east-1"].scripts = [not_ready]
        there.regions["eu-west-1"].stop()
        status, _, body = await client.ask(health)
        assert status == 200
        assert json.loads(body) == {"status": "degraded", "regions": {"us-east-1": "not ready", "eu-west-1": "down"}}


async def test_metrics_tell_requests_by_the_region_asked_and_how_they_ended(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:

        async def refuses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await there.regions["us-east-1"].read_request(reader)
            writer.write(b"HTTP/1.1 400 \r\nContent-Length: 0\r\n\r\n")

        async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await there.regions["us-east-1"].read_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n-")

        there.regions["us-east-1"].scripts = [refuses, hangs_up]
        client, cut_off = await there.client(), await there.client()
        await client.ask(signed("us-east-1"))
        await cut_off.send(signed("us-east-1"))
        with suppress(ConnectionResetError):
            await cut_off.reader.read()
        for _ in range(2):
            await client.ask(signed("us-east-1"))
        there.regions["eu-west-1"].stop()
        for refused in (signed("eu-west-1"), signed("mars-north-1")):
            await (await there.client()).ask(refused)
        status, head, body = await (await there.client()).ask(b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (status, b"text/plain" in head) == (200, True)
    told = re.findall(r'keytide_door_requests_total{asked="(.*)",outcome="(.*)"} (\d+)', body.decode())
    assert set(told) == {
        ("us-east-1", "2xx", "2"),
        ("us-east-1", "4xx", "1"),
        ("us-east-1", "cut off", "1"),
        ("eu-west-1", "ServiceUnavailableException", "1"),
        ("none", "InvalidSignatureException", "1"),
    }
    assert re.search(r"\nkeytide_door_connections [1-9]", body.decode())


async def test_a_request_in_flight_is_finished_when_the_door_closes(tmp_path: Path) -> None:
    release, asked = asyncio.Event(), asyncio.Event()

    def slow(region: Region) -> None:
        async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await region.read_request(reader)
            asked.set()
            await release.wait()
            writer.write(OK)
            await writer.drain()

        region.scripts = [wait]

    async def ask_and_release() -> bytes:
        body = (await client.answer())[2]
        assert release.is_set()
        return body

    async with stage(tmp_path) as there:
        slow(there.regions["us-east-1"])
        client = await there.client()
        there.clients.clear()  # the stage must not close this one before the door has
        await client.send(signed("us-east-1"))
        await asked.wait()
        answered = asyncio.create_task(ask_and_release())
        asyncio.get_running_loop().call_later(0.1, release.set)
    assert await answered == b"ok"
    client.writer.close()


async def test_nodes_are_asked_in_turn_and_one_that_is_away_or_without_a_lease_is_passed_over(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        one, other = there.regions["us-east-1"], there.regions["eu-west-1"]
        upstream = Upstream({"us-east-1": (one.socket, tmp_path / "away.sock", other.socket)}, 65_536)
        taken = [await upstream.take("us-east-1") for _ in range(6)]
        assert {wire.origin for wire in taken} == {one.socket, other.socket}
        upstream.pass_over(taken[0])
        taken.append(await upstream.take("us-east-1"))
        assert taken[-1].origin != taken[0].origin
        upstream.close()
        for wire in taken:
            wire.close()


async def test_a_node_without_a_lease_is_asked_for_nothing_while_another_one_serves(tmp_path: Path) -> None:
    async with stage(tmp_path, names=("us-east-1", "node-2"), further=("node-2",)) as there:
        first, second = there.regions["us-east-1"], there.regions["node-2"]

        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await first.read_request(reader):
                writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 2\r\nx-keytide-unleased: 1\r\n\r\nno")

        first.scripts = [refuse] * 4
        client = await there.client()
        for _ in range(4):
            assert (await client.ask(signed("us-east-1")))[::2] == (200, b"node-2")
        assert len(second.requests) == 4
        numbers = [re.findall(rb"x-keytide-exchange: (\w+)", head) for head, _ in first.requests + second.requests]
        assert len({number for (number,) in numbers}) == 4, "a request that is sent again keeps its number"


async def test_where_no_node_has_a_lease_the_client_hears_it(tmp_path: Path) -> None:
    async with stage(tmp_path, names=("us-east-1", "node-2"), further=("node-2",)) as there:
        for node in there.regions.values():

            async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, node: Region = node) -> None:
                while await node.read_request(reader):
                    writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 2\r\nx-keytide-unleased: 1\r\n\r\nno")

            node.scripts = [refuse] * 4
        assert (await (await there.client()).ask(signed("us-east-1")))[0] == 500
