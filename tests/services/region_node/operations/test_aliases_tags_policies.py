"""Aliases, tags and policies of keys, and their lists."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from shared.errors import (
    AccessDenied,
    AlreadyExists,
    InvalidMarker,
    InvalidTag,
    KeytideError,
    LimitExceeded,
    MalformedPolicy,
    NotFound,
    ValidationFailed,
)
from shared.keys.aws_managed import SERVICES
from shared.policy.document import default_policy
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT, FakeRegion


async def every_page(region: FakeRegion, operation: str, member: str, **parameters: Any) -> list[list[Any]]:
    pages, marker = [], None
    while True:
        page = await region.ask(operation, Marker=marker, **parameters)
        pages.append(list(getattr(page, member)))
        marker = page.next_marker
        if not page.truncated:
            assert marker is None
            return pages


def own(aliases: Iterable[Any]) -> list[Any]:
    """Those that a principal has made: AWS's are in every account."""
    return [entry for entry in aliases if entry.alias_name not in SERVICES]


async def test_an_alias_from_creation_to_deletion(region: FakeRegion) -> None:
    first, second = await region.create_key(), await region.create_key()
    await region.ask("CreateAlias", AliasName="alias/x", TargetKeyId=first)
    created = region.view.time
    region.view.time += 5_000
    await region.ask("UpdateAlias", AliasName="alias/x", TargetKeyId=second)
    (entry,) = own((await region.ask("ListAliases")).aliases)
    arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/x"
    assert entry == ("alias/x", arn, second, created / 1000, created / 1000 + 5)
    await region.ask("DeleteAlias", AliasName="alias/x")
    assert own((await region.ask("ListAliases")).aliases) == []
    with pytest.raises(NotFound):
        await region.ask("DeleteAlias", AliasName="alias/x")


async def test_the_target_of_an_alias_is_never_an_alias(region: FakeRegion) -> None:
    await region.ask("CreateAlias", AliasName="alias/x", TargetKeyId=await region.create_key())
    for operation in ("CreateAlias", "UpdateAlias"):
        with pytest.raises(ValidationFailed, match="Aliases must refer to keys"):
            await region.ask(operation, AliasName="alias/x", TargetKeyId="alias/x")


async def test_aliases_of_another_account(region: FakeRegion) -> None:
    key_id = await region.create_key()
    await region.ask("CreateAlias", AliasName="alias/x", TargetKeyId=key_id)
    assert own((await region.ask("ListAliases", OTHER_ACCOUNT)).aliases) == []
    with pytest.raises(NotFound):
        await region.ask("DeleteAlias", OTHER_ACCOUNT, AliasName="alias/x")
    foreign = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key_id}"
    with pytest.raises(AccessDenied):
        await region.ask("CreateAlias", OTHER_ACCOUNT, AliasName="alias/x", TargetKeyId=foreign)


async def test_aliases_are_listed_by_key_and_page_by_page(region: FakeRegion) -> None:
    first, second = await region.create_key(), await region.create_key()
    names = [f"alias/{number}" for number in range(6)]
    for number, name in enumerate(names):
        await region.ask("CreateAlias", AliasName=name, TargetKeyId=(first, second)[number % 2])
    pages = await every_page(region, "ListAliases", "aliases", Limit=4)
    listed = [entry.alias_name for page in pages for entry in page]
    assert {len(page) for page in pages[:-1]} == {4}
    assert listed == sorted([*names, *SERVICES])
    pages = await every_page(region, "ListAliases", "aliases", Limit=2, KeyId=second)
    assert [[entry.alias_name for entry in page] for page in pages] == [[names[1], names[3]], [names[5]]]


async def test_lists_have_their_own_lengths(region: FakeRegion) -> None:
    key_id = await region.create_key()
    region.quotas = region.quotas._replace(aliases_per_key=200, tags_per_key=120)
    for number in range(120):
        await region.ask("CreateAlias", AliasName=f"alias/{number:03}", TargetKeyId=key_id)
    await region.ask("TagResource", KeyId=key_id, Tags=[{"TagKey": f"{n:03}", "TagValue": ""} for n in range(120)])
    rest = 20 + len(SERVICES)
    assert [len(page) for page in await every_page(region, "ListAliases", "aliases")] == [50, 50, rest]
    assert [len(page) for page in await every_page(region, "ListAliases", "aliases", Limit=1000)] == [100, rest]
    lengths = [len(page) for page in await every_page(region, "ListResourceTags", "tags", KeyId=key_id, Limit=1000)]
    assert lengths == [50, 50, 20]


async def test_a_marker_is_good_for_its_own_list_alone(region: FakeRegion) -> None:
    first, second = await region.create_key(), await region.create_key()
    for number in range(4):
        await region.ask("CreateAlias", AliasName=f"alias/{number}", TargetKeyId=(first, second)[number % 2])
        await region.create_key()
    marker = (await region.ask("ListAliases", Limit=1)).next_marker
    keys_marker = (await region.ask("ListKeys", Limit=1)).next_marker
    for account, operation, parameters in (
        (ACCOUNT, "ListKeys", {"Marker": marker}),
        (ACCOUNT, "ListAliases", {"Marker": keys_marker}),
        (ACCOUNT, "ListAliases", {"Marker": marker, "KeyId": first}),
        (OTHER_ACCOUNT, "ListAliases", {"Marker": marker}),
        (ACCOUNT, "ListAliases", {"Marker": "junk"}),
        (ACCOUNT, "ListAliases", {"Marker": "\u00ff"}),
        (ACCOUNT, "ListAliases", {"Marker": marker[:-4]}),
        (ACCOUNT, "ListKeyPolicies", {"Marker": marker, "KeyId": first}),
    ):
        with pytest.raises(InvalidMarker):
            await region.ask(operation, account, **parameters)


