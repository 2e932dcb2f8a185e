"""Regions whose replicators run: how far they say they are, and the receipts that follow."""

import asyncio
from dataclasses import replace

import pytest

from replication.records.change_position import ChangePosition, Shared, position_after
from replication.records.position import Head
from replication.records.receipt import verify_receipt
from replication.writing.draft import Answer
from services.region_node.pulses import barriers
from services.region_node.pulses.settings import PulseSettings
from shared.crypto.region_identity import verify_signature
from shared.identifiers import partition_of
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


def verify(region: str, message: bytes, signature: bytes) -> bool:
    return verify_signature(KEYS[region].card.identity, message, signature)


async def start(*made: RunningRegion) -> None:
    for region in made:
        region.settings = replace(region.settings, pulses=PulseSettings(every_milliseconds=50))
        region.start()
    for region in made:
        await region.ready()


async def changed(region: RunningRegion, *, multi_region: bool) -> ChangePosition:
    """Where a change of the region stands."""
    answers: list[Answer] = []
    submit = region.submit

    async def noted(draft):  # type: ignore[no-untyped-def]
        answers.append(await submit(draft))
        return answers[-1]

    region.submit = noted  # type: ignore[method-assign]
    await region.create_key(multi_region=multi_region)
    region.submit = submit  # type: ignore[method-assign]
    return position_after(region.name, PARTITION, answers[-1].sequence, answers[-1].shared)


async def test_a_receipt_names_every_region_that_has_adopted() -> None:
    async with regions(*REGIONS) as region:
        await start(*region.values())
        position = await changed(region[HOME], multi_region=True)
        reached = await region[HOME].client.reach(position, REGIONS, 10)
        assert reached.lacking == ()
        receipt = verify_receipt(reached.receipt, verify)
        assert receipt.position == position
        assert {statement.region: statement.delay for statement in receipt.statements} == reached.delays
        assert sorted(reached.delays) == sorted((PEER, THIRD))
        later = await changed(region[HOME], multi_region=True)
        assert later.shared is not None
        await region[HOME].client.reach(later, REGIONS, 10)
        assert (await region[HOME].client.reach(position, (PEER,), 10)).delays == {PEER: reached.delays[PEER]}


async def test_a_region_that_is_away_is_named_and_waited_for() -> None:
    async with regions(*REGIONS) as region:
        await start(region[HOME], region[PEER])
        position = await changed(region[HOME], multi_region=True)
        reached = await region[HOME].client.reach(position, REGIONS, 0.5)
        assert (reached.receipt, reached.lacking) == ("", (THIRD,))
        await start(region[THIRD])
        assert (await region[HOME].client.reach(position, REGIONS, 10)).lacking == ()


async def test_what_was_made_up_gets_no_receipt() -> None:
    async with regions(HOME, PEER) as region:
        await start(*region.values())
        position = await changed(region[HOME], multi_region=True)
        regional = await changed(region[HOME], multi_region=False)
        assert position.shared is not None
        assert regional.shared is None
        assert verify_receipt((await region[HOME].client.reach(regional, REGIONS, 1)).receipt, verify).number == 0
        for made_up in (
            position._replace(shared=Shared(position.shared.number, "0" * 32)),
            position._replace(shared=Shared(position.shared.number + 1, "0" * 32)),
            position._replace(sequence=position.sequence + 100),
            regional._replace(sequence=regional.sequence + 100),
            regional._replace(partition=PARTITIONS),
        ):
            reached = await region[HOME].client.reach(made_up, (HOME, PEER), 0.1)
            assert (reached.receipt, bool(reached.lacking)) == ("", True)


async def test_more_barriers_than_there_is_room_for_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(barriers, "UNDER_WAY_MOST", 1)
    async with regions(HOME, PEER) as region:
        region[HOME].start()
        await region[HOME].vouched()
        position = await changed(region[HOME], multi_region=True)
        waiting = asyncio.create_task(region[HOME].client.reach(position, (PEER,), 0.5))
        await asyncio.sleep(0)
        turned_away = await region[HOME].client.reach(position, (PEER,), 5)
        assert (turned_away.lacking, turned_away.reason) == ((PEER,), "too many barriers are under way")
        assert (await waiting).reason == ""
        assert (await region[HOME].client.reach(position, (PEER,), 0.1)).reason == ""


async def test_the_history_of_another_region_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that has adopted other records under our numbers has not adopted ours."""
    async with regions(HOME, PEER) as region:
        await start(*region.values())
        position = await changed(region[HOME], multi_region=True)
        await region[HOME].client.reach(position, (PEER,), 10)
        heard = region[HOME].replicator._standing.pulses.heard[PEER]
        assert heard.latest is not None
        forged = tuple(Head(9, b"\x01" * 32) for _ in range(PARTITIONS))
        pulse = heard.latest.pulse
        other = heard.latest._replace(pulse=type(pulse)(1, PEER, pulse.time, pulse.shared, {HOME: forged}))
        monkeypatch.setattr(heard, "first_beyond", lambda *_: other)
        assert (await region[HOME].client.reach(position, (PEER,), 0.2)).lacking == (PEER,)


async def test_peers_say_how_far_behind_they_are() -> None:
    async with regions(HOME, PEER) as region:
        await start(*region.values())
        position = await changed(region[HOME], multi_region=True)
        await region[HOME].client.reach(position, (PEER,), 10)
        await eventually(lambda: "seconds_behind" in told(region[HOME]))
        assert told(region[HOME])["records_behind_there"] == 0
        await region[PEER].stop()
        await changed(region[HOME], multi_region=True)
        assert told(region[HOME])["records_behind_there"] == 1
        await eventually(lambda: told(region[HOME])["pulse_age_seconds"] > 0.3)


def told(region: RunningRegion) -> dict[str, float]:
    return region.told["peers"].get(PEER, {})  # type: ignore[attr-defined,no-any-return]


async def test_a_clock_that_differs_from_the_peers_brings_about_nothing_that_is_due() -> None:
    async with regions(HOME) as region:
        await start(region[HOME])
        due = region[HOME].replicator._own_work.due
        found: list[int] = []
        due._found = lambda partition: found.append(partition) or []  # type: ignore[method-assign,func-returns-value]
        due._clock_agrees = lambda: False
        await due.run()
        assert found == []
        due._clock_agrees = lambda: True
        await due.run()
        assert found == list(range(PARTITIONS))
