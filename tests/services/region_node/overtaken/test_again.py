"""Each kind of overtaken change comes to the decision that a client's request for the same comes to."""

from typing import Any

import pytest

from services.region_node.overtaken.again import Again, decisions_of
from services.region_node.requests.quotas import Quotas
from shared import events as e
from shared.errors import NotFound
from shared.keys.commands import KeyName
from shared.keys.errors import NotDoneAgain
from shared.keys.in_one_record import in_one_record
from shared.keys.model import Key
from tests.services.region_node.operations.bringing import FIRST, SECOND, bring, importable
from tests.services.region_node.operations.fake_region import ACCOUNT, FakeRegion

PEER, THIRD = "eu-west-1", "ap-southeast-2"
MATERIAL = e.MaterialBorn("ab" * 32, "mrk-any", 1_700_000_000_000)


@pytest.fixture
def region() -> FakeRegion:
    return FakeRegion()


async def done(region: FakeRegion, key_id: str, event: Any) -> Key:
    """The key, once `event` has been done again and the peers' part of it has left."""
    vault: Any = region.vault
    name, now = KeyName(region.view.region, ACCOUNT, key_id), region.view.time
    decisions = decisions_of([event], Again(name, vault, Quotas(), now))
    await region.call().change(lambda view: in_one_record(decisions, name, now, view))
    key = region.view.key(ACCOUNT, key_id)
    assert key is not None
    return key


async def family(region: FakeRegion, *others: FakeRegion) -> str:
    """A key with a replica, of which the others have heard."""
    key_id = await region.create_key(MultiRegion=True)
    await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion=PEER)
    region.deliver(*others)
    return key_id


def replicated(key_id: str, to: str, **settings: Any) -> e.KeyReplicated:
    kind = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", ())
    return e.KeyReplicated(ACCOUNT, key_id, *kind, "us-east-1", (PEER, to), to, **settings)


async def test_a_replica_gets_its_settings_and_every_secret_of_the_key(region: FakeRegion) -> None:
    third = FakeRegion(THIRD, ("us-east-1", PEER))
    key_id = await family(region, third)
    again = replicated(key_id, THIRD, description="the third", tags=(("team", "blue"),))
    assert (await done(region, key_id, again)).replica_regions == (THIRD, PEER)
    region.deliver(third)
    key = third.view.key(ACCOUNT, key_id)
    assert key is not None
    assert (key.description, key.tags) == ("the third", (("team", "blue"),))
    assert third.secret(key_id) == region.secret(key_id)


async def test_a_replica_of_imported_material_waits_for_its_own_import(region: FakeRegion) -> None:
    key_id, peer = await importable(region, MultiRegion=True), FakeRegion(PEER, ("us-east-1", THIRD))
    await bring(region, key_id, FIRST)
    region.deliver(peer)
    await done(region, key_id, replicated(key_id, PEER))
    (published,) = region.published
    assert all(not material.sealed for material in e.materials_of(published))


@pytest.mark.parametrize("of_a_kind", [e.KeyRotated, e.KeyRotationStarted])
async def test_a_rotation_begins_with_material_that_nobody_has_seen(region: FakeRegion, of_a_kind: Any) -> None:
    key_id = await family(region)
    before = region.view.key(ACCOUNT, key_id)
    assert before is not None
    names = (ACCOUNT, key_id, "ON_DEMAND")
    lost = (
        e.KeyRotationStarted(*names, (MATERIAL,))
        if of_a_kind is e.KeyRotationStarted
        else e.KeyRotated(*names, MATERIAL.material_id, (MATERIAL,))
    )
    key = await done(region, key_id, lost)
    assert key.under_way is not None
    fresh = key.material(key.under_way.material_id)
    assert fresh is not None
    assert fresh.material_id not in {MATERIAL.material_id, before.current_material.material_id}
    (told,) = region.published
    assert set(e.materials_of(told)[0].sealed or {}) == {PEER}


async def test_the_end_of_a_rotation_needs_nothing(region: FakeRegion) -> None:
    key_id = await family(region)
    before = region.view.key(ACCOUNT, key_id)
    ended = e.KeyRotated(ACCOUNT, key_id, "ON_DEMAND", MATERIAL.material_id)
    assert await done(region, key_id, ended) == before
    assert region.published == []


async def test_a_rotation_to_imported_material_turns_to_what_is_pending_here(region: FakeRegion) -> None:
    key_id = await importable(region)
    await bring(region, key_id, FIRST)
    later = await bring(region, key_id, SECOND, ImportType="NEW_KEY_MATERIAL")
    rotated = e.KeyRotated(ACCOUNT, key_id, "ON_DEMAND", later.key_material_id, key_origin="EXTERNAL")
    assert (await done(region, key_id, rotated)).current_material.material_id == later.key_material_id


async def test_a_schedule_begins_and_ends(region: FakeRegion) -> None:
    key_id = await family(region)
    began = await done(region, key_id, e.KeyRotationEnabled(ACCOUNT, key_id, 90))
    assert began.rotation is not None
    assert began.rotation.period_days == 90
    assert (await done(region, key_id, e.KeyRotationDisabled(ACCOUNT, key_id))).rotation is None


async def test_imported_material_is_deleted_and_none_else(region: FakeRegion) -> None:
    key_id = await importable(region)
    first = await bring(region, key_id, FIRST)
    await bring(region, key_id, SECOND, ImportType="NEW_KEY_MATERIAL")
    key = await done(region, key_id, e.KeyMaterialDeleted(ACCOUNT, key_id, first.key_material_id))
    assert {one.material_id: one.wrapped is None for one in key.materials} == {
        first.key_material_id: True,
        key.materials[-1].material_id: False,
    }
    with pytest.raises(NotFound):
        await done(region, key_id, e.KeyMaterialDeleted(ACCOUNT, key_id, "cd" * 32))


@pytest.mark.parametrize("by_force", [False, True])
async def test_a_hand_over_and_a_promotion_make_the_region_the_primary(region: FakeRegion, by_force: bool) -> None:
    key_id = await family(region)
    lost = (
        e.KeyPromoted(ACCOUNT, key_id, PEER, 1, "us-east-1", 7, b"hash", b"")
        if by_force
        else e.PrimaryRegionUpdated(ACCOUNT, key_id, PEER, 1)
    )
    assert (await done(region, key_id, lost)).primary_region == PEER


async def test_an_import_is_left_to_who_has_the_material(region: FakeRegion) -> None:
    key_id = await importable(region)
    with pytest.raises(NotDoneAgain, match=f"{MATERIAL.material_id} has to be imported by who has it"):
        await done(region, key_id, e.KeyMaterialImported(ACCOUNT, key_id, (MATERIAL,), False, None))


async def test_what_nobody_knows_to_do_again_is_refused_by_name(region: FakeRegion) -> None:
    key_id = await family(region)
    with pytest.raises(NotDoneAgain, match="KeyDisabled is not done again"):
        await done(region, key_id, e.KeyDisabled(ACCOUNT, key_id))
    vault: Any = region.vault
    with pytest.raises(NotDoneAgain, match="only known that there was one"):
        decisions_of([], Again(KeyName("us-east-1", ACCOUNT, key_id), vault, Quotas(), region.view.time))
