"""Heavy work beside the event loop: what waits, what is refused, and what nobody waits for."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from services.region_node.worker.threads import LANES, Busy, Lane, Weight, WorkThreads
from shared.crypto.key_material import generate_material, open_key
from shared.crypto.opened_key import RAW, SigningKey
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


SIGNATURES = 40
TRIES = 10
"""Where other processes have the processors, the loop may rest for as long as one try takes."""


def signatures(spec: str, algorithm: str) -> Callable[[], None]:
    key = cast(SigningKey, open_key(spec, generate_material(spec)))

    def sign() -> None:
        for _ in range(SIGNATURES):
            key.sign(algorithm, RAW, b"message")

    return sign


async def turns_meanwhile(threads: WorkThreads, work: Callable[[], object]) -> int:
    """How often the event loop goes round before `work` is done."""
    doing = asyncio.ensure_future(threads.run(Weight.HEAVY, work))
    turns = 0
    while not doing.done():
        await asyncio.sleep(0)
        turns += 1
    await doing
    return turns


async def test_the_event_loop_turns_while_the_primes_of_an_rsa_key_are_sought(threads: WorkThreads) -> None:
    assert await turns_meanwhile(threads, lambda: generate_material("RSA_4096")) > 100


@pytest.mark.parametrize(
    ("spec", "algorithm"),
    [("RSA_4096", "RSASSA_PSS_SHA_256"), ("ML_DSA_87", "ML_DSA_SHAKE_256"), ("ECC_NIST_P521", "ECDSA_SHA_512")],
)
async def test_the_event_loop_turns_during_every_signature(threads: WorkThreads, spec: str, algorithm: str) -> None:
    """A library that held Python's lock would let it turn once in 5 ms, which is once in several signatures, always."""
    sign, turns = signatures(spec, algorithm), list[int]()
    while len(turns) < TRIES and max(turns, default=0) <= 5 * SIGNATURES:
        turns.append(await turns_meanwhile(threads, sign))
    assert max(turns) > 5 * SIGNATURES


def test_every_weight_but_light_has_a_lane() -> None:
    assert set(LANES) == set(Weight) - {Weight.LIGHT}


async def test_a_lane_tells_what_waits_and_what_it_has_refused(threads: WorkThreads) -> None:
    goes_on = threading.Event()
    waiting = [asyncio.ensure_future(threads.run(Weight.HEAVY, goes_on.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    for _ in range(3):
        with pytest.raises(Throttled):
            await threads.run(Weight.HEAVY, goes_on.wait)
    assert threads.figures() == {"heavy": Busy(2, 3), "slow": Busy(0, 0)}
    goes_on.set()
    await asyncio.gather(*waiting)
    assert threads.figures()["heavy"] == Busy(0, 3)
