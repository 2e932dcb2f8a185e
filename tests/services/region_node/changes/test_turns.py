"""The queues of one worker's changes: fair, bounded, and gone when nobody waits."""

import asyncio
from collections.abc import Sequence

import pytest

from services.region_node.changes.turns import WAITING_MOST, TooManyWait, Turns

NEVER = float("inf")


class Course:
    """Requests that take turns, each holding its own until told to go."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.held: list[str] = []
        self.waited: dict[str, bool] = {}
        self.go: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def begin(self, name: str, streams: Sequence[str], deadline: float = NEVER) -> None:
        self.go[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._run(name, streams, deadline))
        await rounds()

    async def _run(self, name: str, streams: Sequence[str], deadline: float) -> None:
        async with self.turns.of(streams, deadline) as waited:
            self.held.append(name)
            self.waited[name] = waited
            await self.go[name].wait()

    async def end(self, name: str) -> None:
        self.go[name].set()
        await self.tasks[name]
        await rounds()


async def rounds() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_one_stream_is_held_by_one_request_in_the_order_of_their_coming() -> None:
    course = Course()
    for name in "abc":
        await course.begin(name, ["key"])
    assert course.held == ["a"]
    await course.end("a")
    assert course.held == ["a", "b"]
    await course.end("b")
    await course.end("c")
    assert course.held == ["a", "b", "c"]
    assert course.waited == {"a": False, "b": True, "c": True}


async def test_different_streams_do_not_wait_for_each_other() -> None:
    course = Course()
    await course.begin("a", ["one"])
    await course.begin("b", ["two"])
    assert course.held == ["a", "b"]
    assert course.waited == {"a": False, "b": False}
    await course.end("b")
    await course.end("a")


async def test_requests_that_share_streams_in_any_order_never_block_each_other() -> None:
    course = Course()
    await course.begin("a", ["one", "two"])
    await course.begin("b", ["two", "one", "two"])
    await course.begin("c", ["two"])
    for _ in range(3):
        await course.end(course.held[-1])
    assert sorted(course.held) == ["a", "b", "c"]
    assert course.turns._queues == {}


async def test_a_turn_that_does_not_come_in_time_is_given_up_and_held_by_nobody() -> None:
    course = Course()
    await course.begin("a", ["one", "two"])
    await course.begin("late", ["two", "three"], deadline=0)
    with pytest.raises(TooManyWait):
        await course.tasks["late"]
    await course.begin("b", ["three"])
    await course.end("a")
    assert course.held == ["a", "b"]
    await course.end("b")
    assert course.turns._queues == {}


async def test_a_queue_is_bounded() -> None:
    course = Course()
    for number in range(WAITING_MOST + 1):
        await course.begin(str(number), ["one"])
    await course.begin("too many", ["one"])
    with pytest.raises(TooManyWait):
        await course.tasks["too many"]
    for number in range(WAITING_MOST + 1):
        await course.end(str(number))
    assert course.turns._queues == {}


async def test_a_request_that_is_broken_off_leaves_its_queue() -> None:
    course = Course()
    await course.begin("a", ["one"])
    await course.begin("b", ["one"])
    course.tasks["b"].cancel()
    await course.end("a")
    assert course.turns._queues == {}
