"""Unmodified boto3 and multi-region keys: every region, through the front door and at the region's own endpoint."""

from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.running import THREE_REGIONS, Running, code_of, eventually


@pytest.fixture(scope="module", params=["front door", "own endpoints"])
def clients(request: pytest.FixtureRequest, keytide: Running) -> dict[str, Any]:
    """A client for each region."""
    own = request.param == "own endpoints"
    return {
        region: keytide.client(region, endpoint=keytide.endpoint(region) if own else None) for region in THREE_REGIONS
    }


def replicate(clients: dict[str, Any], key_id: str, *regions: str, **parameters: Any) -> None:
    for region in regions:
        clients["us-east-1"].replicate_key(KeyId=key_id, ReplicaRegion=region, **parameters)
        eventually(partial(clients[region].describe_key, KeyId=key_id))


def test_one_key_encrypts_and_decrypts_in_every_region(clients: dict[str, Any]) -> None:
    key = clients["us-east-1"].create_key(MultiRegion=True)["KeyMetadata"]
    assert key["KeyId"].startswith("mrk-")
    replicate(clients, key["KeyId"], "eu-west-1", "ap-southeast-2")
    for origin in THREE_REGIONS:
        blob = clients[origin].encrypt(KeyId=key["KeyId"], Plaintext=origin.encode())["CiphertextBlob"]
        for region in THREE_REGIONS:
            opened = clients[region].decrypt(CiphertextBlob=blob, KeyId=key["KeyId"])
            assert opened["Plaintext"] == origin.encode()
            assert opened["KeyId"] == key["Arn"].replace("us-east-1", region)


def test_a_replica_says_whose_it_is_and_has_its_own_properties(clients: dict[str, Any]) -> None:
    key = clients["us-east-1"].create_key(MultiRegion=True, Description="primary")["KeyMetadata"]
    tags = [{"TagKey": "replica", "TagValue": "yes"}]
    answer = clients["us-east-1"].replicate_key(
        KeyId=key["Arn"], ReplicaRegion="eu-west-1", Description="replica", Tags=tags
    )
    arn = key["Arn"].replace("us-east-1", "eu-west-1")
    assert (answer["ReplicaKeyMetadata"]["Arn"], answer["ReplicaTags"]) == (arn, tags)
    replica = eventually(lambda: clients["eu-west-1"].describe_key(KeyId=arn))["KeyMetadata"]
    assert (replica["Description"], replica["KeyState"]) == ("replica", "Enabled")
    expected = {
        "MultiRegionKeyType": "REPLICA",
        "PrimaryKey": {"Arn": key["Arn"], "Region": "us-east-1"},
        "ReplicaKeys": [{"Arn": arn, "Region": "eu-west-1"}],
    }
    assert replica["MultiRegionConfiguration"] == expected
    primary = clients["us-east-1"].describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert primary["MultiRegionConfiguration"] == {**expected, "MultiRegionKeyType": "PRIMARY"}
    assert replica["CurrentKeyMaterialId"] == primary["CurrentKeyMaterialId"]
    clients["eu-west-1"].disable_key(KeyId=arn)
    clients["eu-west-1"].create_alias(AliasName=f"alias/{key['KeyId']}", TargetKeyId=arn)
    clients["us-east-1"].encrypt(KeyId=key["KeyId"], Plaintext=b"-")
    assert clients["us-east-1"].list_aliases(KeyId=key["KeyId"])["Aliases"] == []
    assert clients["eu-west-1"].list_resource_tags(KeyId=arn)["Tags"] == tags


def test_what_cannot_be_replicated_is_refused(clients: dict[str, Any]) -> None:
    home, europe = clients["us-east-1"], clients["eu-west-1"]
    single = home.create_key()["KeyMetadata"]["KeyId"]
    with pytest.raises(home.exceptions.UnsupportedOperationException):
        home.replicate_key(KeyId=single, ReplicaRegion="eu-west-1")
    key_id = home.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    replicate(clients, key_id, "eu-west-1")
    with pytest.raises(home.exceptions.AlreadyExistsException):
        home.replicate_key(KeyId=key_id, ReplicaRegion="eu-west-1")
    with pytest.raises(europe.exceptions.UnsupportedOperationException, match="is not a multi-region primary key"):
        europe.replicate_key(KeyId=key_id, ReplicaRegion="ap-southeast-2")
    for region in ("us-east-1", "mars-north-1"):
        with pytest.raises(ClientError):
            home.replicate_key(KeyId=key_id, ReplicaRegion=region)


def test_single_region_keys_stay_where_they_were_made(clients: dict[str, Any]) -> None:
    key_id = clients["eu-west-1"].create_key()["KeyMetadata"]["KeyId"]
    for region in ("us-east-1", "ap-southeast-2"):
        with pytest.raises(clients[region].exceptions.NotFoundException):
            clients[region].describe_key(KeyId=key_id)


def test_a_key_made_away_from_home_is_replicated_home(clients: dict[str, Any]) -> None:
    europe = clients["eu-west-1"]
    key_id = europe.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    europe.replicate_key(KeyId=key_id, ReplicaRegion="us-east-1")
    blob = europe.encrypt(KeyId=key_id, Plaintext=b"home")["CiphertextBlob"]
    opened = eventually(lambda: clients["us-east-1"].decrypt(CiphertextBlob=blob))
    assert opened["Plaintext"] == b"home"


def test_the_caller_is_the_same_in_every_region(keytide: Running) -> None:
    identities = []
    for region in THREE_REGIONS:
        identity = keytide.client(region, "sts").get_caller_identity()
        identities.append((identity["Account"], identity["Arn"], identity["UserId"]))
    account, arn, user_id = identities[0]
    assert set(identities) == {(account, arn, user_id)}
    assert arn == f"arn:aws:iam::{account}:user/administrator"
    assert user_id.startswith("AIDA")


def test_a_wrong_region_in_the_signature_is_named(keytide: Running) -> None:
    client = keytide.client("us-east-1", endpoint=keytide.endpoint("eu-west-1"))
    with pytest.raises(ClientError, match="us-east-1") as refused:
        client.list_keys()
    assert code_of(refused.value) == "InvalidSignatureException"
