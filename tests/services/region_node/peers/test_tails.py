"""What others have of a lost region is waited for, before a region takes its place."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from replication.pulses.heard import Heard, HeardPulse
from replication.pulses.pulse import Pulse
from replication.records.position import Head
from services.region_node.peers.handing_on import Handed
from services.region_node.peers.tails import Tails
from services.region_node.pulses.settings import PulseSettings
from shared.identifiers import partition_of
from shared.keys.errors import TailMissing
from tests.services.region_node.running_replicator import ACCOUNT, NOW, PARTITIONS, REGIONS

LOST, HERE, THIRD = REGIONS
PARTITION = partition_of(ACCOUNT, PARTITIONS)
NOTHING = Handed(0, {THIRD: "the carrier is away"})


def tails(*adopted: int, told: int = 3, said_at: int = NOW, handed: Handed = NOTHING) -> Tails:
    """Of a region that has adopted so many records, look by look; the third region says that it has `told`, and whoever
    is asked has `handed` on what it has."""
    heads = [Head(number, b"h" * 32) for number in adopted]
    there = tuple(Head(told if number == PARTITION else 99, b"h" * 32) for number in range(PARTITIONS))
    heard = Heard(THIRD, PARTITIONS)
    heard.hear(HeardPulse(Pulse(1, THIRD, said_at, there, {LOST: there}), b"", said_at))

    def head(partition: int) -> Any:
        assert partition == PARTITION
        return SimpleNamespace(adopted={LOST: heads.pop(0) if len(heads) > 1 else heads[0]})

    peers = tuple(SimpleNamespace(region=region) for region in (LOST, THIRD))
    settings: Any = SimpleNamespace(region=HERE, partitions=PARTITIONS, peers=peers, pulses=PulseSettings())
    pulses: Any = SimpleNamespace(heard={THIRD: heard})

    async def hand_on(region: str, partition: int) -> Handed:
        assert (region, partition) == (LOST, PARTITION)
        return handed

    return Tails(settings, head, pulses, hand_on, lambda: NOW)


async def fetch(tails: Tails, *, seconds: int = 0, without: bool = False) -> tuple[str, ...]:
    return await tails.of_account(ACCOUNT, LOST, seconds, without)


async def test_a_home_is_taken_over_once_all_is_here_that_another_region_has_of_it() -> None:
    assert await fetch(tails(1, 2, 3), seconds=20) == ()


BEHIND = f"{THIRD} has adopted 3 records of {LOST}, and {HERE} 2"
UNHEARD = f"{THIRD} is not heard: what it has adopted of {LOST} is not known"


@pytest.mark.parametrize(("said_at", "lacking"), [(NOW, BEHIND), (NOW - 3_600_000, UNHEARD)])
async def test_what_does_not_come_in_time_is_named_and_so_is_who_is_not_heard(said_at: int, lacking: str) -> None:
    with pytest.raises(TailMissing, match=f"^{lacking}$"):
        await fetch(tails(2, said_at=said_at))
    assert await fetch(tails(2, said_at=said_at), seconds=20, without=True) == (lacking,)


async def test_a_stand_by_that_has_heard_nobody_yet_waits_for_their_pulses() -> None:
    started = tails(3)
    heard, started._pulses.heard = started._pulses.heard, {}
    asyncio.get_running_loop().call_later(0.15, setattr, started._pulses, "heard", heard)
    assert await fetch(started, seconds=20) == ()


@pytest.mark.parametrize(
    ("beats", "said_at", "answers"),
    [
        (20_000, NOW - 50_000, True),  # three of its own beats
        (20_000, NOW - 70_000, False),
        (3_600_000, NOW - 80_000, True),  # the longest beat that may be set
        (3_600_000, NOW - 100_000, False),
    ],
)
def test_whoever_beats_slowly_is_heard_for_three_of_its_beats(beats: int, said_at: int, answers: bool) -> None:
    heads = tuple(Head(3, b"h" * 32) for _ in range(PARTITIONS))
    heard, slow = Heard(THIRD, PARTITIONS), tails(3)
    for moment in (said_at - beats, said_at):
        heard.hear(HeardPulse(Pulse(1, THIRD, moment, heads, {LOST: heads}), b"", moment))
    slow._pulses.heard[THIRD] = heard
    assert slow.answers(THIRD) == answers


async def test_a_promotion_does_not_wait_for_whom_it_does_not_hear_and_names_it() -> None:
    tail = await tails(2, said_at=NOW - 3_600_000).fetched(LOST, PARTITION, 0, required=True)
    assert tail.unheard == (THIRD,)


async def test_who_does_without_the_tail_waits_for_nothing() -> None:
    tail = await tails(2).fetched(LOST, PARTITION, 0, required=False)
    assert (tail.wanted, tail.of) == (3, THIRD)


SILENT = NOW - 3_600_000


@pytest.mark.parametrize("said_at", [NOW, SILENT])
async def test_what_was_handed_on_is_waited_for_whatever_the_pulses_say(said_at: int) -> None:
    handed = Handed(5, {THIRD: ""})
    assert (
        await tails(3, 4, 5, said_at=said_at, handed=handed).fetched(LOST, PARTITION, 20, required=True)
    ).unheard == ()
    assert await fetch(tails(3, 4, 5, said_at=said_at, handed=handed), seconds=20) == ()


async def test_what_was_handed_on_and_cannot_be_adopted_yet_is_named() -> None:
    resting = f"^record 4 of {LOST} rests on what {HERE} lacks of other regions$"
    for said_at in (NOW, SILENT):
        behind = tails(3, said_at=said_at, handed=Handed(5, {THIRD: ""}))
        with pytest.raises(TailMissing, match=resting):
            await fetch(behind)
        with pytest.raises(TailMissing, match=resting):
            await behind.fetched(LOST, PARTITION, 0, required=True)


async def test_a_promotion_waits_for_what_a_region_says_that_it_has() -> None:
    assert (await tails(1, 2, 3).fetched(LOST, PARTITION, 20, required=True)).wanted == 3
    with pytest.raises(TailMissing, match=f"^{BEHIND}$"):
        await tails(2).fetched(LOST, PARTITION, 0, required=True)
