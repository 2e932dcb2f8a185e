"""Temporary credentials with boto3 and the AWS CLI: got at the account's home, good in every region.

The home is not the region that IAM and unconfigured clients of STS sign for.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.region_node.settings.settings import write_node_settings
from services.region_node.sts.settings import IdentityProviderSettings
from tests.running import ALONE, Running, code_of, eventually, free_port, wait_until
from tests.services.region_node.sts import issuer

HOME, AWAY, FURTHER = REGIONS = ("eu-west-1", "us-east-1", "ap-southeast-2")
USE_KEYS = {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"], "Resource": "*"}


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Their operator lets them believe the provider of the tests."""
    directory, port = tmp_path_factory.mktemp("sts") / "keytide", free_port()
    for node in prepare(Topology(REGIONS, directory, port, workers=1, kafka=False), time.time_ns() // 1_000_000).nodes:
        (node.directory / "keys.json").write_text(json.dumps(issuer.KEY_SET))
        provider = IdentityProviderSettings(issuer.ISSUER, keys_file=Path("keys.json"))
        write_node_settings(replace(node, identity_providers=(provider,)))
    run = Running(directory, REGIONS, port=port)
    try:
        yield run.ready()
    finally:
        run.close()


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trust(principal: object, action: str = "sts:AssumeRole", **conditions: object) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": [action, "sts:TagSession"]}
    return document({**statement, "Condition": conditions} if conditions else statement)


@pytest.fixture(scope="module")
def iam(regions: Running) -> Any:
    return regions.client(AWAY, "iam")


@pytest.fixture(scope="module")
def account(regions: Running) -> str:
    return str(regions.client(HOME, "sts").get_caller_identity()["Account"])


@pytest.fixture(scope="module")
def role(iam: Any, account: str) -> str:
    """A role that the account's users may assume, and that may use keys."""
    arn = iam.create_role(RoleName="ops", AssumeRolePolicyDocument=trust({"AWS": account}))["Role"]["Arn"]
    iam.put_role_policy(RoleName="ops", PolicyName="use", PolicyDocument=document(USE_KEYS))
    return str(arn)


@pytest.fixture(scope="module")
def key(regions: Running) -> str:
    """A multi-region key that is in every region."""
    kms = regions.client(HOME)
    key_id = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    for region in (AWAY, FURTHER):
        kms.replicate_key(KeyId=key_id, ReplicaRegion=region)
        eventually(lambda region=region: regions.client(region).encrypt(KeyId=key_id, Plaintext=b"ready"))  # type: ignore[misc]
    return str(key_id)


def client(regions: Running, credentials: Mapping[str, Any], region: str, service: str = "kms", **options: Any) -> Any:
    """A client with temporary credentials; through the front door unless an endpoint is named."""
    return boto3.client(
        service,
        region,
        endpoint_url=options.get("endpoint", regions.door),
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def assumed(regions: Running, role: str, region: str = HOME, **parameters: Any) -> dict[str, Any]:
    sts = regions.client(region, "sts")
    return dict(sts.assume_role(RoleArn=role, RoleSessionName="deploy", **parameters)["Credentials"])


@pytest.mark.parametrize("signed_for", REGIONS)
@pytest.mark.parametrize("directly", [False, True], ids=["door", "direct"])
def test_a_role_assumed_in_one_region_uses_keys_in_all(
    signed_for: str, directly: bool, regions: Running, role: str, key: str
) -> None:
    """Through the door an account's own role is found whatever region STS signs for."""
    credentials = assumed(regions, role, signed_for)
    blob = client(regions, credentials, HOME).encrypt(KeyId=key, Plaintext=b"attack at dawn")["CiphertextBlob"]
    for region in REGIONS:
        options = {"endpoint": regions.endpoint(region)} if directly else {}
        kms = client(regions, credentials, region, **options)
        assert eventually(lambda kms=kms: kms.decrypt(CiphertextBlob=blob))["Plaintext"] == b"attack at dawn"  # type: ignore[misc]
        told = client(regions, credentials, region, "sts", **options).get_caller_identity()
        assert told["Arn"].endswith(":assumed-role/ops/deploy")
        with pytest.raises(kms.exceptions.ClientError, match="not authorized to perform: kms:ListKeys"):
            kms.list_keys()


def test_another_region_refuses_to_issue_with_the_home_s_name(regions: Running, role: str) -> None:
    """Neither the home nor its stand-by: the account's secrets are not there."""
    third = REGIONS[2]
    sts = regions.client(third, "sts", endpoint=regions.endpoint(third))
    with pytest.raises(sts.exceptions.RegionDisabledException, match=f"home region, {HOME}") as refused:
        sts.assume_role(RoleArn=role, RoleSessionName="deploy")
    assert refused.value.response["ResponseMetadata"]["HTTPHeaders"]["x-keytide-home"] == HOME


def test_a_session_policy_narrows(regions: Running, role: str, key: str) -> None:
    describing = {"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*"}
    for region in REGIONS:
        kms = client(regions, assumed(regions, role, Policy=document(describing)), region)
        assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyId"] == key
        with pytest.raises(ClientError, match="because no session policy allows the kms:Encrypt action"):
            kms.encrypt(KeyId=key, Plaintext=b"no")


def test_an_external_id_and_tags_decide(regions: Running, iam: Any, account: str, key: str) -> None:
    policy = trust({"AWS": account}, StringEquals={"sts:ExternalId": "42"})
    arn = iam.create_role(RoleName="partner", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    tagged = {**USE_KEYS, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "rot"}}}
    iam.put_role_policy(RoleName="partner", PolicyName="use", PolicyDocument=document(tagged))
    with pytest.raises(ClientError) as refused:
        assumed(regions, arn)
    assert code_of(refused.value) == "AccessDenied"
    plain = assumed(regions, arn, ExternalId="42")
    team = assumed(regions, arn, ExternalId="42", Tags=[{"Key": "team", "Value": "rot"}])
    for region in REGIONS:
        kms = client(regions, team, region)
        assert eventually(lambda kms=kms: kms.encrypt(KeyId=key, Plaintext=b"yes"))  # type: ignore[misc]
        with pytest.raises(ClientError, match="not authorized"):
            client(regions, plain, region).encrypt(KeyId=key, Plaintext=b"no")


def test_a_deleted_role_ends_its_sessions(regions: Running, iam: Any, account: str) -> None:
    arn = iam.create_role(RoleName="brief", AssumeRolePolicyDocument=trust({"AWS": account}))["Role"]["Arn"]
    credentials = assumed(regions, arn)
    sessions = [client(regions, credentials, region, "sts") for region in REGIONS]
    for sts in sessions:
        eventually(sts.get_caller_identity)
    iam.delete_role(RoleName="brief")
    assert _is_unknown(sessions[0])
    for sts in sessions:
        wait_until(lambda sts=sts: _is_unknown(sts), "the session is unknown")  # type: ignore[misc]


def _is_unknown(sts: Any) -> bool:
    try:
        sts.get_caller_identity()
    except ClientError as error:
        return code_of(error) == "InvalidClientTokenId"
    return False


def test_get_session_token(regions: Running, key: str) -> None:
    credentials = regions.client(AWAY, "sts").get_session_token(DurationSeconds=900)["Credentials"]
    for region in REGIONS:
        assert client(regions, credentials, region).list_keys()["Keys"]
    with pytest.raises(ClientError) as refused:
        client(regions, credentials, AWAY, "iam").list_users()
    assert code_of(refused.value) == "InvalidClientTokenId"
    with pytest.raises(ClientError) as refused:
        client(regions, credentials, HOME, "sts").get_session_token()
    assert code_of(refused.value) == "AccessDenied"


def test_a_role_s_session_manages_iam_through_the_door(regions: Running, iam: Any, account: str) -> None:
    """IAM signs for a region that is not the home, which verifies it all the same: it holds the session's secret."""
    arn = iam.create_role(RoleName="people", AssumeRolePolicyDocument=trust({"AWS": account}))["Role"]["Arn"]
    iam.attach_role_policy(RoleName="people", PolicyArn="arn:aws:iam::aws:policy/IAMFullAccess")
    people = client(regions, assumed(regions, arn), AWAY, "iam")
    people.create_user(UserName="gerda")
    assert iam.get_user(UserName="gerda")["User"]["UserName"] == "gerda"
    people.delete_user(UserName="gerda")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_user(UserName="gerda")


def test_a_presigned_url_tells_who_made_it(regions: Running, role: str) -> None:
    """As it logs in to Kubernetes, or to Vault."""
    for region in REGIONS:
        sts = client(regions, assumed(regions, role), region, "sts")
        url = sts.generate_presigned_url("get_caller_identity", HttpMethod="GET", ExpiresIn=60)
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  # our own address
            assert b":assumed-role/ops/deploy</Arn>" in answer.read()


def test_whom_an_identity_provider_vouches_for(regions: Running, iam: Any, account: str, key: str) -> None:
    provider = iam.create_open_id_connect_provider(Url=issuer.ISSUER, ClientIDList=[issuer.CLIENT])
    vouched = trust(
        {"Federated": provider["OpenIDConnectProviderArn"]},
        "sts:AssumeRoleWithWebIdentity",
        StringLike={f"{issuer.URL}:sub": "repo:*"},
    )
    arn = iam.create_role(RoleName="build", AssumeRolePolicyDocument=vouched)["Role"]["Arn"]
    iam.put_role_policy(RoleName="build", PolicyName="use", PolicyDocument=document(USE_KEYS))
    for signed_for in REGIONS:
        sts = boto3.client("sts", signed_for, endpoint_url=regions.door, config=Config(signature_version=UNSIGNED))
        now = time.time_ns() // 1_000_000
        wanted = {"RoleArn": arn, "RoleSessionName": "ci"}
        told = sts.assume_role_with_web_identity(**wanted, WebIdentityToken=issuer.token(issuer.claims(now)))
        assert told["SubjectFromWebIdentityToken"] == "repo:ops"
        kms = client(regions, told["Credentials"], signed_for)
        assert eventually(lambda kms=kms: kms.encrypt(KeyId=key, Plaintext=b"built"))  # type: ignore[misc]
        for changes, code in (({"sub": "user:eve"}, "AccessDenied"), ({"exp": 1}, "ExpiredTokenException")):
            with pytest.raises(ClientError) as refused:
                sts.assume_role_with_web_identity(
                    **wanted, WebIdentityToken=issuer.token(issuer.claims(now, **changes))
                )
            assert code_of(refused.value) == code


def test_a_profile_of_the_cli_assumes_a_role(regions: Running, role: str, key: str, tmp_path: Path) -> None:
    """The AWS CLI gets, keeps and uses the credentials by itself."""
    kept = regions.credentials
    config = tmp_path / "config"
    config.write_text(
        f"[profile own]\naws_access_key_id = {kept.access_key_id}\n"
        f"aws_secret_access_key = {kept.secret.reveal().decode()}\nregion = {HOME}\n"
        f"[profile ops]\nrole_arn = {role}\nsource_profile = own\nregion = {FURTHER}\n"
    )
    environment = {
        **os.environ,
        **ALONE,
        "AWS_CONFIG_FILE": str(config),
        "AWS_ENDPOINT_URL": regions.door,
        "HOME": str(tmp_path),
    }
    aws = [sys.executable, "-P", "-m", "awscli", "--output", "json"]

    def run(*arguments: str) -> Any:
        ran = subprocess.run([*aws, *arguments], env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    told = run("sts", "assume-role", "--role-arn", role, "--role-session-name", "cli", "--profile", "own")
    assert told["Credentials"]["AccessKeyId"].startswith("ASIA")
    described = run("kms", "describe-key", "--key-id", key, "--profile", "ops")
    assert f":{FURTHER}:" in described["KeyMetadata"]["Arn"]
