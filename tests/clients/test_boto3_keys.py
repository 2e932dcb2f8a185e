"""Unmodified boto3: keys, aliases, tags, policies, and how they are listed."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.running import Running, code_of


@pytest.fixture
def key(kms: Any) -> Any:
    """The metadata of a fresh key of the home region."""
    return kms.create_key(Description="a key for a test")["KeyMetadata"]


def test_a_new_key_is_described_as_aws_would(keytide: Running, kms: Any, key: Any) -> None:
    account = keytide.client("us-east-1", "sts").get_caller_identity()["Account"]
    material = key.pop("CurrentKeyMaterialId")
    assert len(material) == 64
    assert key.pop("CreationDate").tzinfo is not None
    key_id = key.pop("KeyId")
    assert key == {
        "AWSAccountId": account,
        "Arn": f"arn:aws:kms:us-east-1:{account}:key/{key_id}",
        "Enabled": True,
        "Description": "a key for a test",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["CurrentKeyMaterialId"] == material


def test_each_form_of_a_key_identifier_names_the_key(kms: Any, key: Any) -> None:
    name = f"alias/forms-{key['KeyId']}"
    kms.create_alias(AliasName=name, TargetKeyId=key["Arn"])
    alias_arn = key["Arn"].rpartition(":")[0] + ":" + name
    for identifier in (key["KeyId"], key["Arn"], name, alias_arn):
        assert kms.describe_key(KeyId=identifier)["KeyMetadata"]["Arn"] == key["Arn"]
        assert kms.encrypt(KeyId=identifier, Plaintext=b"-")["KeyId"] == key["Arn"]
    for identifier in (name, alias_arn):
        with pytest.raises(kms.exceptions.InvalidArnException, match="Key Aliases are not supported for this"):
            kms.disable_key(KeyId=identifier)


def test_a_key_is_disabled_enabled_and_described_anew(kms: Any, key: Any) -> None:
    kms.disable_key(KeyId=key["KeyId"])
    with pytest.raises(kms.exceptions.DisabledException) as refused:
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"-")
    assert refused.value.response["Error"]["Message"] == f"{key['Arn']} is disabled."
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=key["KeyId"])
    kms.update_key_description(KeyId=key["KeyId"], Description="anew")
    metadata = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert (metadata["Enabled"], metadata["Description"]) == (True, "anew")


def test_each_of_several_changes_within_a_second_takes_effect(kms: Any, key: Any) -> None:
    for _ in range(3):
        kms.disable_key(KeyId=key["KeyId"])
        assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
        kms.enable_key(KeyId=key["KeyId"])
        assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Enabled"


def test_keys_and_aliases_are_listed_page_by_page(kms: Any) -> None:
    made = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(5)]
    names = {f"alias/page-{key_id}" for key_id in made}
    for key_id in made:
        kms.create_alias(AliasName=f"alias/page-{key_id}", TargetKeyId=key_id)
    key_pages = list(kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
    listed = [row["KeyId"] for page in key_pages for row in page["Keys"]]
    assert len(key_pages) > 2
    assert len(listed) == len(set(listed))
    assert set(made) <= set(listed)
    alias_pages = kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 2})
    aliases = [row["AliasName"] for page in alias_pages for row in page["Aliases"]]
    assert len(aliases) == len(set(aliases))
    assert names <= set(aliases)
    assert [row["AliasName"] for row in kms.list_aliases(KeyId=made[0])["Aliases"]] == [f"alias/page-{made[0]}"]


def test_a_marker_of_nobody_is_refused(kms: Any) -> None:
    with pytest.raises(kms.exceptions.InvalidMarkerException):
        kms.list_keys(Marker="of nobody")


def test_an_alias_is_created_moved_and_deleted(kms: Any, key: Any) -> None:
    other, name = kms.create_key()["KeyMetadata"], f"alias/moved/{key['KeyId']}"
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    with pytest.raises(kms.exceptions.AlreadyExistsException):
        kms.create_alias(AliasName=name, TargetKeyId=other["KeyId"])
    kms.update_alias(AliasName=name, TargetKeyId=other["KeyId"])
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == other["KeyId"]
    kms.delete_alias(AliasName=name)
    with pytest.raises(kms.exceptions.NotFoundException, match="is not found"):
        kms.describe_key(KeyId=name)
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.delete_alias(AliasName=name)


def test_reserved_and_odd_alias_names_are_refused(kms: Any, key: Any) -> None:
    for name in ("alias/aws/mine", "alias/not allowed", "no-prefix"):
        with pytest.raises(ClientError) as refused:
            kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
        assert code_of(refused.value) in ("NotAuthorizedException", "InvalidAliasNameException", "ValidationException")


def test_tags_are_set_listed_and_taken_away(kms: Any) -> None:
    key_id = kms.create_key(Tags=[{"TagKey": "team", "TagValue": "red"}])["KeyMetadata"]["KeyId"]
    kms.tag_resource(KeyId=key_id, Tags=[{"TagKey": "team", "TagValue": "blue"}, {"TagKey": "cost", "TagValue": ""}])
    pages = kms.get_paginator("list_resource_tags").paginate(KeyId=key_id, PaginationConfig={"PageSize": 1})
    tags = {row["TagKey"]: row["TagValue"] for page in pages for row in page["Tags"]}
    assert tags == {"team": "blue", "cost": ""}
    kms.untag_resource(KeyId=key_id, TagKeys=["cost", "never-there"])
    assert kms.list_resource_tags(KeyId=key_id)["Tags"] == [{"TagKey": "team", "TagValue": "blue"}]
    with pytest.raises(kms.exceptions.TagException):
        kms.tag_resource(KeyId=key_id, Tags=[{"TagKey": "aws:mine", "TagValue": "-"}])


def test_a_policy_is_read_and_replaced(kms: Any, key: Any) -> None:
    assert kms.list_key_policies(KeyId=key["KeyId"])["PolicyNames"] == ["default"]
    policy = json.loads(kms.get_key_policy(KeyId=key["KeyId"])["Policy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{key['AWSAccountId']}:root"}
    policy["Statement"][0]["Sid"] = "Replaced"
    kms.put_key_policy(KeyId=key["KeyId"], Policy=json.dumps(policy))
    read = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")
    assert (json.loads(read["Policy"]), read["PolicyName"]) == (policy, "default")


@pytest.mark.parametrize("policy", ["no JSON", '{"Version":"2012-10-17","Statement":[]}', '{"Statement":{}}'])
def test_a_policy_that_locks_out_or_does_not_parse_is_refused(kms: Any, key: Any, policy: str) -> None:
    before = kms.get_key_policy(KeyId=key["KeyId"])["Policy"]
    with pytest.raises(kms.exceptions.MalformedPolicyDocumentException):
        kms.put_key_policy(KeyId=key["KeyId"], Policy=policy)
    assert kms.get_key_policy(KeyId=key["KeyId"])["Policy"] == before


def test_keys_that_are_not_there_are_told_apart(kms: Any, key: Any) -> None:
    absent = "00000000-0000-4000-8000-000000000000"
    arn = key["Arn"].rpartition("/")[0] + "/" + absent
    with pytest.raises(kms.exceptions.NotFoundException, match=f"Key '{arn}' does not exist"):
        kms.describe_key(KeyId=absent)
    with pytest.raises(kms.exceptions.NotFoundException, match="Invalid keyId 'odd'"):
        kms.describe_key(KeyId="odd")
    with pytest.raises(kms.exceptions.NotFoundException, match="Invalid arn eu-west-1"):
        kms.describe_key(KeyId=key["Arn"].replace("us-east-1", "eu-west-1"))
    with pytest.raises(kms.exceptions.InvalidArnException):
        kms.describe_key(KeyId="arn:aws:kms:odd")


def test_another_accounts_key_is_forbidden_whether_or_not_it_exists(kms: Any, key: Any) -> None:
    foreign = key["Arn"].replace(key["AWSAccountId"], "999999999999")
    for attempt in (kms.describe_key, kms.enable_key, kms.get_key_policy):
        with pytest.raises(ClientError, match="is not authorized to perform") as refused:
            attempt(KeyId=foreign)
        assert code_of(refused.value) == "AccessDeniedException"


def test_what_the_service_checks_is_named(kms: Any) -> None:
    with pytest.raises(ClientError) as refused:
        kms.generate_random(NumberOfBytes=1025)
    assert code_of(refused.value) == "ValidationException"
    assert refused.value.response["Error"]["Message"] == (
        "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: "
        "Member must have value less than or equal to 1024"
    )
    with pytest.raises(ClientError, match="Member must satisfy enum value set"):
        kms.create_key(KeySpec="ODD")


def test_a_key_of_a_service_is_there_to_be_looked_at(kms: Any) -> None:
    alias = "alias/aws/secretsmanager"
    metadata = kms.describe_key(KeyId=alias)["KeyMetadata"]
    assert (metadata["KeyManager"], metadata["Enabled"]) == ("AWS", True)
    assert kms.describe_key(KeyId=metadata["Arn"])["KeyMetadata"] == metadata
    (entry,) = [row for row in every_alias(kms) if row["AliasName"] == alias]
    assert entry["TargetKeyId"] == metadata["KeyId"]
    assert kms.get_key_rotation_status(KeyId=metadata["KeyId"])["KeyRotationEnabled"]
    with pytest.raises(ClientError) as refusal:
        kms.encrypt(KeyId=alias, Plaintext=b"-")
    assert code_of(refusal.value) == "AccessDeniedException"


def every_alias(kms: Any) -> list[dict[str, Any]]:
    return [row for page in kms.get_paginator("list_aliases").paginate() for row in page["Aliases"]]
