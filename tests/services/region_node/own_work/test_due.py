"""What is due happens by itself, once, and in the whole family."""

from functools import partial

import pytest

from replication.state.view import SnapshotView
from services.region_node.own_work.due import CLOCK_BEHIND_MOST, Due, command_id
from shared.aliases.commands import CreateAlias
from shared.aliases.decide import create_alias
from shared.decision import Decision
from shared.events import MaterialBorn
from shared.grants.commands import CreateGrant
from shared.grants.decide import create_grant
from shared.grants.terms import GrantTerms
from shared.keys.commands import EnableKeyRotation, ImportKeyMaterial, KeyName, ScheduleKeyDeletion
from shared.keys.decide_deletion import schedule_key_deletion
from shared.keys.decide_import import import_key_material
from shared.keys.decide_rotation import enable_key_rotation
from shared.keys.model import Key
from shared.keys.times import days
from shared.secrets import Secret
from tests.services.region_node.running_replicator import ACCOUNT, NOW, REGIONS, RunningRegion, eventually, regions

HOME, PEER, THIRD = REGIONS


def at(region: RunningRegion, now: int) -> None:
    """Set the clock by which the region looks for what is due."""
    region.replicator._own_work.due._now = lambda: now


async def schedule(region: RunningRegion, key_id: str) -> None:
    command = ScheduleKeyDeletion(KeyName(region.name, ACCOUNT, key_id), 7, NOW)
    answer = await region.change(lambda view: schedule_key_deletion(command, view))
    assert answer.verdict == "applied"


async def test_a_key_goes_when_its_time_has_come_and_not_before() -> None:
    async with regions(HOME) as made:
        region = made[HOME]
        region.start()
        await region.ready()
        key_id = await region.create_key(multi_region=False)

        def named(view: SnapshotView) -> Decision:
            return create_alias(CreateAlias("alias/a", KeyName(HOME, ACCOUNT, key_id), 50), view)

        await region.change(named)
        await schedule(region, key_id)
        at(region, NOW + days(7) - 1)
        await region.replicator._own_work.due.run()
        assert region.key(key_id) is not None
        at(region, NOW + days(7))
        await region.replicator._own_work.due.run()
        assert region.key(key_id) is None
        with region.replicator._store.read() as snapshot:
            assert SnapshotView(snapshot, region.settings.partitions).alias(ACCOUNT, "alias/a") is None


async def test_the_grants_of_a_key_go_with_it_in_as_many_records_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.grants.decide.BATCH", 2)
    async with regions(HOME) as made:
        region = made[HOME]
        region.start()
        await region.ready()
        key_id = await region.create_key(multi_region=False)
        name = KeyName(HOME, ACCOUNT, key_id)
        terms = GrantTerms(("Decrypt",), grantee_principal=f"arn:aws:iam::{ACCOUNT}:root")
        for number in range(5):
            command = CreateGrant(name, f"{number:064x}", ACCOUNT, terms, 50_000)
            await region.change(partial(create_grant, command))
        await schedule(region, key_id)
        at(region, NOW + days(7) - 1)
        await region.replicator._own_work.due.run()
        assert grants_left(region, key_id) == 5
        at(region, NOW + days(7))
        await region.replicator._own_work.due.run()
        assert (region.key(key_id), grants_left(region, key_id)) == (None, 0)


def grants_left(region: RunningRegion, key_id: str) -> int:
    with region.replicator._store.read() as snapshot:
        return len(list(SnapshotView(snapshot, region.settings.partitions).grants(ACCOUNT, key_id, "")))


async def test_the_second_of_two_nodes_changes_nothing() -> None:
    async with regions(HOME) as made:
        region = made[HOME]
        region.start()
        await region.ready()
        key_id = await region.create_key(multi_region=False)
        await schedule(region, key_id)
        at(region, NOW + days(8))
        (partition,) = (p for p in range(region.settings.partitions) if region.replicator._own_work.due._found(p))
        (due,) = region.replicator._own_work.due._found(partition)
        await region.replicator._own_work.due._bring(due)
        before = [region.replicator._materializer.head(p).head for p in range(region.settings.partitions)]
        await region.replicator._own_work.due._bring(due)
        assert before == [region.replicator._materializer.head(p).head for p in range(region.settings.partitions)]


