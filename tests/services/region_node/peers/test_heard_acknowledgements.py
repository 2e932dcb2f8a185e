"""Regions whose replicators run: a change is known to be adopted as soon as a peer has signed so, and not before."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from replication.pulses.pulse import Pulse, encode_pulse
from replication.records.position import Head
from replication.writing.draft import Answer
from services.region_node.peers import heard_acknowledgements as acknowledgements
from services.region_node.pulses.settings import PulseSettings
from shared.identifiers import partition_of
from shared.keys.synchronous import Synchronous
from tests.services.region_node.running_replicator import (
    ACCOUNT,
    KEYS,
    PARTITIONS,
    REGIONS,
    RunningRegion,
    eventually,
    regions,
)

HOME, PEER, THIRD = REGIONS
PARTITION = partition_of(ACCOUNT, PARTITIONS)
ALL = Synchronous(0, frozenset((PEER, THIRD)))


@asynccontextmanager
async def three(*started: str) -> AsyncIterator[dict[str, RunningRegion]]:
    """Regions whose pulses come too seldom to tell anything in time."""
    async with regions(*REGIONS) as made:
        for region in made.values():
            region.settings = replace(region.settings, pulses=PulseSettings(every_milliseconds=30_000))
        for name in started or REGIONS:
            made[name].start()
        for name in started or REGIONS:
            await (made[name].vouched() if started == (name,) else made[name].ready())
        yield made


async def shared_change(region: RunningRegion) -> int:
    """Its number among what the region shares."""
    answers: list[Answer] = []
    submit = region.submit

    async def noted(draft):  # type: ignore[no-untyped-def]
        answers.append(await submit(draft))
        return answers[-1]

    region.submit = noted  # type: ignore[method-assign]
    await region.create_key()
    region.submit = submit  # type: ignore[method-assign]
    assert answers[-1].shared is not None
    return answers[-1].shared.sequence


async def test_a_change_is_acknowledged_long_before_the_next_pulse() -> None:
    async with three() as region:
        for _ in range(3):
            number = await shared_change(region[HOME])
            started = time.monotonic()
            assert await region[HOME].client.adopted(PARTITION, number, ALL, 10) == ()
            assert time.monotonic() - started < 5
        adopted = region[HOME].replicator._standing.acknowledgements.adopted(PARTITION)
        assert adopted == {PEER: number, THIRD: number}
        assert region[HOME].told["counters"] == {}


async def test_many_that_wait_are_told_together_and_nothing_is_left_behind() -> None:
    async with three() as region:
        numbers = [await shared_change(region[HOME]) for _ in range(20)]
        client = region[HOME].client
        assert set(await asyncio.gather(*(client.adopted(PARTITION, number, ALL, 10) for number in numbers))) == {()}
        kept = region[HOME].replicator._standing.acknowledgements
        assert sum(map(len, kept._wanted.values())) == 0
        await eventually(lambda: not kept._asking)


async def test_what_is_missing_at_the_deadline_is_named_and_a_later_wait_ends_well() -> None:
    async with three(HOME, PEER) as region:
        number, client = await shared_change(region[HOME]), region[HOME].client
        assert await client.adopted(PARTITION, number, Synchronous(1), 10) == ()
        assert await client.adopted(PARTITION, number, Synchronous(2), 0.2) == ("1 of the other regions",)
        missed = asyncio.create_task(client.adopted(PARTITION, number, ALL, 5))
        await eventually(lambda: "acknowledgement of ap-southeast-2" in str(region[HOME].told["troubles"]))
        assert await missed == (THIRD,)
        await eventually(lambda: "acknowledgement of ap-southeast-2" not in str(region[HOME].told["troubles"]))
        waiting = asyncio.create_task(client.adopted(PARTITION, number, ALL, 20))
        region[THIRD].start()
        await region[THIRD].ready()
        assert await waiting == ()


async def test_a_record_that_does_not_exist_is_never_adopted() -> None:
    async with three() as region:
        number = await shared_change(region[HOME])
        assert await region[HOME].client.adopted(PARTITION, number + 1, ALL, 0.5) == (THIRD, PEER)


async def test_too_many_waits_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acknowledgements, "WAITING_MOST", 1)
    async with three(HOME) as region:
        waiting = asyncio.create_task(region[HOME].client.adopted(PARTITION, 1, ALL, 30))
        kept = region[HOME].replicator._standing.acknowledgements
        await eventually(lambda: kept._wanted.get(PARTITION))
        assert await region[HOME].client.adopted(PARTITION, 1, ALL, 3) == ("too many changes wait already",)
        waiting.cancel()


def pulse_of(region: str, head: Head, signer: str = "") -> bytes:
    nothing = Head(0, bytes(32))
    row = tuple(head if number == PARTITION else nothing for number in range(PARTITIONS))
    said = Pulse(1, region, time.time_ns() // 1_000_000, (nothing,) * PARTITIONS, {HOME: row})
    return encode_pulse(said, KEYS[signer or region].identity.sign)


class Lying:
    """A peer's connection on which somebody answers in its place."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    async def adopted(self, *_asked: object) -> bytes:
        await asyncio.sleep(0.01)
        return self._answer


@pytest.mark.parametrize("lie", ["another's signature", "another's pulse", "another history", "less than asked"])
async def test_an_acknowledgement_that_the_peer_has_not_signed_or_of_another_history_counts_for_nothing(
    lie: str,
) -> None:
    async with three(HOME) as region:
        number = await shared_change(region[HOME])
        head = region[HOME].replicator._materializer.head(PARTITION).shared
        lies = {
            "another's signature": pulse_of(PEER, head, THIRD),
            "another's pulse": pulse_of(THIRD, head),
            "another history": pulse_of(PEER, Head(head.sequence, b"another".ljust(32, b"."))),
            "less than asked": pulse_of(PEER, Head(0, bytes(32))),
        }
        peers = region[HOME].replicator._federation.acknowledgers
        peers.clear()
        peers[PEER] = Lying(lies[lie])  # type: ignore[assignment]
        asked = Synchronous(0, frozenset((PEER,)))
        assert await region[HOME].client.adopted(PARTITION, number, asked, 1) == (PEER,)
        assert await region[HOME].client.adopted(PARTITION, number, Synchronous(1), 0.3) != ()
        peers[PEER] = Lying(pulse_of(PEER, head))  # type: ignore[assignment]
        assert await region[HOME].client.adopted(PARTITION, number, asked, 5) == ()
