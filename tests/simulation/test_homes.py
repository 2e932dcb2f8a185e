"""Whoever takes an account over, and whenever it is heard of: regions come to agree, and nothing is lost silently."""

import os
from collections.abc import Mapping
from typing import Any

import pytest

from replication.event_log import Entry
from replication.judge import Verdict
from replication.verify_chain import Numbering
from replication.verify_fold import PlainFold
from replication.verify_state import PartitionState, compare
from shared.errors import KeytideError
from shared.identity import decide_overtaken, overtaken
from tests.simulation.homes import HomesWorld, account_of, asked_for, listed, rows_of
from tests.simulation.invariants import acknowledging, folding
from tests.simulation.planting import Planting, code
from tests.simulation.region import SimulatedRegion
from tests.simulation.rest import Rest
from tests.simulation.scheduler import run_seeded

SEEDS = int(os.environ.get("KEYTIDE_TEST_HOME_SEEDS", "60"))
SEEDS_TO_CATCH = 80
FIRST_SEED = int(os.environ.get("KEYTIDE_TEST_SEED", "0"))


GONE = (None, False)


def live(seed: int) -> tuple[int, int]:
    """How many changes of the seed's life were overtaken, and how many take-overs there were."""
    world = HomesWorld(seed)
    found = [0, 0]

    async def life() -> None:
        try:
            await world.run()
            rest = Rest(world)
            check_lists(rest)
            found[:] = len(listed(rest, "eu-west-1")), len(account_of(rest.regions["eu-west-1"]).taken)
            await world.settle()
            check_rest(Rest(world))
        finally:
            await world.close()

    run_seeded(life(), seed)
    return found[0], found[1]


def check_lists(rest: Rest) -> None:
    """All regions list the same; whatever any region has refused stands in the list, or was settled."""
    lists = {name: listed(rest, name) for name in rest.regions}
    first, *others = lists.values()
    assert all(one == first for one in others), lists
    for name, history in rest.histories.items():
        for verdict, envelope in history.numbered:
            if verdict is Verdict.OVERREACH:
                assert envelope.origin is not None
                region, number, _ = envelope.origin
                said = rest.histories[region].shared[number]
                assert (region, number) in first or not asked_for(said), (name, region, number)


def check_rest(rest: Rest) -> None:
    """Nothing is open any more, and every region holds the same of the account, but for what is frozen at its home."""
    held = {name: {stream: row[1:] for stream, row in rows_of(one).items()} for name, one in rest.regions.items()}
    home = held[account_of(rest.regions["us-east-1"]).home_region]
    frozen = {stream for stream, (_, is_frozen) in home.items() if is_frozen}
    for name, one in held.items():
        streams = {*one, *home} - frozen
        assert {stream: one.get(stream, GONE) for stream in streams} == {s: home.get(s, GONE) for s in streams}, name
        assert frozen or not listed(rest, name)
    for invariant in (folding.state_is_the_fold_of_the_log, folding.adopted_is_what_was_shared):
        invariant(rest)
    acknowledging.each_command_once(rest)
    for region in rest.regions.values():
        check_by_the_second_rules(region)


def check_by_the_second_rules(region: SimulatedRegion) -> None:
    """As `keytide verify` does."""
    findings: list[str] = []
    numbering = Numbering(region.name, 0, region.identity.record_key, lambda *_: None)
    plain = PlainFold(region.name, 0, 1, lambda *_: None)
    for position, record in enumerate(region.local.entries[0]):
        for numbered in numbering.take(Entry(position, record)):
            plain.take(numbered, numbering.head)
    with region.store.read() as snapshot:
        compare(PartitionState(snapshot, 0), numbering, plain, lambda kind, detail: findings.append(f"{kind} {detail}"))
    assert findings == []


def test_regions_agree_and_nothing_is_lost_silently() -> None:
    overtaken_changes = taken = 0
    for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
        try:
            changes, takings = live(seed)
        except Exception as fault:
            fault.add_note(f"KEYTIDE_TEST_SEED={seed} KEYTIDE_TEST_HOME_SEEDS=1")
            raise
        overtaken_changes, taken = overtaken_changes + changes, taken + takings
    assert taken > SEEDS // 2
    assert overtaken_changes > SEEDS // 4


def _nothing_taken(_event: Any, _fold: Any) -> Any:
    return ()


def _everything_known(_taking: Any, _adopted: Any) -> bool:
    return True


def _nothing_restated(_said: Any, _view: Any, _account: str) -> Any:
    return []


def _hand_over_stands(_account: Any, _event: Any) -> bool:
    return False


PLANTED: Mapping[str, Planting] = {
    "a take-over does not say what it has adopted": code(overtaken.taking_of, _nothing_taken),
    "nothing is taken for overtaken": code(overtaken.knows, _everything_known),
    "the home does not say what it holds": code(decide_overtaken._as_it_is, _nothing_restated),
    "a hand-over stands beside the take-over": code(overtaken.replaces_hand_over, _hand_over_stands),
}


@pytest.mark.parametrize("says", PLANTED)
def test_planted_bug_is_caught(says: str) -> None:
    with PLANTED[says](), pytest.raises((AssertionError, TimeoutError, KeytideError)):
        live_all(SEEDS_TO_CATCH)


def live_all(count: int) -> None:
    for seed in range(count):
        live(seed)
