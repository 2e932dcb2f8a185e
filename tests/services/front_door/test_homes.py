"""IAM is global: the door finds the region that answers, whatever region a request signs for."""

import asyncio
from pathlib import Path

import pytest

from services.front_door import homes
from services.front_door.homes import Homes
from tests.services.front_door.regions import Region, Script, Stage, answer, signed, stage

BODY = b"Action=CreateUser&Version=2010-05-08&UserName=alice"


def refusing(region: Region, home: bytes, times: int = 1) -> Script:
    """Names the home so many times, then answers as itself."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(times):
            await region.read_request(reader)
            head = b"HTTP/1.1 400 Bad Request\r\nX-Keytide-Home: %s\r\nContent-Length: 7\r\n\r\n" % home
            writer.write(head + b"refused")
        await region.echo(reader, writer)

    return script


def once_itself(region: Region) -> Script:
    """Answers, and hangs up."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await region.read_request(reader)
        writer.write(answer(region.name.encode()))

    return script


def once_itself_then_refusing(region: Region, home: bytes) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await region.read_request(reader)
        writer.write(answer(region.name.encode()))
        await refusing(region, home)(reader, writer)

    return script


async def ask(there: Stage, region: str, service: str = "iam") -> tuple[int, bytes]:
    status, _, body = await (await there.client()).ask(signed(region, BODY, service=service))
    return status, body


async def test_the_door_asks_the_home_that_a_refusal_names_with_the_very_same_bytes(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        first, home = there.regions["us-east-1"], there.regions["eu-west-1"]
        first.scripts = [refusing(first, b"eu-west-1")]
        assert await ask(there, "us-east-1") == (200, b"eu-west-1")
        (head, body), (asked, again) = first.requests[0], home.requests[0]
        assert body == again == BODY
        assert head.split(b"x-keytide-exchange")[0] == asked.split(b"x-keytide-exchange")[0]


async def test_the_home_is_asked_first_from_then_on_by_iam_alone(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        first = there.regions["us-east-1"]
        first.scripts = [refusing(first, b"eu-west-1")]
        await ask(there, "us-east-1")
        assert await ask(there, "us-east-1") == (200, b"eu-west-1")
        assert await ask(there, "us-east-1", "sts") == (200, b"us-east-1")
        assert await ask(there, "us-east-1", "kms") == (200, b"us-east-1")
        assert len(first.requests) == 3


async def test_sts_is_followed_without_being_remembered(tmp_path: Path) -> None:
    """Whose role is assumed may be another account than the caller's."""
    async with stage(tmp_path) as there:
        first = there.regions["us-east-1"]
        first.scripts = [refusing(first, b"eu-west-1")]
        assert await ask(there, "us-east-1", "sts") == (200, b"eu-west-1")
        assert await ask(there, "us-east-1") == (200, b"us-east-1")


async def test_a_home_that_has_moved_names_the_next(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        first, second = there.regions["us-east-1"], there.regions["eu-west-1"]
        first.scripts = [refusing(first, b"eu-west-1")]
        second.scripts = [once_itself_then_refusing(second, b"us-east-1")]
        assert await ask(there, "us-east-1") == (200, b"eu-west-1")
        assert await ask(there, "us-east-1") == (200, b"us-east-1")
        assert len(second.requests) == 2
        assert await ask(there, "us-east-1") == (200, b"us-east-1")
        assert len(second.requests) == 2


@pytest.mark.parametrize("home", [b"mars-north-1", b"us-east-1", b""])
async def test_a_home_that_is_no_other_region_is_not_followed(tmp_path: Path, home: bytes) -> None:
    async with stage(tmp_path) as there:
        first = there.regions["us-east-1"]
        first.scripts = [refusing(first, home)]
        assert await ask(there, "us-east-1") == (400, b"refused")


async def test_a_refusal_is_followed_once(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        first, second = there.regions["us-east-1"], there.regions["eu-west-1"]
        first.scripts, second.scripts = [refusing(first, b"eu-west-1", 9)], [refusing(second, b"us-east-1", 9)]
        assert await ask(there, "us-east-1") == (400, b"refused")
        assert (len(first.requests), len(second.requests)) == (1, 1)


async def test_kms_has_no_home(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        first = there.regions["us-east-1"]
        first.scripts = [refusing(first, b"eu-west-1")]
        assert await ask(there, "us-east-1", "kms") == (400, b"refused")


async def test_a_home_that_is_down_is_forgotten(tmp_path: Path) -> None:
    """What only reads is answered by the region that it signs for."""
    async with stage(tmp_path) as there:
        first, home = there.regions["us-east-1"], there.regions["eu-west-1"]
        first.scripts = [refusing(first, b"eu-west-1")]
        home.stop()
        status, body = await ask(there, "us-east-1")
        assert (status, b"Region eu-west-1 is not available" in body) == (503, True)
        assert await ask(there, "us-east-1") == (200, b"us-east-1")


async def test_a_session_is_had_from_the_stand_by_while_the_home_is_down(tmp_path: Path) -> None:
    """Whichever region the request signs for: that one is neither, and the home that it names is down."""
    async with stage(tmp_path, names=("us-east-1", "eu-west-1", "ap-south-1")) as there:
        first = there.regions["us-east-1"]
        first.scripts = [refusing(first, b"eu-west-1")]
        there.regions["eu-west-1"].stop()
        assert await ask(there, "us-east-1", "sts") == (200, b"ap-south-1")


async def test_where_no_region_issues_the_home_is_said_to_be_down(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        first = there.regions["us-east-1"]
        first.scripts = [refusing(first, b"eu-west-1")]
        there.regions["eu-west-1"].stop()
        status, body = await ask(there, "us-east-1", "sts")
        assert (status, b"Region eu-west-1 is not available" in body) == (503, True)


async def test_what_only_reads_is_answered_while_the_home_is_down(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        first, home = there.regions["us-east-1"], there.regions["eu-west-1"]
        first.scripts, home.scripts = [refusing(first, b"eu-west-1")], [once_itself(home)]
        assert await ask(there, "us-east-1") == (200, b"eu-west-1")
        home.stop()
        assert await ask(there, "us-east-1") == (200, b"us-east-1")


@pytest.mark.parametrize("service", ["iam", "sts"])
async def test_another_region_is_asked_where_the_one_that_is_signed_for_is_down(tmp_path: Path, service: str) -> None:
    async with stage(tmp_path) as there:
        there.regions["us-east-1"].stop()
        assert await ask(there, "us-east-1", service) == (200, b"eu-west-1")
        assert (await ask(there, "us-east-1", "kms"))[0] == 503


async def test_all_regions_down_are_an_outage(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        for region in there.regions.values():
            region.stop()
        assert (await ask(there, "us-east-1"))[0] == 503


async def test_a_refusal_that_breaks_off_is_an_outage(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        first = there.regions["us-east-1"]

        async def breaks_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await first.read_request(reader)
            writer.write(answer(b"refused").replace(b"200 OK\r\n", b"400 No\r\nx-keytide-home: eu-west-1\r\n")[:-3])

        first.scripts = [breaks_off]
        status, body = await ask(there, "us-east-1")
        assert (status, b"Region us-east-1 is not available" in body) == (503, True)


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homes, "MOST_REMEMBERED", 2)
    memory = Homes()
    for access_key_id in ("a", "b", "a", "c"):
        memory.note(access_key_id, "eu-west-1")
    assert [memory.of(access_key_id) for access_key_id in ("a", "b", "c")] == ["eu-west-1", None, "eu-west-1"]
    memory.note("a", "us-east-1")
    assert memory.of("a") == "us-east-1"
