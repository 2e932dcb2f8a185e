"""A primary gives its grants to all regions by itself, and a region tells which aliases it cannot follow."""

import logging
from functools import partial

import pytest

from replication.state.view import SnapshotView
from shared.aliases.commands import CreateAlias
from shared.aliases.decide import create_alias
from shared.grants.commands import CreateGrant, GrantName
from shared.grants.decide import create_grant, revoke_grant
from shared.grants.terms import GrantTerms
from shared.keys.commands import KeyName, TagResource
from shared.keys.decide import tag_resource
from shared.keys.sharing import REPLICATE_TAG
from tests.services.region_node.running_replicator import ACCOUNT, REGIONS, RunningRegion, eventually, regions

HOME, PEER, _ = REGIONS
TERMS = GrantTerms(("Decrypt",), grantee_principal=f"arn:aws:iam::{ACCOUNT}:root")


def grants(region: RunningRegion, key_id: str) -> list[str]:
    with region.replicator._store.read() as snapshot:
        return list(SnapshotView(snapshot, region.settings.partitions).grant_ids(ACCOUNT, key_id, ""))


async def family(made: dict[str, RunningRegion]) -> str:
    for region in made.values():
        region.start()
    for region in made.values():
        await region.ready()
    key_id = await made[HOME].create_key()
    await made[HOME].replicate(key_id, PEER)
    await eventually(lambda: made[PEER].opened(key_id))
    return key_id


async def replicate(region: RunningRegion, key_id: str, value: str) -> None:
    command = TagResource(KeyName(region.name, ACCOUNT, key_id), ((REPLICATE_TAG, value),), 50)
    await region.change(partial(tag_resource, command))


async def test_grants_reach_the_replica_by_themselves_and_their_end_travels_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.region_node.own_work.rounds.SOON_SECONDS", 0.05)
    monkeypatch.setattr("shared.grants.decide_sharing.BATCH_BYTES", 200)
    async with regions(HOME, PEER) as made:
        key_id = await family(made)
        ids = [f"{number:064x}" for number in range(5)]
        for grant_id in ids:
            command = CreateGrant(KeyName(HOME, ACCOUNT, key_id), grant_id, ACCOUNT, TERMS, 50_000)
            await made[HOME].change(partial(create_grant, command))
        await replicate(made[HOME], key_id, "grants")
        await eventually(lambda: grants(made[PEER], key_id) == ids)
        name = GrantName(KeyName(PEER, ACCOUNT, key_id), ids[2])
        await made[PEER].change(partial(revoke_grant, name))
        assert ids[2] not in grants(made[PEER], key_id)
        await eventually(lambda: grants(made[HOME], key_id) == [*ids[:2], *ids[3:]])


async def test_an_alias_that_cannot_follow_is_counted_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    async with regions(HOME, PEER) as made:
        key_id = await family(made)
        other = await made[PEER].create_key(multi_region=False)
        taken = CreateAlias("alias/a", KeyName(PEER, ACCOUNT, other), 50)
        await made[PEER].change(partial(create_alias, taken))
        await replicate(made[HOME], key_id, "aliases")
        for name in ("alias/a", "alias/b"):
            command = CreateAlias(name, KeyName(HOME, ACCOUNT, key_id), 50)
            await made[HOME].change(partial(create_alias, command))
        peer = made[PEER].replicator
        await eventually(lambda: "alias/b" in dict(getattr(made[PEER].key(key_id), "aliases", ())))
        with caplog.at_level(logging.WARNING):
            peer._own_work.conflicts.look()
            peer._own_work.conflicts.look()
        (said,) = [record for record in caplog.records if "alias" in record.message]
        assert (said.alias, said.key_id, said.stays) == ("alias/a", key_id, other)  # type: ignore[attr-defined]
        assert peer._own_work.conflicts.count == 1
        made[HOME].replicator._own_work.conflicts.look()
        assert made[HOME].replicator._own_work.conflicts.count == 0
