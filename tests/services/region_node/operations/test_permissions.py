"""Who is let in: each operation asks for its permissions, on the right things, of the right policies."""

import copy
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from services.region_node.authorization.kms_facts import KMS_FACTS
from services.region_node.operations.rules import Scope
from services.region_node.operations.table import OPERATIONS
from services.region_node.requests.call import Caller
from services.region_node.wire.shapes import compile_request
from shared.errors import AccessDenied, NotFound
from shared.identity.account_events import ServiceControlPolicyPut
from shared.identity.limits import LEVELS
from tests.services.region_node.callers import user
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT, FakeRegion

BOB = user(name="bob")
FOREIGN = user(OTHER_ACCOUNT)
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
CRYPT = {"Plaintext": "YQ=="}
STORE = {"CustomKeyStoreId": "cks-1234567890abcdef0"}
REQUIRED: Mapping[str, Mapping[str, Any]] = {
    "CreateCustomKeyStore": {"CustomKeyStoreName": "store"},
    "ConnectCustomKeyStore": STORE,
    "DisconnectCustomKeyStore": STORE,
    "UpdateCustomKeyStore": STORE,
    "DeleteCustomKeyStore": STORE,
    "ListRetirableGrants": {"RetiringPrincipal": BOB.arn},
    "GenerateRandom": {"NumberOfBytes": 8},
}
"""What operations on the whole account need to be decoded."""


def key_arn(key_id: str) -> str:
    return f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key_id}"


