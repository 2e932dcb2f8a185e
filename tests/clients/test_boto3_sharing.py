"""Unmodified boto3: one account shares a multi-region key with another, which uses it in every region."""

import asyncio
import json
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.region_node.operator.bootstrap import create_administrator
from services.region_node.settings.settings import read_node_settings
from shared.keys.sharing import REPLICATE_TAG
from tests.running import THREE_REGIONS, Running, code_of, eventually, wait_until

HOME, *OTHERS = THREE_REGIONS
EVERYTHING = "policy grants aliases tags"


@pytest.fixture(scope="module")
def owner(keytide: Running) -> dict[str, Any]:
    """The owner's client for each region."""
    return {region: keytide.client(region) for region in THREE_REGIONS}


@pytest.fixture(scope="module")
def guest(keytide: Running) -> dict[str, Any]:
    """Another account's, whose home is another region."""
    made = asyncio.run(create_administrator(read_node_settings(keytide.directory / OTHERS[0], OTHERS[0]), None))
    secret = made.secret.reveal().decode()
    for region in THREE_REGIONS:
        client = keytide.client(region, "sts", access_key_id=made.access_key_id, secret=secret)
        eventually(client.get_caller_identity)
    return {region: keytide.client(region, access_key_id=made.access_key_id, secret=secret) for region in THREE_REGIONS}


@pytest.fixture
def key(owner: dict[str, Any]) -> dict[str, Any]:
    """A key with a replica in a second region, where everything follows."""
    made: dict[str, Any] = owner[HOME].create_key(MultiRegion=True)["KeyMetadata"]
    owner[HOME].replicate_key(KeyId=made["KeyId"], ReplicaRegion=OTHERS[0])
    eventually(partial(owner[OTHERS[0]].describe_key, KeyId=made["KeyId"]))
    tag(owner[HOME], made["KeyId"], EVERYTHING)
    return made


def tag(client: Any, key_id: str, value: str) -> None:
    client.tag_resource(KeyId=key_id, Tags=[{"TagKey": REPLICATE_TAG, "TagValue": value}])


def policy_for(owner: str, guest: str) -> str:
    owns = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{owner}:root"}, "Action": "kms:*", "Resource": "*"}
    uses = owns | {"Principal": {"AWS": guest}, "Action": ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [owns, uses]})


def account_of(keytide: Running, clients: dict[str, Any]) -> str:
    credentials = clients[HOME]._request_signer._credentials
    sts = keytide.client(HOME, "sts", access_key_id=credentials.access_key, secret=credentials.secret_key)
    return str(sts.get_caller_identity()["Account"])


def test_a_guest_uses_the_key_in_every_region_that_holds_it_and_no_longer_when_the_owner_says_so(
    keytide: Running, owner: dict[str, Any], guest: dict[str, Any], key: dict[str, Any]
) -> None:
    shared = policy_for(key["AWSAccountId"], f"arn:aws:iam::{account_of(keytide, guest)}:root")
    arns = {region: key["Arn"].replace(HOME, region) for region in THREE_REGIONS}
    for region in (HOME, OTHERS[0]):
        with pytest.raises(ClientError) as refused:
            guest[region].encrypt(KeyId=arns[region], Plaintext=b"-")
        assert code_of(refused.value) == "AccessDeniedException"
    default = owner[HOME].get_key_policy(KeyId=key["KeyId"])["Policy"]
    owner[HOME].put_key_policy(KeyId=key["KeyId"], Policy=shared)
    owner[HOME].replicate_key(KeyId=key["KeyId"], ReplicaRegion=OTHERS[1])
    for origin in THREE_REGIONS:
        sealed = eventually(partial(guest[origin].encrypt, KeyId=arns[origin], Plaintext=origin.encode()))
        for region in THREE_REGIONS:
            blob = sealed["CiphertextBlob"]
            opened = eventually(partial(guest[region].decrypt, CiphertextBlob=blob, KeyId=arns[region]))
            assert opened["Plaintext"] == origin.encode()
        assert json.loads(owner[origin].get_key_policy(KeyId=key["KeyId"])["Policy"]) == json.loads(shared)
    owner[HOME].put_key_policy(KeyId=key["KeyId"], Policy=default)
    for region in THREE_REGIONS:
        wait_until(partial(refuses, guest[region], arns[region]), f"{region} refuses the guest")


