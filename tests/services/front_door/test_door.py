"""The front door between real sockets: routing, regions and nodes that are away, what it answers itself."""

import asyncio
import json
import re
from contextlib import suppress
from pathlib import Path

import pytest

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
