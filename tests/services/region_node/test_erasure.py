"""What was destroyed is erased: of all that is kept nothing opens under the keys that are left, and all else does."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from services.region_node.vault import material_binding
from shared.secrets import Secret
from tests.services.region_node.erasing_regions import ROOT, ErasingRegion, erasing_regions, start
from tests.services.region_node.erasure_proof import SEALED, WRAPPED, Opened, holding, opened, surviving_keys
from tests.services.region_node.running_replicator import ACCOUNT, REGIONS, eventually

HOME, PEER, THIRD = REGIONS


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
