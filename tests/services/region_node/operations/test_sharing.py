"""The tag `keytide:replicate` over the API: what it needs, what follows it, and how a replica refuses."""

from typing import Any

import pytest

from services.region_node.operations.table import OPERATIONS
from services.region_node.operations.types.common import Tag
from services.region_node.operations.types.tags import TagResourceRequest, UntagResourceRequest
from shared.errors import AccessDenied, InvalidGrantToken, InvalidTag, NotFound
from shared.keys.errors import FollowsPrimary
from shared.keys.sharing import REPLICATE_TAG
from shared.keys.synchronous import SYNCHRONOUS_TAG
from shared.policy.document import default_policy
from tests.services.region_node.callers import user
from tests.services.region_node.operations.fake_region import ACCOUNT, FakeRegion

EVERYTHING = "policy grants aliases tags"
POLICY = default_policy(ACCOUNT).replace("key-default-1", "another")
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"


@pytest.fixture
def peer() -> FakeRegion:
    return FakeRegion("eu-west-1", ("us-east-1", "ap-southeast-2"))


async def tag(region: FakeRegion, key_id: str, value: str) -> None:
    await region.ask("TagResource", KeyId=key_id, Tags=[{"TagKey": REPLICATE_TAG, "TagValue": value}])


async def family(region: FakeRegion, peer: FakeRegion, value: str = EVERYTHING) -> str:
    key_id = await region.create_key(MultiRegion=True)
    await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1")
    await tag(region, key_id, value)
    region.deliver(peer)
    return key_id


async def test_policy_aliases_and_tags_are_readable_at_the_replica(region: FakeRegion, peer: FakeRegion) -> None:
    key_id = await family(region, peer)
    await region.ask("PutKeyPolicy", KeyId=key_id, Policy=POLICY)
    await region.ask("CreateAlias", AliasName="alias/a", TargetKeyId=key_id)
    await region.ask("TagResource", KeyId=key_id, Tags=[{"TagKey": "cost", "TagValue": "1"}])
    region.deliver(peer)
    assert (await peer.ask("GetKeyPolicy", KeyId=key_id)).policy == POLICY
    (alias,) = (await peer.ask("ListAliases", KeyId=key_id)).aliases
    assert alias.alias_arn == f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/a"
    assert (await peer.ask("DescribeKey", KeyId="alias/a")).key_metadata.key_id == key_id
    listed = (await peer.ask("ListResourceTags", KeyId=key_id)).tags
    assert dict(listed) == {REPLICATE_TAG: EVERYTHING, "cost": "1"}


async def test_a_grant_is_listed_and_revoked_at_the_replica(region: FakeRegion, peer: FakeRegion) -> None:
    key_id = await family(region, peer)
    made = await region.ask("CreateGrant", KeyId=key_id, GranteePrincipal=BOB, Operations=["Decrypt"])
    region.deliver(peer)
    (grant,) = (await peer.ask("ListGrants", KeyId=key_id)).grants
    assert (grant.grant_id, grant.key_id) == (made.grant_id, f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{key_id}")
    await peer.ask("RevokeGrant", KeyId=key_id, GrantId=made.grant_id)
    assert (await peer.ask("ListGrants", KeyId=key_id)).grants == ()
    peer.deliver(region)
    assert (await region.ask("ListGrants", KeyId=key_id)).grants == ()


async def test_a_grant_token_is_good_in_the_region_that_gave_it_alone(region: FakeRegion, peer: FakeRegion) -> None:
    key_id = await family(region, peer)
    made = await region.ask("CreateGrant", KeyId=key_id, GranteePrincipal=BOB, Operations=["Decrypt"])
    region.deliver(peer)
    with pytest.raises(InvalidGrantToken):
        await peer.ask("RetireGrant", GrantToken=made.grant_token)
    await region.ask("RetireGrant", GrantToken=made.grant_token)
    region.deliver(peer)
    assert (await peer.ask("ListGrants", KeyId=key_id)).grants == ()


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("PutKeyPolicy", {"Policy": POLICY}),
    ("TagResource", {"Tags": [{"TagKey": "cost", "TagValue": "1"}]}),
    ("UntagResource", {"TagKeys": [REPLICATE_TAG]}),
    ("CreateGrant", {"GranteePrincipal": BOB, "Operations": ["Decrypt"]}),
]


@pytest.mark.parametrize(("operation", "parameters"), REFUSED)
async def test_a_replica_says_where_its_settings_are_changed(
    region: FakeRegion, peer: FakeRegion, operation: str, parameters: dict[str, Any]
) -> None:
    key_id = await family(region, peer)
    with pytest.raises(FollowsPrimary, match="can be changed only at its primary key, in us-east-1") as refused:
        await peer.ask(operation, KeyId=key_id, **parameters)
    assert refused.value.code == "UnsupportedOperationException"
    assert "region of the primary key" in refused.value.remedy
    assert peer.appended == []


