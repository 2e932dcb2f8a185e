"""When a key of a CloudHSM key store goes, its material in the cluster goes with it, as far as that can be done."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.key_stores.cluster_causes import KEY_NOT_IN_CLUSTER
from services.region_node.key_stores.hsm_cluster import HsmCluster
from services.region_node.key_stores.settings import HsmClusterSettings
from services.region_node.keys.vault import key_store_binding
from shared.crypto import entropy
from shared.events import MaterialBorn
from shared.key_stores.commands import ConnectKeyStore, CreateKeyStore, KeyStoreName
from shared.key_stores.decide import connect_key_store, create_key_store, disconnect_key_store
from shared.key_stores.model import CLOUDHSM, KeyStore
from shared.keys import decide
from shared.keys.commands import CreateKey, KeyName, RegionalSettings, ScheduleKeyDeletion, SettingsLimits
from shared.keys.decide_deletion import schedule_key_deletion
from shared.keys.times import days
from shared.secrets import Secret
from tests.services.region_node.running_replicator import ACCOUNT, NOW, REGIONS, RunningRegion, regions
from tests.shared.keys.examples import AUTHOR
from tests.softhsm import PASSWORD, softhsm_module

HOME = REGIONS[0]
STORE = KeyStoreName(ACCOUNT, "cks-1234567890abcdef0")
CLUSTER = "cluster-2a23b4cdefg"


def listed() -> HsmClusterSettings:
    return HsmClusterSettings(CLUSTER, softhsm_module(), "keytide")


@pytest.fixture
async def region() -> AsyncIterator[RunningRegion]:
    """With a connected store in the cluster."""
    async with regions(HOME) as made:
        region = made[HOME]
        region.settings = replace(region.settings, hsm_clusters=(listed(),))
        region.start()
        await region.ready()
        wrapped = region.vault.wrap_secret(ACCOUNT, key_store_binding(*STORE), Secret(PASSWORD.encode()))
        store = KeyStore(*STORE, "name", CLOUDHSM, NOW, wrapped, cluster_id=CLUSTER)
        await applied(region, lambda view: create_key_store(CreateKeyStore(store, 10), view))

        def connect(view: object) -> object:
            seen = view.key_store(*STORE)  # type: ignore[attr-defined]
            return connect_key_store(ConnectKeyStore(seen, None), view)  # type: ignore[arg-type]

        await applied(region, connect)
        yield region


async def applied(region: RunningRegion, decision: object) -> None:
    answer = await region.change(decision)  # type: ignore[arg-type]
    assert answer.verdict == "applied", answer


async def key_in_cluster(region: RunningRegion) -> str:
    """A key that is to be deleted in seven days."""
    key_id = entropy.key_id()
    await cluster().make_key(key_id)
    name, material = KeyName(HOME, ACCOUNT, key_id), MaterialBorn(entropy.material_id(), key_id, NOW)
    command = CreateKey(
        name, "SYMMETRIC_DEFAULT", None, CLOUDHSM, False, material, RegionalSettings(), SettingsLimits(), AUTHOR, 10,
        STORE.key_store_id,
    )  # fmt: skip
    await applied(region, lambda view: decide.create_key(command, view))
    await applied(region, lambda view: schedule_key_deletion(ScheduleKeyDeletion(name, 7, NOW), view))
    return key_id


def cluster() -> HsmCluster:
    return HsmCluster(listed(), Secret(PASSWORD.encode()), seconds=30)


async def is_in_cluster(key_id: str) -> bool:
    try:
        await cluster().encrypt(key_id, b"x", b"")
    except OutsideFailed as failed:
        if failed.cause is not KEY_NOT_IN_CLUSTER:
            raise
        return False
    return True


async def at(region: RunningRegion, now: int) -> None:
    region.replicator._own_work.due._now = lambda: now
    await region.replicator._own_work.due.run()


async def test_the_material_goes_with_its_key_and_not_before(region: RunningRegion) -> None:
    key_id = await key_in_cluster(region)
    await at(region, NOW + days(7) - 1)
    assert region.key(key_id) is not None
    assert await is_in_cluster(key_id)
    await at(region, NOW + days(7))
    assert region.key(key_id) is None
    assert not await is_in_cluster(key_id)


async def test_a_key_goes_also_where_its_material_was_destroyed_before(region: RunningRegion) -> None:
    key_id = await key_in_cluster(region)
    await cluster().destroy_key(key_id)
    await at(region, NOW + days(7))
    assert region.key(key_id) is None


async def test_the_material_of_a_disconnected_store_stays_and_the_log_says_so(
    region: RunningRegion, caplog: pytest.LogCaptureFixture
) -> None:
    key_id = await key_in_cluster(region)
    await applied(region, lambda view: disconnect_key_store(STORE, view))
    await at(region, NOW + days(7))
    assert region.key(key_id) is None
    assert await is_in_cluster(key_id)
    assert [record.key for record in caplog.records if "stays in its cluster" in record.message] == [key_id]  # type: ignore[attr-defined]