async def test_a_family_goes_replica_by_replica_and_the_primary_last() -> None:
    async with regions(HOME, PEER) as made:
        for region in made.values():
            region.start()
        for region in made.values():
            await region.ready()
        key_id = await made[HOME].create_key()
        await made[HOME].replicate(key_id, PEER)
        await eventually(lambda: made[PEER].opened(key_id))
        await schedule(made[HOME], key_id)
        await schedule(made[PEER], key_id)
        assert getattr(made[HOME].key(key_id), "state", None) == "PendingReplicaDeletion"

        at(made[HOME], NOW + days(20))
        await made[HOME].replicator._own_work.due.run()
        assert made[HOME].key(key_id) is not None

        at(made[PEER], NOW + days(7))
        await made[PEER].replicator._own_work.due.run()
        await eventually(lambda: getattr(made[HOME].key(key_id), "state", None) == "PendingDeletion")
        left = made[PEER].key(key_id)
        assert left is not None
        assert (left.held_here, left.current_material.wrapped) == (False, None)

        await made[HOME].replicator._own_work.due.run()
        assert made[HOME].key(key_id) is None
        await eventually(lambda: made[PEER].key(key_id) is None)


async def test_a_family_is_rotated_when_it_is_due_and_its_replica_decrypts() -> None:
    async with regions(HOME, PEER) as made:
        for region in made.values():
            region.start()
        for region in made.values():
            await region.ready()
        key_id = await made[HOME].create_key()
        await made[HOME].replicate(key_id, PEER)
        await eventually(lambda: made[PEER].opened(key_id))
        enable = EnableKeyRotation(KeyName(HOME, ACCOUNT, key_id), 90)
        await made[HOME].change(lambda view: enable_key_rotation(enable, view))
        before = held(made[HOME], key_id)
        assert before.rotation is not None
        first = before.current_material.material_id

        for region in made.values():
            at(region, before.rotation.next_at)
            await region.replicator._own_work.due.run()
        rotated = held(made[HOME], key_id)
        assert [material.material_id == first for material in rotated.materials] == [True, False]
        await eventually(lambda: len(held(made[PEER], key_id).materials) == 2)
        replica = held(made[PEER], key_id)
        secrets = [
            region.vault.open_material(key, key.materials[1])
            for region, key in ((made[HOME], rotated), (made[PEER], replica))
        ]
        assert secrets[0] == secrets[1]
        await made[HOME].replicator._own_work.due.run()
        assert len(held(made[HOME], key_id).materials) == 2


async def test_expired_material_is_recorded_as_gone() -> None:
    async with regions(HOME) as made:
        region = made[HOME]
        region.start()
        await region.ready()
        key_id = await region.create_key(multi_region=False, origin="EXTERNAL")
        name, material_id = KeyName(HOME, ACCOUNT, key_id), "ab" * 32
        wrapped = region.vault.wrap_material(ACCOUNT, key_id, material_id, Secret(bytes(32)))
        born = MaterialBorn(material_id, key_id, NOW, wrapped)
        command = ImportKeyMaterial(name, born, valid_to=NOW + days(1))
        await region.change(lambda view: import_key_material(command, view))
        assert (held(region, key_id).state, held(region, key_id).current_material.wrapped) == ("Enabled", wrapped)
        at(region, NOW + days(1))
        await region.replicator._own_work.due.run()
        gone = held(region, key_id)
        assert (gone.state, gone.current_material.wrapped) == ("PendingImport", None)
        assert not any(region.replicator._own_work.due._found(p) for p in range(region.settings.partitions))


def held(region: RunningRegion, key_id: str) -> Key:
    key = region.key(key_id)
    assert isinstance(key, Key)
    return key


async def test_a_clock_that_is_behind_the_log_brings_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with regions(HOME) as made:
        region = made[HOME]
        region.start()
        await region.ready()
        key_id = await region.create_key(multi_region=False)
        await schedule(region, key_id)
        at(region, NOW - CLOCK_BEHIND_MOST - days(1))
        await region.replicator._own_work.due.run()
        assert "the clock is behind the log" in caplog.text
        assert region.key(key_id) is not None


def test_command_ids_follow_from_key_and_time() -> None:
    due = Due(5, KeyName(HOME, ACCOUNT, "k"))
    assert command_id(due) == command_id(Due(5, KeyName(HOME, ACCOUNT, "k")))
    assert (
        len({command_id(due), command_id(due._replace(time=6)), command_id(Due(5, KeyName(HOME, ACCOUNT, "l")))}) == 3
    )