def allow(action: str | list[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str, **more: Any) -> dict[str, Any]:
    return {**allow(action, **more), "Effect": "Deny"}


def key_policy(*statements: dict[str, Any], root: bool = True) -> str:
    rooted = [{**allow("kms:*"), "Principal": {"AWS": ROOT}}] if root else []
    return json.dumps({"Version": "2012-10-17", "Statement": [*rooted, *statements]})


async def denied(region: FakeRegion, caller: Caller, operation: str, /, **parameters: Any) -> str:
    with pytest.raises(AccessDenied) as refusal:
        await region.ask_as(caller, operation, **parameters)
    return refusal.value.message


async def test_the_account_decides_by_its_own_policies(region: FakeRegion) -> None:
    region.add_user(ACCOUNT, "bob", allow("kms:Encrypt"))
    key_id = await region.create_key()
    await region.ask_as(BOB, "Encrypt", KeyId=key_id, **CRYPT)
    assert await denied(region, BOB, "DescribeKey", KeyId=key_id) == (
        f"User: {BOB.arn} is not authorized to perform: kms:DescribeKey on resource: {key_arn(key_id)} "
        "because no identity-based policy allows the kms:DescribeKey action"
    )


async def test_a_key_policy_lets_in_whom_it_names(region: FakeRegion) -> None:
    region.add_user(ACCOUNT, "bob")
    key_id = await region.create_key(Policy=key_policy({**allow("kms:Encrypt"), "Principal": {"AWS": BOB.arn}}))
    await region.ask_as(BOB, "Encrypt", KeyId=key_id, **CRYPT)
    assert await denied(region, BOB, "Decrypt", KeyId=key_id, CiphertextBlob="YQ==")


async def test_without_the_account_in_the_key_policy_iam_gives_nothing(region: FakeRegion) -> None:
    region.add_user(ACCOUNT, "bob", allow("kms:*"))
    alone = key_policy({**allow("kms:*"), "Principal": {"AWS": user().arn}}, root=False)
    key_id = await region.create_key(Policy=alone)
    assert "because no resource-based policy allows the kms:Encrypt action" in await denied(
        region, BOB, "Encrypt", KeyId=key_id, **CRYPT
    )


async def test_a_deny_wins_wherever_it_stands(region: FakeRegion) -> None:
    region.add_user(ACCOUNT, "bob", allow("kms:*"), deny("kms:Encrypt"))
    key_id = await region.create_key(Policy=key_policy({**deny("kms:DescribeKey"), "Principal": "*"}))
    assert (await denied(region, BOB, "Encrypt", KeyId=key_id, **CRYPT)).endswith(
        "with an explicit deny in an identity-based policy"
    )
    assert (await denied(region, BOB, "DescribeKey", KeyId=key_id)).endswith(
        "with an explicit deny in a resource-based policy"
    )


async def test_the_permission_comes_before_the_state_of_the_key(region: FakeRegion) -> None:
    region.add_user(ACCOUNT, "bob")
    key_id = await region.create_key()
    await region.ask("DisableKey", KeyId=key_id)
    assert await denied(region, BOB, "Encrypt", KeyId=key_id, **CRYPT)


async def test_a_key_that_is_not_there_is_not_found_whoever_asks(region: FakeRegion) -> None:
    region.add_user(ACCOUNT, "bob")
    with pytest.raises(NotFound):
        await region.ask_as(BOB, "DescribeKey", KeyId="00000000-0000-4000-8000-000000000000")


async def test_a_condition_on_the_request_binds(region: FakeRegion) -> None:
    blue = {"StringEquals": {"kms:EncryptionContext:Tenant": "Blue"}}
    region.add_user(ACCOUNT, "bob", allow("kms:Encrypt", Condition=blue))
    key_id = await region.create_key()
    await region.ask_as(BOB, "Encrypt", KeyId=key_id, EncryptionContext={"Tenant": "Blue"}, **CRYPT)
    for context in ({"Tenant": "Red"}, {}):
        assert await denied(region, BOB, "Encrypt", KeyId=key_id, EncryptionContext=context, **CRYPT)


async def test_a_condition_on_the_alias_binds(region: FakeRegion) -> None:
    by_alias = {"StringEquals": {"kms:RequestAlias": "alias/app"}}
    region.add_user(ACCOUNT, "bob", allow("kms:Encrypt", Condition=by_alias))
    key_id = await region.create_key()
    await region.ask("CreateAlias", AliasName="alias/app", TargetKeyId=key_id)
    await region.ask_as(BOB, "Encrypt", KeyId="alias/app", **CRYPT)
    assert await denied(region, BOB, "Encrypt", KeyId=key_id, **CRYPT)


async def test_another_account_needs_the_word_of_both(region: FakeRegion) -> None:
    to_other = {**allow("kms:Encrypt"), "Principal": {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}}
    shared = await region.create_key(Policy=key_policy(to_other))
    own = await region.create_key()
    silent = user(OTHER_ACCOUNT, "bob")
    region.add_user(OTHER_ACCOUNT, "bob")
    assert (await region.ask_as(FOREIGN, "Encrypt", KeyId=key_arn(shared), **CRYPT)).key_id == key_arn(shared)
    assert "no identity-based policy allows" in await denied(region, silent, "Encrypt", KeyId=key_arn(shared), **CRYPT)
    hidden = await denied(region, FOREIGN, "Encrypt", KeyId=key_arn(own), **CRYPT)
    absent = await denied(region, FOREIGN, "Encrypt", KeyId=key_arn("00000000-0000-4000-8000-000000000000"), **CRYPT)
    assert hidden == absent


@pytest.mark.parametrize("control", [False, True])
async def test_what_denies_a_caller_at_home_tells_nothing_of_other_accounts(region: FakeRegion, control: bool) -> None:
    """Else who denies himself everything could learn which aliases others have, and of which keys."""
    region.add_user(OTHER_ACCOUNT, "bob", *[deny("kms:*")] * (not control))
    if control:
        nothing = json.dumps({"Version": "2012-10-17", "Statement": allow("s3:*")})
        region.view.apply([ServiceControlPolicyPut(OTHER_ACCOUNT, LEVELS[0], "nothing", nothing)])
    await region.ask("CreateAlias", AliasName="alias/secret", TargetKeyId=await region.create_key())
    names = (f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/{name}" for name in ("secret", "absent"))
    refusals = {await denied(region, user(OTHER_ACCOUNT, "bob"), "Encrypt", KeyId=name, **CRYPT) for name in names}
    assert len(refusals) == 1


async def test_another_account_decrypts_what_names_its_key_in_the_blob(region: FakeRegion) -> None:
    to_other = {**allow("kms:Decrypt"), "Principal": {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}}
    key_id = await region.create_key(Policy=key_policy(to_other))
    blob = (await region.ask("Encrypt", KeyId=key_id, **CRYPT)).ciphertext_blob
    assert (await region.ask_as(FOREIGN, "Decrypt", CiphertextBlob=base64(blob))).plaintext == b"a"
    await region.ask("PutKeyPolicy", KeyId=key_id, Policy=key_policy())
    assert await denied(region, FOREIGN, "Decrypt", CiphertextBlob=base64(blob))


async def test_what_is_for_the_own_account_only_is_not_shared(region: FakeRegion) -> None:
    everything = {**allow("kms:*"), "Principal": {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}}
    key_id = await region.create_key(Policy=key_policy(everything))
    assert await denied(region, FOREIGN, "DisableKey", KeyId=key_arn(key_id))
    await region.ask_as(FOREIGN, "DescribeKey", KeyId=key_arn(key_id))


async def test_a_grant_lets_in_whom_it_names(region: FakeRegion) -> None:
    region.add_user(ACCOUNT, "bob")
    key_id = await region.create_key()
    constraints = {"EncryptionContextSubset": {"Tenant": "Blue"}}
    await region.ask(
        "CreateGrant", KeyId=key_id, GranteePrincipal=BOB.arn, Operations=["Encrypt"], Constraints=constraints
    )
    await region.ask_as(BOB, "Encrypt", KeyId=key_id, EncryptionContext={"Tenant": "Blue", "Row": "1"}, **CRYPT)
    assert await denied(region, BOB, "Encrypt", KeyId=key_id, EncryptionContext={"tenant": "Blue"}, **CRYPT)


async def test_a_revoked_grant_lets_nobody_in(region: FakeRegion) -> None:
    region.add_user(ACCOUNT, "bob")
    key_id = await region.create_key()
    made = await region.ask("CreateGrant", KeyId=key_id, GranteePrincipal=BOB.arn, Operations=["Encrypt"])
    await region.ask_as(BOB, "Encrypt", KeyId=key_id, **CRYPT)
    await region.ask("RevokeGrant", KeyId=key_id, GrantId=made.grant_id)
    assert await denied(region, BOB, "Encrypt", KeyId=key_id, **CRYPT)


async def test_who_creates_grants_through_a_grant_gives_no_more_than_it(region: FakeRegion) -> None:
    region.add_user(ACCOUNT, "bob")
    key_id = await region.create_key()
    await region.ask("CreateGrant", KeyId=key_id, GranteePrincipal=BOB.arn, Operations=["Encrypt", "CreateGrant"])
    wanted = {"KeyId": key_id, "GranteePrincipal": user(name="carol").arn}
    await region.ask_as(BOB, "CreateGrant", Operations=["Encrypt"], **wanted)
    assert await denied(region, BOB, "CreateGrant", Operations=["Encrypt", "Decrypt"], **wanted)


async def test_a_grant_that_the_caller_may_not_use_lets_it_give_nothing(region: FakeRegion) -> None:
    """What the account was granted, only its identity policies hand on."""
    key_id = await region.create_key()
    silent = user(OTHER_ACCOUNT, "bob")
    region.add_user(OTHER_ACCOUNT, "bob")
    for grantee, operation in ((f"arn:aws:iam::{OTHER_ACCOUNT}:root", "Decrypt"), (silent.arn, "Encrypt")):
        await region.ask("CreateGrant", KeyId=key_id, GranteePrincipal=grantee, Operations=["CreateGrant", operation])
    wanted = {"KeyId": key_arn(key_id), "GranteePrincipal": silent.arn}
    assert await denied(region, silent, "CreateGrant", Operations=["Decrypt"], **wanted)
    await region.ask_as(silent, "CreateGrant", Operations=["Encrypt"], **wanted)
    await region.ask_as(FOREIGN, "CreateGrant", Operations=["Decrypt"], **wanted)


async def test_who_retires_a_grant(region: FakeRegion) -> None:
    region.add_user(ACCOUNT, "bob")
    region.add_user(ACCOUNT, "carol", deny("kms:RetireGrant"))
    region.add_user(ACCOUNT, "dave", allow("kms:RetireGrant"))
    key_id = await region.create_key()
    carol, dave, erin = user(name="carol"), user(name="dave"), user(name="erin")
    region.add_user(ACCOUNT, "erin")
    for retiring, lets_in in ((BOB, (BOB,)), (carol, (dave,)), (BOB, (dave,))):
        made = await region.ask(
            "CreateGrant",
            KeyId=key_id,
            GranteePrincipal=erin.arn,
            RetiringPrincipal=retiring.arn,
            Operations=["Encrypt"],
        )
        names = {"KeyId": key_id, "GrantId": made.grant_id}
        assert await denied(region, erin, "RetireGrant", **names)
        assert await denied(region, carol, "RetireGrant", **names)
        for caller in lets_in:
            await region.ask_as(caller, "RetireGrant", **names)


async def test_an_alias_is_asked_about_besides_its_key(region: FakeRegion) -> None:
    key_id = await region.create_key()
    other_id = await region.create_key()
    alias = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/app"
    region.add_user(ACCOUNT, "bob", allow("kms:*Alias", key_arn(key_id)))
    region.add_user(ACCOUNT, "carol", allow("kms:*Alias", alias))
    region.add_user(ACCOUNT, "dave", allow("kms:*Alias", alias), allow("kms:*Alias", key_arn(key_id)))
    carol, dave = user(name="carol"), user(name="dave")
    make = {"AliasName": "alias/app", "TargetKeyId": key_id}
    for caller in (BOB, carol):
        assert await denied(region, caller, "CreateAlias", **make)
    await region.ask_as(dave, "CreateAlias", **make)
    assert await denied(region, dave, "UpdateAlias", AliasName="alias/app", TargetKeyId=other_id)
    for caller in (BOB, carol):
        assert await denied(region, caller, "DeleteAlias", AliasName="alias/app")
    await region.ask_as(dave, "DeleteAlias", AliasName="alias/app")


async def test_tags_at_creation_need_their_own_permission(region: FakeRegion) -> None:
    region.add_user(ACCOUNT, "bob", allow("kms:CreateKey"))
    await region.ask_as(BOB, "CreateKey")
    tags = [{"TagKey": "Team", "TagValue": "Blue"}]
    assert "kms:TagResource on resource: *" in await denied(region, BOB, "CreateKey", Tags=tags)


async def test_a_replica_is_created_in_its_region(region: FakeRegion) -> None:
    here = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    region.add_user(ACCOUNT, "bob", allow("kms:ReplicateKey"), allow("kms:CreateKey", Condition=here))
    key_id = await region.create_key(MultiRegion=True)
    await region.ask_as(BOB, "ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1")
    assert await denied(region, BOB, "ReplicateKey", KeyId=key_id, ReplicaRegion="ap-southeast-2")


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT", "kms:KeyOrigin": "AWS_KMS"}}, True),
        ({"StringEquals": {"kms:KeyUsage": "SIGN_VERIFY"}}, False),
        ({"Bool": {"kms:MultiRegion": "true"}}, True),
        ({"StringEquals": {"kms:MultiRegionKeyType": "REPLICA"}}, True),
        ({"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}, False),
    ],
)
async def test_a_replica_shows_what_it_will_be(region: FakeRegion, condition: Any, allowed: bool) -> None:
    region.add_user(ACCOUNT, "bob", allow("kms:ReplicateKey"), allow("kms:CreateKey", Condition=condition))
    request = {"KeyId": await region.create_key(MultiRegion=True), "ReplicaRegion": "eu-west-1"}
    if allowed:
        await region.ask_as(BOB, "ReplicateKey", **request)
    else:
        assert await denied(region, BOB, "ReplicateKey", **request)


@pytest.mark.parametrize("condition_key", sorted(KMS_FACTS))
async def test_every_fact_may_be_asked_of_what_the_tag_needs_besides(region: FakeRegion, condition_key: str) -> None:
    """TagResource asks for the permissions of other operations, whose parameters it does not have."""
    guarded = {"ForAnyValue:StringEquals": {condition_key: "nothing says this"}}
    region.add_user(ACCOUNT, "bob", allow("kms:*"), deny("kms:PutKeyPolicy", Condition=guarded),
                    deny("kms:CreateGrant", Condition=guarded))  # fmt: skip
    key_id = await region.create_key(MultiRegion=True)
    tags = [{"TagKey": "keytide:replicate", "TagValue": "policy grants"}]
    await region.ask_as(BOB, "TagResource", KeyId=key_id, Tags=tags)
    told = await region.ask("ListResourceTags", KeyId=key_id)
    assert told.tags == (("keytide:replicate", "policy grants"),)


async def test_tags_that_differ_in_case_only_let_nobody_in(region: FakeRegion) -> None:
    """A condition matches a tag in either form, but not both: else whichever comes last would count."""
    blue = {"StringEquals": {"aws:RequestTag/Team": "Blue"}}
    region.add_user(ACCOUNT, "bob", allow("kms:CreateKey"), allow("kms:TagResource", Condition=blue))
    one, other = {"TagKey": "Team", "TagValue": "Red"}, {"TagKey": "team", "TagValue": "Blue"}
    await region.ask_as(BOB, "CreateKey", Tags=[other])
    assert await denied(region, BOB, "CreateKey", Tags=[one, other])
    assert await denied(region, BOB, "CreateKey", Tags=[other, one])
    key_id = await region.create_key(Tags=[one, other])
    of_blue = {"StringEquals": {"aws:ResourceTag/Team": "Blue"}}
    region.add_user(ACCOUNT, "bob", allow("kms:Encrypt", Condition=of_blue))
    assert await denied(region, BOB, "Encrypt", KeyId=key_id, **CRYPT)


async def test_reencryption_asks_on_both_keys(region: FakeRegion) -> None:
    source, destination = await region.create_key(), await region.create_key()
    blob = base64((await region.ask("Encrypt", KeyId=source, **CRYPT)).ciphertext_blob)
    region.add_user(ACCOUNT, "bob", allow("kms:ReEncryptFrom"), allow("kms:ReEncryptTo", key_arn(destination)))
    await region.ask_as(BOB, "ReEncrypt", CiphertextBlob=blob, DestinationKeyId=destination)
    assert "kms:ReEncryptTo" in await denied(region, BOB, "ReEncrypt", CiphertextBlob=blob, DestinationKeyId=source)


async def test_reencryption_on_the_same_key_is_told_from_another(region: FakeRegion) -> None:
    key_id, other_id = await region.create_key(), await region.create_key()
    await region.ask("CreateAlias", AliasName="alias/same", TargetKeyId=key_id)
    blob = base64((await region.ask("Encrypt", KeyId=key_id, **CRYPT)).ciphertext_blob)
    region.add_user(ACCOUNT, "bob", allow("kms:ReEncrypt*", Condition={"Bool": {"kms:ReEncryptOnSameKey": "true"}}))
    for same in (key_id, "alias/same", key_arn(key_id)):
        await region.ask_as(BOB, "ReEncrypt", CiphertextBlob=blob, DestinationKeyId=same)
    assert await denied(region, BOB, "ReEncrypt", CiphertextBlob=blob, DestinationKeyId=other_id)


@pytest.mark.parametrize(
    "operation",
    sorted(name for name, row in OPERATIONS.items() if all(rule.scope is Scope.ACCOUNT for rule in row.rules)),
)
async def test_what_is_of_the_whole_account_needs_its_permission(region: FakeRegion, operation: str) -> None:
    region.add_user(ACCOUNT, "bob", allow("kms:*", f"arn:aws:kms:*:{ACCOUNT}:key/*"))
    refused = await denied(region, BOB, operation, **REQUIRED.get(operation, {}))
    assert f"kms:{operation} on resource: *" in refused


async def test_what_was_judged_is_noted_in_the_call(region: FakeRegion) -> None:
    call = region.call()
    key_id = await region.create_key()
    row = OPERATIONS["DescribeKey"]
    await row.handle(call, row.request(key_id))
    (judged,) = call.judged
    assert (judged.question.action, judged.verdict.allowed) == ("kms:DescribeKey", True)
    assert [statement.sid for statement in judged.verdict.statements] == ["Enable IAM User Permissions", ""]


def base64(blob: bytes) -> str:
    return b64encode(blob).decode()


@pytest.mark.parametrize("operation", ["UpdateAlias", "DeleteAlias"])
async def test_an_alias_that_has_come_to_name_another_key_is_asked_about_with_that_key(
    region: FakeRegion, operation: str
) -> None:
    """Somebody moves the alias between the first look and the decision."""
    mine, others = await region.create_key(), await region.create_key()
    alias = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/app"
    region.add_user(ACCOUNT, "bob", allow("kms:*Alias", alias), allow("kms:*Alias", key_arn(mine)))
    await region.ask("CreateAlias", AliasName="alias/app", TargetKeyId=mine)
    before = copy.deepcopy(region.view)
    await region.ask("UpdateAlias", AliasName="alias/app", TargetKeyId=others)
    row = OPERATIONS[operation]
    parameters = {"AliasName": "alias/app"} | ({"TargetKeyId": mine} if operation == "UpdateAlias" else {})
    call = replace(region.call(operation=operation, caller=BOB), view=before)
    appended = len(region.appended)
    with pytest.raises(AccessDenied) as refusal:
        await row.handle(call, compile_request(row.request)(parameters))
    assert key_arn(others) in refusal.value.message
    assert len(region.appended) == appended
