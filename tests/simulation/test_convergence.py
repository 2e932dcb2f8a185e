"""After any faults, healed regions agree, and everything that was acknowledged is in effect once.

A failing seed says how to run it alone. More seeds: `KEYTIDE_SEEDS=1000:3000 make test ARGS=tests/simulation`.
"""

import os
from collections import Counter

import pytest

from replication.judge import Verdict
from replication.record import decode_envelope, decode_record, record_hash
from shared.keys.heirs import inherited_from
from shared.keys.model import Key
from tests.replication.virtual_time import run_in_virtual_time
from tests.simulation.family import FamilyWorld
from tests.simulation.region import SimulatedRegion
from tests.simulation.world import World

FIRST, LAST = map(int, os.environ.get("KEYTIDE_SEEDS", "0:200").split(":"))
SEEDS_EACH = 20


@pytest.mark.parametrize("made", [World, FamilyWorld])
@pytest.mark.parametrize("first", range(FIRST, LAST, SEEDS_EACH))
def test_healed_regions_agree(first: int, made: type[World]) -> None:
    for seed in range(first, min(first + SEEDS_EACH, LAST)):
        try:
            run_in_virtual_time(_live_and_check(made(seed)))
        except BaseException as failure:
            failure.add_note(f"again: KEYTIDE_SEEDS={seed}:{seed + 1} make test ARGS=tests/simulation")
            raise


async def _live_and_check(world: World) -> None:
    try:
        await world.run()
        _regions_agree(world)
        for region in world.regions.values():
            assert region.alarms == []
            digest, outcomes = region.rebuilt()
            assert digest == region.digest()
            _no_command_twice(region, Counter(o.record_hash for o in outcomes if o.verdict is Verdict.APPLIED))
            _nothing_regional_is_shared(region)
        _acknowledged_is_in_effect(world)
    finally:
        await world.close()


def _shared_part(key: Key) -> tuple[object, ...]:
    """All but what belongs to one region: its secrets, and until when it may use them."""
    materials = [material._replace(wrapped=None, valid_to=None) for material in key.materials]
    return key.primary_region, key.replica_regions, key.epoch, key.rotation, key.under_way, materials


def _regions_agree(world: World) -> None:
    """The same multi-region keys with the same replicas; single-region keys nowhere else; materials where held.

    A replica that went while it was made the primary leaves a key without a primary, and takes nobody with it.
    """
    keys = {name: region.keys() for name, region in world.regions.items()}
    shared = [
        {key_id: _shared_part(key) for key_id, key in held.items() if key.is_multi_region} for held in keys.values()
    ]
    assert shared[0] == shared[1] == shared[2]
    single = [key_id for held in keys.values() for key_id, key in held.items() if not key.is_multi_region]
    assert len(set(single)) == len(single)
    for name, held in keys.items():
        for key in held.values():
            is_here = name in key.replica_regions or key.primary_region in (name, None)
            if key.primary_region != name or not key.epoch:
                assert key.held_here == is_here
            _secrets_are_where_they_may_be(key)


def _secrets_are_where_they_may_be(key: Key) -> None:
    """A key is enabled with all of its material alone, and only a region that holds the key has any of it."""
    here = [material.wrapped is not None for material in key.materials if not material.pending]
    if key.origin == "EXTERNAL":
        assert (key.state == "PendingImport") == (key.held_here and not (here and all(here)))
        assert key.held_here or not any(material.wrapped for material in key.materials)
    else:
        assert set(here) == {key.held_here}


def _no_command_twice(region: SimulatedRegion, applied: Counter[bytes]) -> None:
    assert set(applied.values()) <= {1}
    envelopes = {}
    for encoded in region.local.entries[0]:
        signed = decode_record(encoded).signed
        envelopes[record_hash(signed)] = decode_envelope(signed)
    commands = Counter(envelopes[hash_].command_id for hash_ in applied if envelopes[hash_].command_id is not None)
    assert set(commands.values()) <= {1}


def _nothing_regional_is_shared(region: SimulatedRegion) -> None:
    """But what a new replica is given, and the name and settings of a key that another has inherited from."""
    named = {inherited_from(key) for key in region.keys().values()}
    own = [key for key in region.keys().values() if key.heir_key_id is None and inherited_from(key) is None]
    single = [key.key_id.encode() for key in own if not key.is_multi_region and key.key_id not in named]
    described = [key.description.encode() for key in own if key.description.startswith("described")]
    tagged = [name.encode() for key in own for name, _ in key.tags if name.startswith("tag ")]
    shared = b"".join(region.shared.entries[0])
    assert not [text for text in (b"canary", b"alias/", *single, *described, *tagged) if text in shared]


def _acknowledged_is_in_effect(world: World) -> None:
    for command in world.commands:
        key_id, tag = command.tag or ("", "")
        key = world.regions[command.region].keys().get(key_id)
        if command.applied and key is not None and key.held_here:
            assert dict(key.tags)[tag] == "set"
    created = [command.number for command in world.commands if command.applied]
    assert created, "nothing was ever acknowledged: the world is too hostile to prove anything"
