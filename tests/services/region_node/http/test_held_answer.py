"""An answer that is held: whoever waits for it gets it once, however early or late it is let go."""

import asyncio

import pytest

from services.region_node.http.held_answer import HeldAnswer
from services.region_node.requests.arrived import Answered

ANSWER = Answered(200, (), b"{}")


async def _awaited(held: HeldAnswer) -> Answered:
    return await held


@pytest.mark.parametrize("early", [True, False])
async def test_it_is_told_once_whether_it_left_before_it_was_asked_for_or_after(early: bool) -> None:
    held, told = HeldAnswer(), list[Answered]()
    if early:
        held.let_go(ANSWER)
    held.then(told.append)
    assert told == [ANSWER] * early
    if not early:
        held.let_go(ANSWER)
    assert told == [ANSWER]


@pytest.mark.parametrize("early", [True, False])
async def test_it_can_be_awaited(early: bool) -> None:
    held = HeldAnswer()
    if early:
        held.let_go(ANSWER)
    waiting = asyncio.create_task(_awaited(held))
    await asyncio.sleep(0)
    if not early:
        assert not waiting.done()
        held.let_go(ANSWER)
    assert await waiting == ANSWER


async def test_whoever_has_given_up_waiting_is_told_nothing() -> None:
    held = HeldAnswer()
    waiting = asyncio.create_task(_awaited(held))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    held.let_go(ANSWER)
    assert waiting.cancelled()
