"""Unmodified boto3: grants and their tokens, and when a key was last used."""

from typing import Any, NamedTuple

import pytest

from tests.running import eventually


class Key(NamedTuple):
    """`owner` is the ARN of its account's administrator."""

    arn: str
    id: str
    owner: str


@pytest.fixture
def key(kms: Any) -> Key:
    """A fresh key of the home region."""
    made = kms.create_key()["KeyMetadata"]
    return Key(made["Arn"], made["KeyId"], f"arn:aws:iam::{made['AWSAccountId']}:user/administrator")


def ids(kms: Any, key: Key, **filters: str) -> list[str]:
    pages = kms.get_paginator("list_grants").paginate(KeyId=key.id, **filters, PaginationConfig={"PageSize": 2})
    return [grant["GrantId"] for page in pages for grant in page["Grants"]]


def test_a_grant_is_made_listed_and_revoked(kms: Any, key: Key) -> None:
    made = kms.create_grant(
        KeyId=key.id,
        GranteePrincipal="arn:aws:iam::444455556666:role/reader",
        RetiringPrincipal=key.owner,
        Operations=["Encrypt", "Decrypt"],
        Constraints={"EncryptionContextEquals": {"purpose": "tests"}},
        Name="reading",
    )
    (grant,) = kms.list_grants(KeyId=key.arn)["Grants"]
    assert grant.pop("CreationDate").tzinfo is not None
    assert grant == {
        "KeyId": key.arn,
        "GrantId": made["GrantId"],
        "Name": "reading",
        "GranteePrincipal": "arn:aws:iam::444455556666:role/reader",
        "RetiringPrincipal": key.owner,
        "IssuingAccount": key.owner.replace("user/administrator", "root"),
        "Operations": ["Decrypt", "Encrypt"],
        "Constraints": {"EncryptionContextEquals": {"purpose": "tests"}},
    }
    kms.revoke_grant(KeyId=key.id, GrantId=made["GrantId"])
    assert kms.list_grants(KeyId=key.id)["Grants"] == []
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.revoke_grant(KeyId=key.id, GrantId=made["GrantId"])


def test_paginators_read_every_grant(kms: Any, key: Key) -> None:
    made = [
        kms.create_grant(KeyId=key.id, GranteePrincipal=key.owner, RetiringPrincipal=key.owner, Operations=["Decrypt"])
        for _ in range(5)
    ]
    assert sorted(ids(kms, key)) == sorted(ids(kms, key, GranteePrincipal=key.owner))
    assert set(ids(kms, key)) == {grant["GrantId"] for grant in made}
    assert ids(kms, key, GrantId=made[3]["GrantId"]) == [made[3]["GrantId"]]
    pages = kms.get_paginator("list_retirable_grants").paginate(
        RetiringPrincipal=key.owner, PaginationConfig={"PageSize": 2}
    )
    found = [grant["GrantId"] for page in pages for grant in page["Grants"] if grant["KeyId"] == key.arn]
    assert set(found) == set(ids(kms, key))


def test_a_name_makes_a_grant_repeatable_and_its_tokens_interchangeable(kms: Any, key: Key) -> None:
    first, again = [
        kms.create_grant(KeyId=key.id, GranteePrincipal=key.owner, Operations=["Decrypt"], Name="n") for _ in range(2)
    ]
    assert first["GrantId"] == again["GrantId"]
    assert first["GrantToken"] != again["GrantToken"]
    kms.encrypt(KeyId=key.id, Plaintext=b"-", GrantTokens=[first["GrantToken"], again["GrantToken"]])
    kms.retire_grant(GrantToken=first["GrantToken"])
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.retire_grant(GrantToken=again["GrantToken"])


def test_what_is_wrong_with_a_grant_is_said_as_aws_says_it(kms: Any, elsewhere: Any, key: Key) -> None:
    terms = {"KeyId": key.id, "GranteePrincipal": key.owner, "Operations": ["Decrypt"]}
    with pytest.raises(kms.exceptions.ClientError, match="Grants must not contain only the CreateGrant operation"):
        kms.create_grant(**{**terms, "Operations": ["CreateGrant"]})
    with pytest.raises(kms.exceptions.InvalidArnException, match="ARN does not refer to a valid principal"):
        kms.create_grant(**{**terms, "GranteePrincipal": "everybody"})
    with pytest.raises(kms.exceptions.DryRunOperationException):
        kms.create_grant(**terms, DryRun=True)
    with pytest.raises(kms.exceptions.InvalidGrantIdException):
        kms.list_grants(KeyId=key.id, GrantId="none")
    token = kms.create_grant(**terms)["GrantToken"]
    for client, forged in ((elsewhere, token), (kms, token[:-4] + "AAAA"), (kms, "token")):
        with pytest.raises(client.exceptions.InvalidGrantTokenException):
            client.retire_grant(GrantToken=forged)
    kms.disable_key(KeyId=key.id)
    with pytest.raises(kms.exceptions.DisabledException):
        kms.create_grant(**terms)
    assert len(ids(kms, key)) == 1


def test_grants_are_each_regions_own(kms: Any, elsewhere: Any) -> None:
    made = kms.create_key(MultiRegion=True)["KeyMetadata"]
    kms.replicate_key(KeyId=made["KeyId"], ReplicaRegion="eu-west-1")
    eventually(lambda: elsewhere.describe_key(KeyId=made["KeyId"]))
    owner = f"arn:aws:iam::{made['AWSAccountId']}:root"
    terms = {"KeyId": made["KeyId"], "GranteePrincipal": owner, "Operations": ["Decrypt"], "Name": "same"}
    near, far = kms.create_grant(**terms), elsewhere.create_grant(**terms)
    assert near["GrantId"] != far["GrantId"]
    assert [grant["GrantId"] for grant in elsewhere.list_grants(KeyId=made["KeyId"])["Grants"]] == [far["GrantId"]]


def test_the_last_use_of_a_key_is_told(kms: Any, key: Key) -> None:
    before = kms.get_key_last_usage(KeyId=key.id)
    assert (before["KeyId"], before["KeyLastUsage"]) == (key.id, {})
    assert before["TrackingStartDate"] == before["KeyCreationDate"]
    answer = kms.encrypt(KeyId=key.id, Plaintext=b"-")
    usage = kms.get_key_last_usage(KeyId=key.arn)["KeyLastUsage"]
    assert usage["Operation"] == "Encrypt"
    assert usage["KmsRequestId"] == answer["ResponseMetadata"]["RequestId"]
    assert before["KeyCreationDate"] <= usage["Timestamp"]
    kms.re_encrypt(CiphertextBlob=answer["CiphertextBlob"], DestinationKeyId=key.id)
    assert kms.get_key_last_usage(KeyId=key.id)["KeyLastUsage"]["Operation"] == "ReEncrypt"
