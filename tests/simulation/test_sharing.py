"""After any faults, what a key's regions are to have in common they have in common, and what was ended stays ended.

A failing seed says how to run it alone. More seeds: `KEYTIDE_SEEDS=1000:3000 make test ARGS=tests/simulation`.
"""

import pytest

from replication.rows import Row, decode_row
from replication.state_store import STREAMS, row_key
from replication.view import SnapshotView
from shared.grants.lookup import is_of
from shared.keys.model import Key
from shared.keys.sharing import ALIASES, GRANTS, POLICY, REPLICATE_TAG, TAGS, alias_names, is_common
from tests.replication.virtual_time import run_in_virtual_time
from tests.replication.written_log import ACCOUNT
from tests.simulation.promotion_of_sharing import PromotionOfSharingWorld
from tests.simulation.region import PARTITIONS, SimulatedRegion
from tests.simulation.sharing import SHARED, SharingWorld
from tests.simulation.test_convergence import FIRST, LAST, SEEDS_EACH


@pytest.mark.parametrize("made", [SharingWorld, PromotionOfSharingWorld])
@pytest.mark.parametrize("first", range(FIRST, LAST, SEEDS_EACH))
def test_healed_regions_have_in_common_what_the_key_asks_for(first: int, made: type[SharingWorld]) -> None:
    for seed in range(first, min(first + SEEDS_EACH, LAST)):
        try:
            run_in_virtual_time(_live_and_check(made(seed)))
        except BaseException as failure:
            failure.add_note(f"again: KEYTIDE_SEEDS={seed}:{seed + 1} make test ARGS=tests/simulation")
            raise


async def _live_and_check(world: SharingWorld) -> None:
    try:
        await world.run()
        await world.settle()
        for region in world.regions.values():
            assert region.alarms == []
            assert region.rebuilt()[0] == region.digest()
        first, *others = map(_shared_grants, world.regions.values())
        assert all(other == first for other in others)
        _followed(world)
    finally:
        await world.close()


def _shared_grants(region: SimulatedRegion) -> dict[bytes, Row]:
    """Those that stand and those that were ended, whether or not the region holds the key."""
    prefix = row_key(0, "shared-grant/")
    with region.store.read() as snapshot:
        rows = {name: decode_row(encoded) for name, encoded in snapshot.scan(STREAMS, prefix, prefix)}
    return {name: row._replace(revision=0) for name, row in rows.items()}


def _followed(world: SharingWorld) -> None:
    views = {name: SnapshotView(region.store.read(), PARTITIONS) for name, region in world.regions.items()}
    keys = {name: view.key(ACCOUNT, SHARED) for name, view in views.items()}
    held = {name: key for name, key in keys.items() if key is not None and key.held_here}
    primary = next(key.primary_region for key in keys.values() if key is not None)
    if primary not in held:  # it went while it was made the primary
        return
    members = (primary, *held[primary].replica_regions)
    for name, key in held.items():
        if name not in members:  # an overtaken record gave it the key
            continue
        assert dict(key.tags).get(REPLICATE_TAG) == dict(held[primary].tags).get(REPLICATE_TAG)
        for word, told in _TOLD.items():
            if is_common(key, word):
                assert told(views[name], key) == told(views[primary], held[primary]), (name, word)


def _grants(view: SnapshotView, key: Key) -> list[object]:
    return [grant for grant in view.grants(ACCOUNT, SHARED, "") if is_of(grant, key)]


_TOLD = {
    POLICY: lambda _view, key: key.policy,
    TAGS: lambda _view, key: key.tags,
    ALIASES: lambda _view, key: alias_names(key),
    GRANTS: _grants,
}