async def test_a_list_goes_on_where_it_stopped_although_things_changed(region: FakeRegion) -> None:
    key_id = await region.create_key()
    for name in ("b", "d", "f"):
        await region.ask("CreateAlias", AliasName=f"alias/{name}", TargetKeyId=key_id)
    marker = (await region.ask("ListAliases", Limit=len(SERVICES) + 2)).next_marker
    await region.ask("DeleteAlias", AliasName="alias/d")
    await region.ask("CreateAlias", AliasName="alias/a", TargetKeyId=key_id)
    rest = (await region.ask("ListAliases", Marker=marker)).aliases
    assert [entry.alias_name for entry in rest] == ["alias/f"]


async def test_tags_are_put_replaced_and_taken_off(region: FakeRegion) -> None:
    key_id = await region.create_key(Tags=[{"TagKey": "b", "TagValue": "2"}, {"TagKey": "a", "TagValue": "1"}])
    await region.ask("TagResource", KeyId=key_id, Tags=[{"TagKey": "a", "TagValue": ""}])
    assert (await region.ask("ListResourceTags", KeyId=key_id)).tags == (("a", ""), ("b", "2"))
    await region.ask("UntagResource", KeyId=key_id, TagKeys=["b", "absent"])
    assert (await region.ask("ListResourceTags", KeyId=key_id)).tags == (("a", ""),)


async def test_too_many_tags(region: FakeRegion) -> None:
    key_id = await region.create_key()
    tags = [{"TagKey": f"{number}", "TagValue": ""} for number in range(51)]
    await region.ask("TagResource", KeyId=key_id, Tags=tags[:50])
    for attempt in (tags, tags[50:]):
        with pytest.raises(InvalidTag) as refusal:
            await region.ask("TagResource", KeyId=key_id, Tags=attempt)
        assert refusal.value.message == "Too many tags"


async def test_an_overlong_tag_is_named_by_its_place(region: FakeRegion) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        await region.ask("CreateKey", Tags=[{"TagKey": "k" * 129, "TagValue": ""}])
    assert "'tags.1.member.tagKey'" in refusal.value.message


async def test_a_policy_is_put_and_given_back(region: FakeRegion) -> None:
    key_id = await region.create_key()
    assert (await region.ask("GetKeyPolicy", KeyId=key_id)) == (default_policy(ACCOUNT), "default")
    changed = json.loads(default_policy(ACCOUNT)) | {"Id": "changed"}
    await region.ask("PutKeyPolicy", KeyId=key_id, PolicyName="default", Policy=json.dumps(changed))
    policy = (await region.ask("GetKeyPolicy", KeyId=key_id, PolicyName="default")).policy
    assert json.loads(policy) == changed
    assert "\n" in policy
    assert (await region.ask("ListKeyPolicies", KeyId=key_id)) == (("default",), None, False)


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"Policy": "{"}, MalformedPolicy),
        ({"Policy": default_policy("999999999999")}, MalformedPolicy),
        ({"Policy": default_policy(ACCOUNT), "PolicyName": "other"}, NotFound),
        ({"Policy": " " * 32_769}, LimitExceeded),
        ({"Policy": "\u0101"}, ValidationFailed),
    ],
)
async def test_policies_that_are_refused_change_nothing(
    region: FakeRegion, parameters: dict[str, Any], error: type[KeytideError]
) -> None:
    key_id = await region.create_key()
    with pytest.raises(error):
        await region.ask("PutKeyPolicy", KeyId=key_id, **parameters)
    assert (await region.ask("GetKeyPolicy", KeyId=key_id)).policy == default_policy(ACCOUNT)


async def test_the_bypass(region: FakeRegion) -> None:
    key_id = await region.create_key()
    policy = default_policy("999999999999")
    await region.ask("PutKeyPolicy", KeyId=key_id, Policy=policy, BypassPolicyLockoutSafetyCheck=True)
    with pytest.raises(AccessDenied, match="because no resource-based policy allows the kms:GetKeyPolicy action"):
        await region.ask("GetKeyPolicy", KeyId=key_id)


async def test_no_other_policy_exists(region: FakeRegion) -> None:
    with pytest.raises(NotFound) as refusal:
        await region.ask("GetKeyPolicy", KeyId=await region.create_key(), PolicyName="other")
    assert refusal.value.message == "No such policy exists"


async def test_a_taken_alias(region: FakeRegion) -> None:
    key_id = await region.create_key()
    await region.ask("CreateAlias", AliasName="alias/x", TargetKeyId=key_id)
    with pytest.raises(AlreadyExists):
        await region.ask("CreateAlias", AliasName="alias/x", TargetKeyId=key_id)
