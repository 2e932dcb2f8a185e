"""Heavy work beside the event loop: what waits, what is refused, and what nobody waits for."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from services.region_node.threads import LANES, Lane, Weight, WorkThreads
from shared.errors import InvalidCiphertext, Throttled

PATIENCE_SECONDS = 30.0


@pytest.fixture
def threads() -> Iterator[WorkThreads]:
    opened = WorkThreads({Weight.HEAVY: Lane(threads=1, most=2), Weight.SLOW: Lane(threads=1, most=1)})
    yield opened
    opened.close()


def refuse() -> int:
    raise InvalidCiphertext


@pytest.mark.parametrize(("weight", "elsewhere"), [(Weight.LIGHT, False), (Weight.HEAVY, True), (Weight.SLOW, True)])
async def test_only_what_is_not_light_is_done_by_a_thread(
    threads: WorkThreads, weight: Weight, elsewhere: bool
) -> None:
    worker = await threads.run(weight, threading.get_ident)
    assert (worker != threading.get_ident()) == elsewhere


@pytest.mark.parametrize("weight", list(Weight))
async def test_a_refusal_reaches_whoever_asked(threads: WorkThreads, weight: Weight) -> None:
    for _ in range(3):  # and takes no place for ever
        with pytest.raises(InvalidCiphertext):
            await threads.run(weight, refuse)


async def test_a_full_lane_refuses_and_has_room_again_later(threads: WorkThreads) -> None:
    goes_on = threading.Event()
    waiting = [asyncio.ensure_future(threads.run(Weight.HEAVY, goes_on.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Throttled):
        await threads.run(Weight.HEAVY, threading.get_ident)
    goes_on.set()
    assert await asyncio.gather(*waiting) == [True, True]
    assert await threads.run(Weight.HEAVY, threading.get_ident)


async def test_nothing_waits_for_a_slower_lane_nor_does_the_event_loop(threads: WorkThreads) -> None:
    goes_on = threading.Event()
    slow = asyncio.ensure_future(threads.run(Weight.SLOW, lambda: goes_on.wait(PATIENCE_SECONDS)))
    await asyncio.sleep(0)
    assert await threads.run(Weight.HEAVY, threading.get_ident)
    assert not slow.done()
    goes_on.set()
    assert await slow


def test_every_weight_but_light_has_a_lane() -> None:
    assert set(LANES) == set(Weight) - {Weight.LIGHT}
