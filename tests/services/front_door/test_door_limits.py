"""What the front door does not wait for, and how much it holds: slow clients, connections, bytes."""

import asyncio
import json
from pathlib import Path

import pytest

from services.front_door.main import affordable
from services.front_door.settings import DoorLimits
from tests.services.front_door.regions import OK, signed, stage


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
