"""After any faults and the loss of a region, the others agree: what it had given to one of them, all have.

More seeds: `KEYTIDE_SEEDS=1000:3000 make test ARGS=tests/simulation`.
"""

import pytest

from replication.body import decode_adoption
from replication.record import decode_envelope, decode_record
from tests.replication.virtual_time import run_in_virtual_time
from tests.simulation.lost import LossyWorld
from tests.simulation.region import SimulatedRegion
from tests.simulation.test_convergence import FIRST, LAST, SEEDS_EACH


@pytest.mark.parametrize("first", range(FIRST, LAST, SEEDS_EACH))
def test_what_a_lost_region_had_given_to_one_reaches_all(first: int) -> None:
    for seed in range(first, min(first + SEEDS_EACH, LAST)):
        try:
            run_in_virtual_time(_live_lose_and_check(LossyWorld(seed)))
        except BaseException as failure:
            failure.add_note(f"again: KEYTIDE_SEEDS={seed}:{seed + 1} make test ARGS=tests/simulation/test_lost.py")
            raise


async def _live_lose_and_check(world: LossyWorld) -> None:
    try:
        await world.run()
        one, other = world.left
        assert (one.alarms, other.alarms) == ([], [])
        assert _adopted(one, world.lost) == _adopted(other, world.lost)
        for region in world.left:
            digest, _ = region.rebuilt()
            assert digest == region.digest()
    finally:
        await world.close()


def _adopted(region: SimulatedRegion, lost: str) -> list[bytes]:
    """The records of the lost region as they stand in the log of another, each once."""
    envelopes = [decode_envelope(decode_record(encoded).signed) for encoded in region.local.entries[0]]
    found = [one for one in envelopes if one.origin is not None and one.origin[0] == lost]
    records = {one.origin[1]: decode_adoption(one.body or b"").shared_record for one in found if one.origin}
    head = region.materializer.head(0).adopted_numbers().get(lost, 0)
    return [records[number] for number in range(1, head + 1)]
