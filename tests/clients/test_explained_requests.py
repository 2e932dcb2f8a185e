"""What AWS clients were allowed and refused, explained from the running regions' directory."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.cli.main import main
from tests.running import Running, eventually

SECONDS = 20.0
CONTEXT = {"app": "pay"}


@pytest.fixture(scope="module")
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])


@pytest.fixture(scope="module")
def clerk(keytide: Running) -> Iterator[Any]:
    """A user without policies."""
    iam = keytide.client("us-east-1", "iam")
    iam.create_user(UserName="clerk")
    made = iam.create_access_key(UserName="clerk")["AccessKey"]
    client = keytide.client("us-east-1", access_key_id=made["AccessKeyId"], secret=made["SecretAccessKey"])
    eventually(lambda: refused(client.list_keys))
    yield client
    iam.delete_access_key(UserName="clerk", AccessKeyId=made["AccessKeyId"])
    iam.delete_user(UserName="clerk")


def refused(ask: Any, **parameters: Any) -> str:
    """The id of a request that is refused for want of a permission."""
    try:
        ask(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDeniedException":
            return str(error.response["ResponseMetadata"]["RequestId"])
        raise
    raise AssertionError("it was allowed")


def run(keytide: Running, capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """What a command tells as JSON; it is asked again while the workers have not written their record yet."""
    deadline = time.monotonic() + SECONDS
    while True:
        main([*arguments, "--directory", str(keytide.directory), "--json"])
        told = capsys.readouterr().out
        if told:
            return json.loads(told)
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_refusal_is_explained_and_its_plan_helps(
    keytide: Running, kms: Any, clerk: Any, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    request = refused(clerk.encrypt, KeyId=key, Plaintext=b"a", EncryptionContext=CONTEXT)
    (told,) = run(keytide, capsys, "explain", request)
    assert told["verdict"]["reason"] == "no identity policy of the principal allows it"
    assert told["context"]["kms:encryptioncontext:app"] == "pay"
    grant = told["plans"][-1]["changes"][0]
    assert grant["says"].startswith("create a grant of Encrypt")
    grantee = grant["command"].partition("--grantee-principal ")[2].split()[0]
    constraints = {"EncryptionContextEquals": CONTEXT}
    kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Encrypt"], Constraints=constraints)

    answer = clerk.encrypt(KeyId=key, Plaintext=b"a", EncryptionContext=CONTEXT)
    (told,) = run(keytide, capsys, "explain", answer["ResponseMetadata"]["RequestId"])
    assert told["verdict"]["reason"] == "a grant allows the principal"
    (told,) = run(keytide, capsys, "explain", request)
    assert told["policies_as_of"] == "the policies as they were then, from the log"
    assert told["verdict"]["reason"] == "no identity policy of the principal allows it"


def test_another_account_s_key_is_refused_and_explained(
    keytide: Running, clerk: Any, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = f"{key.rsplit(':', 2)[0]}:000000000000:{key.rsplit(':', 1)[1]}"
    (told,) = run(keytide, capsys, "explain", refused(clerk.describe_key, KeyId=elsewhere))
    assert (told["resource"], told["refused"], told["plans"]) == (elsewhere, True, [])


def test_recorded_calls_are_asked_again_under_a_draft(
    keytide: Running, kms: Any, key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = kms.encrypt(KeyId=key, Plaintext=b"a", EncryptionContext={"app": "ship"})
    request = answer["ResponseMetadata"]["RequestId"]
    run(keytide, capsys, "explain", request)
    denial = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:Encrypt",
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:EncryptionContext:app": "ship"}},
    }
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    draft = tmp_path / "draft.json"
    draft.write_text(json.dumps({**policy, "Statement": [*policy["Statement"], denial]}))
    summary = run(keytide, capsys, "policy", "replay", "--key", key, "--draft", str(draft))
    assert [(flip["kind"]["flip"], flip["request_ids"]) for flip in summary["flips"]] == [
        ("allowed -> denied", [request])
    ]
