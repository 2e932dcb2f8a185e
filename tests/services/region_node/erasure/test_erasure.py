"""What was destroyed is erased: of all that is kept nothing opens under the keys that are left, and all else does."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from replication.fold.judge import Verdict
from replication.writing.draft import Answer, Draft
from services.region_node.keys.cabinet import sealing_file
from services.region_node.keys.key_files import open_region_keys
from services.region_node.keys.vault import material_binding
from shared.crypto.sealing import SealingKey
from shared.erasure.events import SecretRequested
from shared.identifiers import partition_of
from shared.secrets import Secret
from tests.erasure_proof import SEALED, WRAPPED, Opened, holding, opened, surviving_keys
from tests.services.region_node.erasing_regions import ROOT, ErasingRegion, erasing_regions, start
from tests.services.region_node.running_replicator import ACCOUNT, PARTITIONS, REGIONS, eventually

HOME, PEER, THIRD = REGIONS
VOIDS = 2
"""Batches, one after the other, that a change makes void."""


def binding_of(region: ErasingRegion, key_id: str) -> str:
    key = region.key(key_id)
    assert key is not None
    return material_binding(ACCOUNT, key_id, key.current_material.material_id)


def secret_of(region: ErasingRegion, key_id: str) -> Secret:
    secret = region.opened(key_id)
    assert secret is not None
    return secret


async def pair_in_one_bucket(region: ErasingRegion) -> tuple[str, str]:
    """Two multi-region keys whose secrets lie in the same bucket of the region."""
    first = await region.create_key()
    bucket = region.vault.bucket(ACCOUNT, binding_of(region, first))
    for _ in range(500):
        second = await region.create_key()
        if region.vault.bucket(ACCOUNT, binding_of(region, second)) == bucket:
            return first, second
    raise AssertionError("no second key in the bucket")


async def given(home: ErasingRegion, peer: ErasingRegion, *key_ids: str) -> None:
    for key_id in key_ids:
        assert (await home.replicate(key_id, peer.name)).verdict == "applied"
    for key_id in key_ids:
        await eventually(partial(peer.opened, key_id))


def folders_of(region: Mapping[str, ErasingRegion]) -> dict[str, Path]:
    return {name: one.folder for name, one in region.items()}


@pytest.mark.timeout(120)
async def test_nothing_that_is_kept_opens_once_a_key_is_erased_and_before_all_did() -> None:
    async with erasing_regions(*REGIONS) as region:
        await start(*region.values())
        home, peer, third = (region[name] for name in REGIONS)
        doomed, living = await pair_in_one_bucket(home)
        await given(home, peer, doomed, living)
        await eventually(lambda: getattr(third.key(doomed), "replica_regions", ()) == (PEER,))
        binding, secret = binding_of(home, doomed), secret_of(home, doomed)
        kept = secret_of(home, living)
        folders = folders_of(region)

        before = opened(folders, surviving_keys(folders, ROOT), [binding])
        places = {(HOME, WRAPPED), (PEER, WRAPPED), *((name, SEALED) for name in REGIONS)}
        assert before == {Opened(name, form, secret.reveal()) for name, form in places}

        await peer.end(doomed)
        await eventually(lambda: getattr(home.key(doomed), "replica_regions", None) == ())
        await home.end(doomed)
        assert opened(folders, surviving_keys(folders, ROOT), [binding]) == before, "deleted is not erased yet"
        for one in region.values():
            await one.advance()
        async with asyncio.timeout(30):
            while any(one.waiting() for one in region.values()):
                await asyncio.sleep(0.1)
                for one in region.values():
                    await one.round()
        assert opened(folders, surviving_keys(folders, ROOT), [binding]) == set()
        assert holding(folders, secret.reveal()) == holding(folders, kept.reveal()) == []
        assert secret_of(home, living) == secret_of(peer, living) == kept
        assert [one.told["counters"] for one in region.values()] == [{}, {}, {}]


async def test_an_advance_that_changes_come_between_goes_on_until_it_has_closed_what_it_opened() -> None:
    async with erasing_regions(HOME) as region:
        home = region[HOME]
        await start(home)
        doomed, _ = await pair_in_one_bucket(home)
        await home.end(doomed)
        domains = home.replicator._own_work.erasure._domains
        place, voids = domains._place, 0

        async def contended(draft: Draft) -> Answer:
            nonlocal voids
            wraps = draft.domain is not None
            voids += wraps
            return Answer(Verdict.VOID, "", 0) if wraps and voids <= VOIDS else await place.submit(draft)

        domains._place = place._replace(submit=contended)
        await home.advance()
        assert (voids, home.waiting()) == (VOIDS + 1, [])


async def test_what_is_sealed_to_a_key_that_is_gone_is_asked_for_and_sealed_again_to_the_next() -> None:
    async with erasing_regions(HOME, PEER, THIRD) as region:
        home, peer, third = (region[name] for name in REGIONS)
        keys = open_region_keys(peer.settings.keys_directory, PEER, ROOT)
        keys.cabinet.add(sealing_file(2), SealingKey.generate().seed)
        keys.cabinet.destroy([sealing_file(1)])
        home.start()
        third.start()
        await home.ready()
        key_id = await home.create_key()
        await eventually(lambda: PEER in home.vault.peer_regions())
        assert (await home.replicate(key_id, PEER)).verdict == "applied"
        await start(peer)
        await eventually(lambda: peer.key(key_id) is not None)
        async with asyncio.timeout(20):
            while peer.opened(key_id) is None:
                await asyncio.sleep(0.1)
                await peer.round()
                await home.round()
        assert peer.opened(key_id) == home.opened(key_id)
        await eventually(lambda: third.states("secret-request/") == [])
        assert third.opened(key_id) is None


async def test_a_region_that_is_none_of_the_keys_is_sealed_nothing() -> None:
    async with erasing_regions(HOME, PEER) as region:
        await start(*region.values())
        home, peer = region[HOME], region[PEER]
        key_id = await home.create_key()
        await eventually(lambda: peer.key(key_id) is not None)
        asked = SecretRequested(ACCOUNT, key_id, PEER, ("ab" * 32,))
        place = peer.replicator._own_work.erasure._lacking._place
        assert await place.record(partition_of(ACCOUNT, PARTITIONS), [asked], shared=True)
        await eventually(lambda: home.told["counters"] == {"alarms_overreach": 1})
        await home.round()
        assert home.states("secret-request/") == []


async def test_a_region_whose_replica_went_after_it_had_asked_is_sealed_nothing() -> None:
    async with erasing_regions(HOME, PEER) as region:
        await start(*region.values())
        home, peer = region[HOME], region[PEER]
        key_id = await home.create_key()
        await given(home, peer, key_id)
        material_id = binding_of(home, key_id).rpartition("/")[2]
        asked = SecretRequested(ACCOUNT, key_id, PEER, (material_id,))
        place = peer.replicator._own_work.erasure._lacking._place
        assert await place.record(partition_of(ACCOUNT, PARTITIONS), [asked], shared=True)
        await peer.end(key_id)
        await eventually(lambda: getattr(home.key(key_id), "replica_regions", None) == ())
        shared = home.shared_numbers()
        await home.round()
        assert len(home.states("secret-request/")) == 1
        assert home.shared_numbers() == shared


async def test_the_checker_finds_nothing_wrong_in_regions_that_have_erased() -> None:
    async with erasing_regions(HOME, PEER) as region:
        await start(*region.values())
        home, peer = region[HOME], region[PEER]
        keys = [await home.create_key() for _ in range(3)]
        await given(home, peer, *keys)
        await peer.end(keys[0])
        await eventually(lambda: getattr(home.key(keys[0]), "replica_regions", None) == ())
        await home.end(keys[0])
        for _ in range(3):
            await home.advance()
            await peer.advance()
        for one in (home, peer):
            assert await one.checked() == ()


async def test_a_cabinet_that_cannot_be_written_keeps_nothing_else_from_its_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with erasing_regions(HOME) as region:
        await start(region[HOME])
        home = region[HOME]
        key_id = await home.create_key()
        bucket = home.vault.bucket(ACCOUNT, binding_of(home, key_id))
        await home.end(key_id)
        folder = home.settings.keys_directory / HOME
        aside = folder.rename(folder.with_name("aside"))
        await home.round()
        await home.round()
        assert caplog.text.count("a part of erasing could not be done") <= 3
        assert home.domain(bucket).epoch == 1
        assert home.told["gauges"]["erasures_waiting"] == 1  # type: ignore[index]
        aside.rename(folder)
        for _ in range(3):
            await home.round()
        assert home.domain(bucket).closed == 1
