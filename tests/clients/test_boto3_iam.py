"""IAM with boto3, through the front door of regions of which the account's home is not the one that IAM signs for."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.running import Running, code_of, eventually, wait_until

HOME, SIGNED_FOR = "eu-west-1", "us-east-1"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The first region is the account's home."""
    run = Running(tmp_path_factory.mktemp("iam") / "keytide", (HOME, SIGNED_FOR))
    try:
        yield run.ready()
    finally:
        run.close()


@pytest.fixture(scope="module")
def iam(regions: Running) -> Any:
    return regions.client(SIGNED_FOR, "iam")


def test_a_user_is_created_read_back_and_deleted(iam: Any) -> None:
    created = iam.create_user(UserName="anna", Path="/staff/", Tags=[{"Key": "team", "Value": "rot"}])["User"]
    assert created["Arn"].endswith(":user/staff/anna")
    assert iam.get_user(UserName="anna")["User"] == created
    assert iam.get_user()["User"]["UserName"] == "administrator"
    iam.create_user(UserName="Arthur", Path="/staff/")
    pages = iam.get_paginator("list_users").paginate(PathPrefix="/staff/", PaginationConfig={"PageSize": 1})
    assert [user["UserName"] for page in pages for user in page["Users"]] == ["anna", "Arthur"]
    iam.delete_user(UserName="Arthur")
    iam.delete_user(UserName="anna")
    with pytest.raises(ClientError) as refused:
        iam.get_user(UserName="anna")
    assert code_of(refused.value) == "NoSuchEntity"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_new_access_key_works_in_every_region_until_it_is_deleted(regions: Running, iam: Any) -> None:
    iam.create_user(UserName="berta")
    key = iam.create_access_key(UserName="berta")["AccessKey"]
    new = {"access_key_id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
    for region in (HOME, SIGNED_FOR):
        sts = regions.client(region, "sts", **new)
        assert eventually(sts.get_caller_identity)["Arn"].endswith(":user/berta")
    iam.update_access_key(UserName="berta", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert _is_unknown(regions.client(HOME, "sts", **new)), "what the home has acknowledged binds its next request"
    iam.update_access_key(UserName="berta", AccessKeyId=key["AccessKeyId"], Status="Active")
    assert not _is_unknown(regions.client(HOME, "sts", **new))
    iam.delete_access_key(UserName="berta", AccessKeyId=key["AccessKeyId"])
    for region in (HOME, SIGNED_FOR):
        sts = regions.client(region, "sts", **new)
        wait_until(partial(_is_unknown, sts), "the deleted access key is unknown")
    iam.delete_user(UserName="berta")


def _is_unknown(sts: Any) -> bool:
    try:
        sts.get_caller_identity()
    except ClientError as error:
        return code_of(error) == "InvalidClientTokenId"
    return False


def test_policies_groups_and_roles(iam: Any) -> None:
    document = json.dumps(ALLOW)
    arn = iam.create_policy(PolicyName="use", PolicyDocument=document)["Policy"]["Arn"]
    iam.create_group(GroupName="staff")
    iam.create_user(UserName="clara")
    iam.add_user_to_group(GroupName="staff", UserName="clara")
    iam.attach_group_policy(GroupName="staff", PolicyArn=arn)
    iam.put_user_policy(UserName="clara", PolicyName="own", PolicyDocument=document)
    iam.create_role(RoleName="ops", AssumeRolePolicyDocument=json.dumps(TRUST), PermissionsBoundary=arn)
    assert iam.get_role(RoleName="ops")["Role"]["AssumeRolePolicyDocument"] == TRUST
    assert iam.get_user_policy(UserName="clara", PolicyName="own")["PolicyDocument"] == ALLOW
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)["PolicyVersion"]
    told = iam.get_policy_version(PolicyArn=arn, VersionId=version["VersionId"])["PolicyVersion"]
    assert (told["Document"], told["IsDefaultVersion"]) == (ALLOW, True)
    entities = iam.list_entities_for_policy(PolicyArn=arn)
    assert [group["GroupName"] for group in entities["PolicyGroups"]] == ["staff"]
    assert [role["RoleName"] for role in entities["PolicyRoles"]] == ["ops"]
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_policy(PolicyArn=arn)


def test_a_simulation_tells_what_a_user_may_do(iam: Any) -> None:
    iam.create_user(UserName="dora")
    user = iam.get_user(UserName="dora")["User"]["Arn"]
    asked = {"PolicySourceArn": user, "ActionNames": ["kms:Encrypt"]}
    assert iam.simulate_principal_policy(**asked)["EvaluationResults"][0]["EvalDecision"] == "implicitDeny"
    iam.put_user_policy(UserName="dora", PolicyName="own", PolicyDocument=json.dumps(ALLOW))
    (result,) = iam.simulate_principal_policy(**asked)["EvaluationResults"]
    assert (result["EvalDecision"], result["MatchedStatements"][0]["SourcePolicyId"]) == ("allowed", "own")


def test_a_provider_of_identities(iam: Any) -> None:
    arn = iam.create_open_id_connect_provider(Url="https://issuer.example", ClientIDList=["keytide"])[
        "OpenIDConnectProviderArn"
    ]
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"] == ["keytide"]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


def test_bad_input_is_told_in_aws_s_words(iam: Any) -> None:
    with pytest.raises(ClientError) as refused:
        iam.create_user(UserName="not a name")
    assert code_of(refused.value) == "ValidationError"
    assert refused.value.response["Error"]["Message"] == (
        "1 validation error detected: Value 'not a name' at 'userName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [\\w+=,.@-]+"
    )
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException):
        iam.create_policy(PolicyName="broken", PolicyDocument="{}")
    with pytest.raises(ClientError) as refused:
        iam.list_virtual_mfa_devices()
    assert code_of(refused.value) == "InvalidAction"


def test_another_region_refuses_changes_with_the_home_s_name(regions: Running) -> None:
    away = regions.client(SIGNED_FOR, "iam", endpoint=regions.endpoint(SIGNED_FOR))
    assert eventually(away.list_users)["Users"]
    with pytest.raises(ClientError, match=f"home region, {HOME}") as refused:
        away.create_user(UserName="emma")
    assert refused.value.response["ResponseMetadata"]["HTTPHeaders"]["x-keytide-home"] == HOME


def test_the_home_takes_iam_whatever_region_it_signs_for(regions: Running) -> None:
    home = regions.client(SIGNED_FOR, "iam", endpoint=regions.endpoint(HOME))
    assert home.create_user(UserName="frieda")["User"]["Arn"].endswith(":user/frieda")
    home.delete_user(UserName="frieda")
    with pytest.raises(home.exceptions.NoSuchEntityException):
        home.get_user(UserName="frieda")