def refuses(client: Any, key_id: str) -> bool:
    try:
        client.encrypt(KeyId=key_id, Plaintext=b"-")
    except ClientError as error:
        return code_of(error) == "AccessDeniedException"
    return False


def test_a_grant_lets_a_guest_use_the_key_in_every_region_until_it_is_revoked_in_one(
    keytide: Running, owner: dict[str, Any], guest: dict[str, Any], key: dict[str, Any]
) -> None:
    arns = {region: key["Arn"].replace(HOME, region) for region in (HOME, OTHERS[0])}
    grantee = f"arn:aws:iam::{account_of(keytide, guest)}:user/administrator"
    made = owner[HOME].create_grant(KeyId=key["KeyId"], GranteePrincipal=grantee, Operations=["Encrypt"])
    for region, arn in arns.items():
        eventually(partial(guest[region].encrypt, KeyId=arn, Plaintext=b"-"))
    owner[OTHERS[0]].revoke_grant(KeyId=key["KeyId"], GrantId=made["GrantId"])
    assert refuses(guest[OTHERS[0]], arns[OTHERS[0]]), "it binds at once where it was said"
    wait_until(lambda: refuses(guest[HOME], arns[HOME]), "the primary's region refuses the guest")


def test_grants_of_before_the_tag_reach_the_replica(owner: dict[str, Any]) -> None:
    key_id = owner[HOME].create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    grantee = "arn:aws:iam::444455556666:role/reader"
    made = owner[HOME].create_grant(KeyId=key_id, GranteePrincipal=grantee, Operations=["Decrypt"])
    owner[HOME].replicate_key(KeyId=key_id, ReplicaRegion=OTHERS[0])
    eventually(partial(owner[OTHERS[0]].describe_key, KeyId=key_id))
    tag(owner[HOME], key_id, "grants")
    wait_until(lambda: owner[OTHERS[0]].list_grants(KeyId=key_id)["Grants"], "the grant has arrived")
    (here,), (there,) = (owner[region].list_grants(KeyId=key_id)["Grants"] for region in (HOME, OTHERS[0]))
    assert here["GrantId"] == there["GrantId"] == made["GrantId"]
    assert here["CreationDate"] == there["CreationDate"]


def test_aliases_and_tags_follow_and_a_replica_says_where_they_are_changed(
    owner: dict[str, Any], key: dict[str, Any]
) -> None:
    alias, replica = f"alias/{key['KeyId']}", owner[OTHERS[0]]
    owner[HOME].create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    described = eventually(partial(replica.describe_key, KeyId=alias))["KeyMetadata"]
    assert described["Arn"] == key["Arn"].replace(HOME, OTHERS[0])
    assert replica.list_resource_tags(KeyId=key["KeyId"])["Tags"] == [{"TagKey": REPLICATE_TAG, "TagValue": EVERYTHING}]
    for change in (
        partial(replica.delete_alias, AliasName=alias),
        partial(replica.untag_resource, KeyId=key["KeyId"], TagKeys=[REPLICATE_TAG]),
        partial(replica.put_key_policy, KeyId=key["KeyId"], Policy="{}"),
    ):
        with pytest.raises(
            replica.exceptions.UnsupportedOperationException, match=f"primary key, in {HOME}"
        ) as refused:
            change()
        headers = refused.value.response["ResponseMetadata"]["HTTPHeaders"]
        assert "region of the primary key" in headers["x-keytide-remedy"]


def test_who_may_only_tag_may_not_say_where_policies_hold(keytide: Running, key: dict[str, Any]) -> None:
    iam = keytide.client(HOME, "iam")
    iam.create_user(UserName="tagger")
    allow = {"Effect": "Allow", "Action": ["kms:TagResource", "kms:UntagResource"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName="tagger", PolicyName="tags", PolicyDocument=document)
    made = iam.create_access_key(UserName="tagger")["AccessKey"]
    tagger = keytide.client(HOME, access_key_id=made["AccessKeyId"], secret=made["SecretAccessKey"])
    eventually(partial(tagger.tag_resource, KeyId=key["KeyId"], Tags=[{"TagKey": "cost", "TagValue": "1"}]))
    for change in (
        partial(tag, tagger, key["KeyId"], "policy"),
        partial(tagger.untag_resource, KeyId=key["KeyId"], TagKeys=[REPLICATE_TAG]),
    ):
        with pytest.raises(ClientError, match="kms:PutKeyPolicy") as refused:
            change()
        assert code_of(refused.value) == "AccessDeniedException"
