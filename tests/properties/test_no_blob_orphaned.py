"""Whatever becomes of a key: what it has encrypted opens in every region that holds it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.key_lives import REGIONS, World

_region = st.sampled_from(REGIONS)
_replicas = st.sets(_region, min_size=1).map(lambda names: tuple(sorted(names)))
_key = st.integers(0, 3)

STEPS = st.one_of(
    st.tuples(st.just("rotate"), _region, _key),
    st.tuples(st.just("rotate"), _region, _key),
    st.tuples(st.just("replicate"), _region, _key, _region),
    st.tuples(st.just("hand_over"), _region, _key, _region),
    st.tuples(st.just("convert"), _region, _key, _replicas),
    st.tuples(st.just("delete"), _region, _key),
    st.tuples(st.just("adopt"), _region, _region),
    st.tuples(st.just("pulse"), _region, _region),
    st.just(("pulses",)),
    st.just(("settle",)),
)
OF_KEYS = frozenset(("rotate", "replicate", "hand_over", "convert", "delete"))
LIVES = st.lists(STEPS, min_size=10, max_size=80)


def begun(*, overdue: bool) -> World:
    """A key of one region, one with a replica, one with two."""
    world = World(overdue=overdue)
    first, second, third = REGIONS
    world.create(first, multi_region=False)
    world.create(first, multi_region=True, replicas=(second,))
    world.create(second, multi_region=True, replicas=(first, third))
    world.settle()
    return world


def take(world: World, step: tuple[object, ...]) -> None:
    """The step; then every region finishes what it may, and encrypts under every key that it has."""
    name, *arguments = step
    if name in OF_KEYS:
        number = arguments[1]
        assert isinstance(number, int)
        arguments[1] = world.key_ids[number % len(world.key_ids)]
    world.attempt(str(name), *arguments)
    for region in REGIONS:
        for key_id in world.key_ids:
            world.finish(region, key_id)
            world.encrypt(region, key_id)


@settings(max_examples=200, deadline=None)
@given(LIVES)
def test_a_fresh_blob_opens_at_once_in_every_region_that_holds_its_key(life: list[tuple[object, ...]]) -> None:
    world = begun(overdue=False)
    for step in life:
        take(world, step)
        assert world.unopened() == []


@settings(max_examples=200, deadline=None)
@given(LIVES)
def test_what_was_not_waited_for_opens_once_everything_is_adopted(life: list[tuple[object, ...]]) -> None:
    world = begun(overdue=True)
    for step in life:
        take(world, step)
    world.settle()
    assert world.unopened() == []


def test_the_test_would_see_an_orphan() -> None:
    """Without the waiting, a region that is behind cannot open a fresh blob: the very fault against which it stands."""
    world = begun(overdue=True)
    key_id = world.key_ids[1]
    world.rotate(REGIONS[0], key_id)
    world.finish(REGIONS[0], key_id)
    world.encrypt(REGIONS[0], key_id)
    assert [name for name, _ in world.unopened()] == [REGIONS[1]]
    world.settle()
    assert world.unopened() == []
