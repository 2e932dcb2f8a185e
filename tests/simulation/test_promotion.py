"""After any faults and any promotions, healed regions agree, and nothing that was acknowledged is lost silently.

A failing seed says how to run it alone. More seeds: `KEYTIDE_SEEDS=1000:3000 make test ARGS=tests/simulation`.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from replication.body import decode_shared
from replication.judge import Verdict
from replication.record import decode_envelope, decode_record
from shared import events as e
from shared.keys.epochs import counts
from shared.keys.history import OF_THE_PRIMARY, is_overtaken
from shared.keys.model import Key
from tests.replication.virtual_time import run_in_virtual_time
from tests.simulation.promotion import PromotionWorld, listed, strayed
from tests.simulation.test_convergence import FIRST, LAST, SEEDS_EACH


@pytest.mark.parametrize("first", range(FIRST, LAST, SEEDS_EACH))
def test_whoever_is_promoted_healed_regions_agree(first: int) -> None:
    for seed in range(first, min(first + SEEDS_EACH, LAST)):
        try:
            run_in_virtual_time(_live_and_check(PromotionWorld(seed)))
        except BaseException as failure:
            failure.add_note(f"again: KEYTIDE_SEEDS={seed}:{seed + 1} make test ARGS=tests/simulation")
            raise


async def _live_and_check(world: PromotionWorld) -> None:
    try:
        await world.run()
        await world.settle()
        for region in world.regions.values():
            assert region.alarms == []
            digest, outcomes = region.rebuilt()
            assert digest == region.digest()
            assert not [outcome for outcome in outcomes if outcome.verdict in (Verdict.FROZEN, Verdict.OVERREACH)]
        first, *others = ({key_id: _shared(key) for key_id, key in r.keys().items()} for r in world.regions.values())
        assert all(other == first for other in others)
        for name, region in world.regions.items():
            for key in region.keys().values():
                _primary_is_one_of_them(key, name)
                _every_secret_is_here(key, name)
                _nothing_is_lost_silently(key, world)
    finally:
        await world.close()


def _shared(key: Key) -> tuple[object, ...]:
    materials = [material._replace(wrapped=None, valid_to=None) for material in key.materials]
    return key.present_epoch, key.replica_regions, key.rotation, key.under_way, key.chain, materials, listed(key)


def _primary_is_one_of_them(key: Key, region: str) -> None:
    if region in key.replica_regions:
        assert key.held_here
    if key.held_here and region not in (key.primary_region, *key.replica_regions):
        assert strayed(key, region)


def _every_secret_is_here(key: Key, region: str) -> None:
    """What may have encrypted anything decrypts in every region of the key, overtaken or not."""
    if key.origin == "AWS_KMS" and key.held_here and region in (key.primary_region, *key.replica_regions):
        assert all(material.wrapped is not None for material in key.materials)


def _nothing_is_lost_silently(key: Key, world: PromotionWorld) -> None:
    """Whatever a primary has shared is in effect, or listed, or was settled."""
    remembered = Counter((change.origin, change.number) for change in key.history if is_overtaken(key, change))
    for origin, number, epoch, event in _said(key, world):
        if counts(key, epoch, number):
            assert (origin, number) not in remembered
        elif not isinstance(event, e.OvertakenSettled):
            assert remembered[origin, number] or _was_settled(key, world, origin, number), (origin, number, event)


def _was_settled(key: Key, world: PromotionWorld, origin: str, number: int) -> bool:
    return any(
        isinstance(event, e.OvertakenSettled) and (event.region, event.number) == (origin, number)
        for _, _, _, event in _said(key, world)
    )


def _said(key: Key, world: PromotionWorld) -> Iterator[tuple[str, int, tuple[int, str], e.Event]]:
    for name, region in world.regions.items():
        envelopes = {}
        for encoded in region.shared.entries[0]:
            envelope = decode_envelope(decode_record(encoded).signed)
            envelopes[envelope.sequence] = envelope
        for number, envelope in envelopes.items():
            for event in decode_shared(envelope.shared or b""):
                if isinstance(event, OF_THE_PRIMARY) and event.key_id == key.key_id and envelope.key_epoch:
                    yield name, number, envelope.key_epoch, event
