"""A key that remembers little decides as one that remembers all; and it remembers little, however much was changed."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.event_codec import encode_events
from shared.events import (
    Event,
    KeyDeleted,
    KeyMaterialImported,
    KeyReplicated,
    KeyRotated,
    KeyRotationDisabled,
    MaterialBorn,
    OvertakenSettled,
    materials_of,
)
from shared.keys import condensing
from shared.keys.condensing import events_of, first_number
from shared.keys.epochs import is_known, leaders
from shared.keys.history import holders, imported, is_overtaken, overtaken, regions_of, strays
from shared.keys.model import Key, SharedChange
from shared.keys.settling import first_with
from tests.shared.keys.examples import ACCOUNT, MULTI_REGION_KEY_ID
from tests.shared.keys.key_network import (
    ACTIONS,
    REGIONS,
    SHORT,
    Network,
    Region,
    go,
    promote,
    replicate,
    rotate,
    settle,
    switch,
)

FIRST, SECOND, THIRD = REGIONS
Step: TypeAlias = tuple[str, Callable[[Network, Region], None] | str, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(REGIONS), st.sampled_from((*ACTIONS, *REGIONS, *REGIONS)), st.integers(1, 6)),
    max_size=60,
)
"""Who, what (a region: its records are adopted), how often."""


def lived(network: Network, steps: Sequence[Step]) -> None:
    for name, action, times in steps:
        for _ in range(times):
            region = network.regions[name]
            if callable(action):
                action(network, region)
            elif action != name:
                network.adopt(region, network.regions[action])
            assert [*unlike(region, network)] == []


def settled_down(network: Network) -> None:
    """Everybody adopts everything."""
    pairs = [(one, other) for one in network.regions.values() for other in network.regions.values() if one is not other]
    while any(network.adopt(one, other) for one, other in pairs):
        pass


def unlike(region: Region, network: Network) -> Iterator[object]:
    """What the key that is remembered in short decides otherwise than the one that is remembered whole."""
    short, whole = region.short, region.whole
    if short._replace(history=()) != whole._replace(history=()):
        yield short, whole
    yield from (found for found in (strays, regions_of, leaders) if found(short) != found(whole))
    for name in (material.material_id for material in whole.materials):
        if holders(short).get(name) != holders(whole).get(name):
            yield holders, name
    for record in (record for one in network.regions.values() for record in one.said):
        asked = record.epoch, record.origin, record.adopted
        if is_known(short, *asked) != is_known(whole, *asked):
            yield is_known, record
    said = (event for change in whole.history for event in events_of(change))
    for brought in {material.material_id for event in said for material in materials_of(event)}:
        if imported(short, brought) != imported(whole, brought):
            yield imported, brought
    yield from listed_unlike(short, whole)


def listed_unlike(short: Key, whole: Key) -> Iterator[object]:
    """What is overtaken and open stands in the list, by itself or with others; what is listed is overtaken."""
    listed = overtaken(short)
    for change in overtaken(whole):
        if not any(one.origin == change.origin and first_number(one) <= change.number <= one.number for one in listed):
            yield overtaken, change
    lost = {(change.origin, change.number) for change in whole.history if is_overtaken(whole, change)}
    yield from ({(change.origin, change.number) for change in listed} - lost)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(["AWS_KMS", "EXTERNAL"]), STEPS)
def test_what_is_remembered_in_short_decides_as_all_of_it(origin: str, steps: Sequence[Step]) -> None:
    network = Network(origin)
    lived(network, steps)
    settled_down(network)
    assert [found for region in network.regions.values() for found in unlike(region, network)] == []


@settings(deadline=None, max_examples=60)
@given(STEPS)
def test_what_the_primary_has_settled_is_open_nowhere(steps: Sequence[Step]) -> None:
    """Also where several stand as one in a region that its primary tells apart, or the other way round."""
    network = Network("AWS_KMS")
    lived(network, steps)
    settled_down(network)
    for _ in range(200):
        for region in network.regions.values():
            settle(network, region)
        settled_down(network)
    for region in network.regions.values():
        assert (overtaken(region.short) == []) is (overtaken(region.whole) == [])


def test_what_is_remembered_is_bounded_however_often_a_key_is_changed() -> None:
    """One region never says that it has adopted anything."""
    network = Network("AWS_KMS")
    primary = network.regions[FIRST]
    for _ in range(100):
        switch(network, primary)
        network.adopt(network.regions[SECOND], primary)
    for name in (FIRST, SECOND):
        old, *late = network.regions[name].short.history
        assert (old.since, old.number, old.events) == (1, 100 - SHORT, b"")
        assert [change.number for change in late] == list(range(100 - SHORT + 1, 101))
        assert len(network.regions[name].whole.history) == 100


def test_a_promotion_that_builds_on_some_of_what_stands_as_one_has_the_rest_listed_and_dropped_together() -> None:
    network = Network("AWS_KMS")
    lost, here = network.regions[FIRST], network.regions[THIRD]
    for _ in range(20):
        switch(network, lost)
    for _ in range(5):
        network.adopt(here, lost)
    promote(network, here)
    settled_down(network)
    assert [first_with(here.short, change) for change in overtaken(here.short)] == [6, 18, 19, 20]
    settle(network, here)
    settled_down(network)
    for region in network.regions.values():
        assert overtaken(region.short)[0].number > 17
        assert [change.number for change in overtaken(region.whole)] == [18, 19, 20]


def test_a_record_that_something_hangs_on_stays_however_old() -> None:
    network = Network("AWS_KMS")
    primary, gone = network.regions[FIRST], network.regions[SECOND]
    rotate(network, primary)
    go(network, gone)
    network.adopt(primary, gone)
    replicate(network, primary)
    for _ in range(20):
        switch(network, primary)
    kept = [event for change in primary.short.history[:-SHORT] for event in events_of(change)]
    assert [type(event) for event in kept] == [KeyRotated, KeyDeleted, KeyReplicated]


def test_who_was_given_the_key_is_remembered_though_another_was_given_the_same() -> None:
    network = Network("EXTERNAL")
    primary, *others = (network.regions[name] for name in REGIONS)
    for gone in others:
        go(network, gone)
        network.adopt(primary, gone)
    for _ in others:
        replicate(network, primary)
    for _ in range(20):
        switch(network, primary)
    kept = [event for change in primary.short.history[:-SHORT] for event in events_of(change)]
    assert [event.replica_region for event in kept if isinstance(event, KeyReplicated)] == [SECOND, THIRD]


def test_what_a_rotation_says_for_the_audit_trail_is_not_remembered() -> None:
    """An earlier version, which does not know it, has the same row of the key."""
    network = Network("AWS_KMS")
    primary = network.regions[FIRST]
    sealed = dict.fromkeys((SECOND, THIRD), b"sealed")
    made = MaterialBorn("ab" * 32, MULTI_REGION_KEY_ID, 1, b"wrapped", sealed)
    said = KeyRotated(*NAMED, "ON_DEMAND", "ab" * 32, (made,), previous_material_id="cd" * 32, key_origin="AWS_KMS")
    network.say(primary, said)
    (event,) = events_of(primary.short.history[-1])
    assert isinstance(event, KeyRotated)
    assert (event.material_id, event.previous_material_id, event.key_origin) == ("ab" * 32, "", "")


NAMED = (ACCOUNT, MULTI_REGION_KEY_ID)
BROUGHT = MaterialBorn("ab" * 32, MULTI_REGION_KEY_ID, 1, b"wrapped")
OPEN = SharedChange(SECOND, 5, 0, 1, b"")


def change(number: int, event: Event, claims: tuple[int, str] | tuple[()] = ()) -> SharedChange:
    return SharedChange(FIRST, number, 0, number, encode_events([event]), claims)


@pytest.mark.parametrize(
    ("old", "later", "stays"),
    [
        (change(1, KeyRotationDisabled(*NAMED)), OPEN, False),
        (change(1, KeyRotationDisabled(*NAMED), (1, SECOND)), OPEN, True),
        (
            change(1, KeyMaterialImported(*NAMED, (BROUGHT,))),
            change(2, KeyRotated(*NAMED, "ON_DEMAND", "ab" * 32, (BROUGHT,))),
            True,
        ),
        (change(1, OvertakenSettled(*NAMED, SECOND, 5)), OPEN, True),
        (change(1, OvertakenSettled(*NAMED, SECOND, 5)), OPEN._replace(settled=(0, FIRST, 1)), False),
        (change(1, OvertakenSettled(*NAMED, SECOND, 4)), OPEN, False),
    ],
)
def test_an_old_record_stays_whole_where_something_hangs_on_it(
    old: SharedChange, later: SharedChange, stays: bool
) -> None:
    new = [change(number, KeyRotationDisabled(*NAMED)) for number in range(10, 10 + condensing.WHOLE_MOST)]
    first, *_ = condensing.condensed((old, later, *new))
    assert bool(first.events) is stays


@pytest.mark.parametrize(
    ("other", "stand"),
    [
        ({}, [(1, 3)]),
        ({"origin": SECOND}, [(1, 3), (2, 2)]),
        ({"epoch": 1}, [(1, 1), (2, 2), (3, 3)]),
        ({"settled": (1, SECOND, 9)}, [(1, 1), (2, 2), (3, 3)]),
        ({"claims": (1, SECOND)}, [(1, 1), (2, 2), (3, 3)]),
    ],
)
def test_neighbours_stand_as_one_where_they_are_alike(other: dict[str, Any], stand: list[tuple[int, int]]) -> None:
    old = [change(number, KeyRotationDisabled(*NAMED)) for number in (1, 2, 3)]
    old[1] = old[1]._replace(**other)
    new = [change(number, KeyRotationDisabled(*NAMED)) for number in range(10, 10 + condensing.WHOLE_MOST)]
    kept = condensing.condensed((*old, *new))[: -condensing.WHOLE_MOST]
    assert sorted((first_number(one), one.number) for one in kept) == stand


def test_of_what_may_count_once_the_last_are_enough() -> None:
    """A region settles in an epoch that it has lost, one record after the other."""
    settles = [change(number, OvertakenSettled(*NAMED, SECOND, 5)) for number in range(1, 2 * condensing.STANDING_MOST)]
    new = [change(number, KeyRotationDisabled(*NAMED)) for number in range(1000, 1000 + condensing.WHOLE_MOST)]
    kept = condensing.condensed((OPEN, *settles, *new))
    assert sum(bool(one.events) for one in kept) == condensing.STANDING_MOST + condensing.WHOLE_MOST
