"""Messages over a stream: answers find their questions, and what breaks ends one connection and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgpack
import pytest

from replication.feed.frames import LONGEST_FRAME, QUESTIONS_MOST, Dialogue, Service, frame


class Counterpart:
    """A server whose questions are ["echo", x], ["wait", x] (until `released`) and ["fail", x]."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.released = asyncio.Event()
        self.waiting = 0
        self.service = Service(self._answer)
        self.connections = 0

    async def _answer(self, question: Any) -> Any:
        verb, value = question
        if verb == "wait":
            self.waiting += 1
            await self.released.wait()
        if verb == "fail":
            raise ValueError("as asked")
        return value

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self.connections += 1
        return await asyncio.open_unix_connection(self.path)


@asynccontextmanager
async def counterpart(folder: Path) -> AsyncIterator[Counterpart]:
    side = Counterpart(folder / "socket")
    server = await asyncio.start_unix_server(side.service.serve, side.path)
    try:
        yield side
    finally:
        server.close()
        await side.service.close()


@asynccontextmanager
async def dialogue(side: Counterpart) -> AsyncIterator[Dialogue]:
    asking = Dialogue(side.connect)
    try:
        yield asking
    finally:
        await asking.close()


async def waits(side: Counterpart, count: int) -> None:
    async with asyncio.timeout(5):
        while side.waiting < count:  # noqa: ASYNC110 - the server is another task
            await asyncio.sleep(0.001)


async def test_answers_find_their_questions_in_any_order(tmp_path: Path) -> None:
    async with counterpart(tmp_path) as side, dialogue(side) as asking:
        slow = asyncio.create_task(asking.ask(("wait", "slow"), 5))
        await waits(side, 1)
        assert await asyncio.gather(*(asking.ask(("echo", n), 5) for n in range(100))) == list(range(100))
        side.released.set()
        assert await slow == "slow"
        assert side.connections == 1


async def test_questions_beyond_the_limit_wait_and_are_answered(tmp_path: Path) -> None:
    async with counterpart(tmp_path) as side, dialogue(side) as asking:
        tasks = [asyncio.create_task(asking.ask(("wait", n), 5)) for n in range(QUESTIONS_MOST + 50)]
        await waits(side, QUESTIONS_MOST)
        await asyncio.sleep(0.01)
        assert side.waiting == QUESTIONS_MOST
        side.released.set()
        assert await asyncio.gather(*tasks) == list(range(QUESTIONS_MOST + 50))


async def test_connection_that_cannot_be_made_says_that_nothing_was_sent(tmp_path: Path) -> None:
    async def never() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    with pytest.raises(ConnectionRefusedError, match="No such file"):
        await Dialogue(lambda: asyncio.open_unix_connection(tmp_path / "nobody")).ask(("echo", 1), 5)
    with pytest.raises(ConnectionRefusedError, match="in time"):
        await Dialogue(never).ask(("echo", 1), 0.01)


async def test_question_without_an_answer_in_time_is_not_called_unsent(tmp_path: Path) -> None:
    async with counterpart(tmp_path) as side, dialogue(side) as asking:
        with pytest.raises(TimeoutError) as failure:
            await asking.ask(("wait", 1), 0.05)
        assert not isinstance(failure.value, ConnectionError)
        side.released.set()
        assert await asking.ask(("echo", 2), 5) == 2


async def test_cancelled_question_leaves_the_others_alone(tmp_path: Path) -> None:
    async with counterpart(tmp_path) as side, dialogue(side) as asking:
        tasks = [asyncio.create_task(asking.ask(("wait", n), 5)) for n in range(3)]
        await waits(side, 3)
        tasks[1].cancel()
        side.released.set()
        assert await tasks[0] == 0
        assert await tasks[2] == 2


async def test_lost_connection_fails_what_waits_and_is_made_again(tmp_path: Path) -> None:
    async with counterpart(tmp_path) as side, dialogue(side) as asking:
        tasks = [asyncio.create_task(asking.ask(("wait", n), 5)) for n in range(3)]
        await waits(side, 3)
        await side.service.close()
        failures = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(failure) for failure in failures} == {ConnectionResetError}
        assert await asking.ask(("echo", "again"), 5) == "again"
        assert side.connections == 2


async def test_closed_dialogue_leaves_no_task_behind(tmp_path: Path) -> None:
    async with counterpart(tmp_path) as side:
        asking = Dialogue(side.connect)
        waiting = asyncio.create_task(asking.ask(("wait", 1), 5))
        await waits(side, 1)
        await asking.close()
        with pytest.raises(ConnectionResetError):
            await waiting
        await side.service.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}


GARBAGE = {
    "too long": (LONGEST_FRAME + 1).to_bytes(4, "big") + b"x",
    "not msgpack": (1).to_bytes(4, "big") + b"\xc1",
    "a map as a map's key": (4).to_bytes(4, "big") + b"\x81\x81\x01\x01\x01",
    "no list": frame(1),
    "an empty list": frame([]),
    "a question of another shape": frame([1, "echo"]),
    "an unknown failure of the answer": frame([1, "fail", 0]),
    "cut short": frame([1, "echo", 0])[:-1],
    "deeply nested": (100_000).to_bytes(4, "big") + b"\x91" * 100_000,
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_ends_only_its_own_connection(tmp_path: Path, garbage: bytes) -> None:
    reports: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
    async with counterpart(tmp_path) as side, dialogue(side) as asking:
        other = asyncio.create_task(asking.ask(("wait", "whole"), 5))
        await waits(side, 1)
        reader, writer = await side.connect()
        writer.write(garbage)
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        side.released.set()
        assert await other == "whole"
    assert reports == []


async def test_client_that_does_not_read_holds_up_nobody(tmp_path: Path) -> None:
    async with counterpart(tmp_path) as side, dialogue(side) as asking:
        _, writer = await side.connect()
        for number in range(50):
            writer.write(frame([number, "echo", bytes(1 << 20)]))
        assert await asking.ask(("echo", "prompt"), 5) == "prompt"
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def scripted_server(answer: bytes) -> AsyncIterator[Dialogue]:
    """A dialogue with a server that sends `answer` to whatever is asked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(4)
        writer.write(answer)
        with contextlib.suppress(OSError):
            await reader.read()
            writer.close()
            await writer.wait_closed()
        ended.set()

    ended = asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    asking = Dialogue(lambda: asyncio.open_connection("127.0.0.1", port))
    try:
        yield asking
    finally:
        await asking.close()
        await ended.wait()
        server.close()


async def test_answers_that_nobody_asked_for_are_passed_over() -> None:
    answers = frame([77, "stray"]) + frame([1, "mine"]) + frame([1, "mine again"])
    async with scripted_server(answers) as asking:
        assert await asking.ask(("echo", 1), 5) == "mine"


async def test_server_that_answers_garbage_is_taken_for_lost() -> None:
    async with scripted_server(msgpack.packb("no frame") * 3) as asking:
        with pytest.raises(ConnectionResetError):
            await asking.ask(("echo", 1), 5)
