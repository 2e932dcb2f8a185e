"""What others have of a lost region is waited for, before a region takes its place."""

from types import SimpleNamespace
from typing import Any

import pytest

from replication.heard import Heard, HeardPulse
from replication.position import Head
from replication.pulse import Pulse
from services.region_node.pulse_settings import PulseSettings
from services.region_node.tails import Tails
from shared.identifiers import partition_of
from shared.keys.errors import TailMissing
from tests.services.region_node.running_replicator import ACCOUNT, NOW, PARTITIONS, REGIONS

LOST, HERE, THIRD = REGIONS
PARTITION = partition_of(ACCOUNT, PARTITIONS)


def tails(*adopted: int, told: int = 3, said_at: int = NOW) -> Tails:
    """Of a region that has adopted so many records, look by look; the third region says that it has `told`."""
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
    return Tails(settings, head, pulses, lambda: NOW)


async def test_a_home_is_taken_over_once_all_is_here_that_another_region_has_of_it() -> None:
    assert await tails(1, 2, 3).of_account(ACCOUNT, LOST, wait_seconds=20) == ()


async def test_what_does_not_come_in_time_is_named() -> None:
    with pytest.raises(TailMissing, match=f"{THIRD} has adopted 3 records of {LOST}, and {HERE} 2"):
        await tails(2).of_account(ACCOUNT, LOST, wait_seconds=0)


async def test_a_region_that_is_not_heard_is_not_waited_for_and_named() -> None:
    assert await tails(2, said_at=NOW - 3_600_000).of_account(ACCOUNT, LOST, wait_seconds=0) == (THIRD,)


async def test_who_does_without_the_tail_waits_for_nothing() -> None:
    tail = await tails(2).fetched(LOST, PARTITION, 0, required=False)
    assert (tail.wanted, tail.of) == (3, THIRD)