async def test_aliases_are_read_only_at_a_replica(region: FakeRegion, peer: FakeRegion) -> None:
    key_id = await family(region, peer)
    await region.ask("CreateAlias", AliasName="alias/a", TargetKeyId=key_id)
    region.deliver(peer)
    with pytest.raises(FollowsPrimary):
        await peer.ask("CreateAlias", AliasName="alias/b", TargetKeyId=key_id)
    with pytest.raises(FollowsPrimary):
        await peer.ask("DeleteAlias", AliasName="alias/a")
    await region.ask("DeleteAlias", AliasName="alias/a")
    region.deliver(peer)
    with pytest.raises(NotFound):
        await peer.ask("DescribeKey", KeyId="alias/a")


async def test_the_answer_of_replicate_key_shows_what_the_replica_will_have(region: FakeRegion) -> None:
    key_id = await region.create_key(MultiRegion=True, Tags=[{"TagKey": REPLICATE_TAG, "TagValue": "policy tags"}])
    await region.ask("PutKeyPolicy", KeyId=key_id, Policy=POLICY)
    answer = await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1")
    assert answer.replica_policy == POLICY
    assert answer.replica_tags == ((REPLICATE_TAG, "policy tags"),)


async def test_a_tag_that_cannot_be_followed_is_refused(region: FakeRegion) -> None:
    multi, single = await region.create_key(MultiRegion=True), await region.create_key()
    for key_id, value in ((multi, "everything"), (single, "policy")):
        with pytest.raises(InvalidTag):
            await tag(region, key_id, value)


@pytest.mark.parametrize(
    ("changed", "needed"),
    [
        ({"cost": "1"}, []),
        ({REPLICATE_TAG: "policy tags"}, ["kms:PutKeyPolicy"]),
        ({REPLICATE_TAG: "grants"}, ["kms:PutKeyPolicy", "kms:CreateGrant"]),
    ],
)
async def test_who_sets_the_tag_needs_the_right_to_what_it_does(
    region: FakeRegion, changed: dict[str, str], needed: list[str]
) -> None:
    key_id, call = await region.create_key(MultiRegion=True), region.call()
    wanted = TagResourceRequest(key_id, tuple(Tag(*tag) for tag in changed.items()))
    await OPERATIONS["TagResource"].handle(call, wanted)
    assert [judged.question.action for judged in call.judged] == ["kms:TagResource", *needed]


async def test_who_takes_the_tag_away_needs_the_right_to_put_the_policy(region: FakeRegion) -> None:
    key_id, call = await region.create_key(MultiRegion=True), region.call()
    await tag(region, key_id, "grants")
    await OPERATIONS["UntagResource"].handle(call, UntagResourceRequest(key_id, (REPLICATE_TAG,)))
    assert [judged.question.action for judged in call.judged] == ["kms:UntagResource", "kms:PutKeyPolicy"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("3", "knows 2 other regions: no change could wait for 3"),
        ("sa-east-1", "knows no region sa-east-1"),
        ("all", "takes a number from 1 to 99"),
    ],
)
async def test_a_demand_that_no_region_could_meet_is_refused(region: FakeRegion, value: str, text: str) -> None:
    tags = [{"TagKey": SYNCHRONOUS_TAG, "TagValue": value}]
    key_id = await region.create_key(MultiRegion=True)
    with pytest.raises(InvalidTag, match=text):
        await region.ask("TagResource", KeyId=key_id, Tags=tags)
    with pytest.raises(InvalidTag, match=text):
        await region.create_key(MultiRegion=True, Tags=tags)
    if value == "all":
        with pytest.raises(InvalidTag, match=text):
            await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1", Tags=tags)


async def test_a_single_region_key_waits_for_nobody(region: FakeRegion) -> None:
    tags = [{"TagKey": SYNCHRONOUS_TAG, "TagValue": "1"}]
    with pytest.raises(InvalidTag, match="is for multi-region keys"):
        await region.create_key(Tags=tags)
    with pytest.raises(InvalidTag, match="is for multi-region keys"):
        await region.ask("TagResource", KeyId=await region.create_key(), Tags=tags)


async def test_who_may_only_tag_does_not_hold_up_the_changes_of_a_key(region: FakeRegion) -> None:
    tags = [{"TagKey": SYNCHRONOUS_TAG, "TagValue": "1"}]
    region.add_user(ACCOUNT, "tagger", {"Effect": "Allow", "Action": "kms:*tagResource", "Resource": "*"})
    caller, key_id = user(name="tagger"), await region.create_key(MultiRegion=True)
    with pytest.raises(AccessDenied, match="kms:PutKeyPolicy"):
        await region.ask_as(caller, "TagResource", KeyId=key_id, Tags=tags)
    await region.ask("TagResource", KeyId=key_id, Tags=tags)
    with pytest.raises(AccessDenied, match="kms:PutKeyPolicy"):
        await region.ask_as(caller, "UntagResource", KeyId=key_id, TagKeys=[SYNCHRONOUS_TAG])
