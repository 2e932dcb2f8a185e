"""The AWS CLI as AWS ships it: one story across two regions, and its exit codes."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.running import ALONE, THREE_REGIONS, Running, wait_until
from tests.wrapping_client import wrap

AWS = Path(sys.executable).with_name("aws")
CLIENT_ERROR = 255


@pytest.fixture(scope="module")
def environment(keytide: Running) -> dict[str, str]:
    """What `source credentials.env` gives, and nothing else of the machine's AWS settings."""
    file = keytide.directory / "credentials.env"
    shell = subprocess.run(["sh", "-c", f". {file}; env"], capture_output=True, text=True, check=True)
    exported = dict(line.split("=", 1) for line in shell.stdout.splitlines() if line.startswith("AWS_"))
    return {**{name: value for name, value in os.environ.items() if not name.startswith("AWS_")}, **exported, **ALONE}


def aws(environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([AWS, *words], env=environment, capture_output=True, text=True, check=False)


def answer(environment: dict[str, str], *words: str) -> Any:
    done = aws(environment, *words, "--output", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null")


def test_a_key_is_made_in_one_region_and_used_in_another(environment: dict[str, str], tmp_path: Path) -> None:
    near, far = ("--region", "us-east-1"), ("--region", "eu-west-1")
    key_id = answer(environment, "kms", "create-key", "--multi-region", *near)["KeyMetadata"]["KeyId"]
    answer(environment, "kms", "replicate-key", "--key-id", key_id, "--replica-region", "eu-west-1", *near)
    wait_until(lambda: aws(environment, "kms", "describe-key", "--key-id", key_id, *far).returncode == 0, "replicated")
    (tmp_path / "note").write_bytes(b"attack at dawn")
    plain, blob = f"fileb://{tmp_path}/note", tmp_path / "sealed"
    sealed = answer(environment, "kms", "encrypt", "--key-id", key_id, "--plaintext", plain, *far)
    blob.write_bytes(base64.b64decode(sealed["CiphertextBlob"]))
    opened = answer(environment, "kms", "decrypt", "--ciphertext-blob", f"fileb://{blob}", *near)
    assert base64.b64decode(opened["Plaintext"]) == b"attack at dawn"
    assert opened["KeyId"].startswith("arn:aws:kms:us-east-1:")


def test_a_file_is_signed_and_verified(environment: dict[str, str], tmp_path: Path) -> None:
    kind = ("--key-spec", "ECC_NIST_P256", "--key-usage", "SIGN_VERIFY")
    key_id = answer(environment, "kms", "create-key", *kind)["KeyMetadata"]["KeyId"]
    (tmp_path / "note").write_bytes(b"attack at dawn")
    asked = ("--key-id", key_id, "--message", f"fileb://{tmp_path}/note", "--signing-algorithm", "ECDSA_SHA_256")
    signed = answer(environment, "kms", "sign", *asked)
    (tmp_path / "signature").write_bytes(base64.b64decode(signed["Signature"]))
    signature = ("--signature", f"fileb://{tmp_path}/signature")
    assert answer(environment, "kms", "verify", *asked, *signature)["SignatureValid"] is True
    (tmp_path / "note").write_bytes(b"retreat")
    done = aws(environment, "kms", "verify", *asked, *signature)
    assert done.returncode == CLIENT_ERROR
    assert "(KMSInvalidSignatureException) when calling the Verify operation" in done.stderr


def test_a_file_is_authenticated(environment: dict[str, str], tmp_path: Path) -> None:
    kind = ("--key-spec", "HMAC_384", "--key-usage", "GENERATE_VERIFY_MAC")
    key_id = answer(environment, "kms", "create-key", *kind)["KeyMetadata"]["KeyId"]
    (tmp_path / "note").write_bytes(b"attack at dawn")
    asked = ("--key-id", key_id, "--message", f"fileb://{tmp_path}/note", "--mac-algorithm", "HMAC_SHA_384")
    made = answer(environment, "kms", "generate-mac", *asked)
    (tmp_path / "mac").write_bytes(base64.b64decode(made["Mac"]))
    assert answer(environment, "kms", "verify-mac", *asked, "--mac", f"fileb://{tmp_path}/mac")["MacValid"] is True


def test_an_alias_is_made_listed_and_taken_away(environment: dict[str, str]) -> None:
    key_id = answer(environment, "kms", "create-key")["KeyMetadata"]["KeyId"]
    answer(environment, "kms", "create-alias", "--alias-name", "alias/cli", "--target-key-id", key_id)
    aliases = answer(environment, "kms", "list-aliases", "--key-id", key_id)["Aliases"]
    assert [row["AliasName"] for row in aliases] == ["alias/cli"]
    answer(environment, "kms", "delete-alias", "--alias-name", "alias/cli")
    assert answer(environment, "kms", "list-aliases", "--key-id", key_id)["Aliases"] == []


def test_a_grant_is_made_listed_and_retired(environment: dict[str, str]) -> None:
    made = answer(environment, "kms", "create-key")["KeyMetadata"]
    key_id, owner = made["KeyId"], f"arn:aws:iam::{made['AWSAccountId']}:user/administrator"
    grant = answer(
        environment,
        *("kms", "create-grant", "--key-id", key_id, "--grantee-principal", owner, "--operations", "Decrypt"),
        *("--constraints", "EncryptionContextSubset={Department=IT}", "--retiring-principal", owner),
    )
    (listed,) = answer(environment, "kms", "list-grants", "--key-id", key_id)["Grants"]
    assert listed["GrantId"] == grant["GrantId"]
    assert listed["Constraints"] == {"EncryptionContextSubset": {"Department": "IT"}}
    retirable = answer(environment, "kms", "list-retirable-grants", "--retiring-principal", owner)["Grants"]
    assert grant["GrantId"] in [row["GrantId"] for row in retirable]
    answer(environment, "kms", "retire-grant", "--grant-token", grant["GrantToken"])
    assert answer(environment, "kms", "list-grants", "--key-id", key_id)["Grants"] == []


def test_the_last_use_of_a_key_is_told(environment: dict[str, str]) -> None:
    key_id = answer(environment, "kms", "create-key")["KeyMetadata"]["KeyId"]
    answer(environment, "kms", "generate-data-key", "--key-id", key_id, "--key-spec", "AES_256")
    usage = answer(environment, "kms", "get-key-last-usage", "--key-id", key_id)["KeyLastUsage"]
    assert usage["Operation"] == "GenerateDataKey"


def test_the_paginator_of_the_cli_reads_every_page(environment: dict[str, str]) -> None:
    for _ in range(3):
        answer(environment, "kms", "create-key")
    all_at_once = answer(environment, "kms", "list-keys")["Keys"]
    assert answer(environment, "kms", "list-keys", "--page-size", "1")["Keys"] == all_at_once


@pytest.mark.parametrize("region", THREE_REGIONS)
def test_the_caller_is_the_administrator_in_every_region(environment: dict[str, str], region: str) -> None:
    identity = answer(environment, "sts", "get-caller-identity", "--region", region)
    assert identity["Arn"] == f"arn:aws:iam::{identity['Account']}:user/administrator"


def test_a_refusal_has_the_exit_code_and_the_words_of_aws(environment: dict[str, str]) -> None:
    done = aws(environment, "kms", "describe-key", "--key-id", "alias/nothing")
    assert done.returncode == CLIENT_ERROR
    assert "(NotFoundException) when calling the DescribeKey operation: Alias arn:aws:kms:us-east-1:" in done.stderr
    assert "alias/nothing is not found." in done.stderr


def test_a_wrong_secret_is_an_invalid_signature(environment: dict[str, str]) -> None:
    done = aws({**environment, "AWS_SECRET_ACCESS_KEY": "wrong"}, "kms", "list-keys")
    assert done.returncode == CLIENT_ERROR
    assert "InvalidSignatureException" in done.stderr


def test_material_is_imported_from_files_and_rotated(environment: dict[str, str], tmp_path: Path) -> None:
    key_id = answer(environment, "kms", "create-key", "--origin", "EXTERNAL")["KeyMetadata"]["KeyId"]
    for number in range(2):
        bring(environment, tmp_path, key_id, bytes([number]) * 32)
    answer(environment, "kms", "rotate-key-on-demand", "--key-id", key_id)
    rotations = answer(environment, "kms", "list-key-rotations", "--key-id", key_id)["Rotations"]
    assert [(entry["RotationType"], entry["KeyMaterialState"]) for entry in rotations] == [("ON_DEMAND", "CURRENT")]
    status = answer(environment, "kms", "get-key-rotation-status", "--key-id", key_id)
    assert status == {"KeyRotationEnabled": False, "KeyId": key_id}


def bring(environment: dict[str, str], folder: Path, key_id: str, material: bytes) -> None:
    algorithm = "RSAES_OAEP_SHA_256"
    how = ("--wrapping-algorithm", algorithm, "--wrapping-key-spec", "RSA_4096")
    got = answer(environment, "kms", "get-parameters-for-import", "--key-id", key_id, *how)
    (folder / "token").write_bytes(base64.b64decode(got["ImportToken"]))
    (folder / "wrapped").write_bytes(wrap(algorithm, base64.b64decode(got["PublicKey"]), material))
    files = ("--import-token", f"fileb://{folder}/token", "--encrypted-key-material", f"fileb://{folder}/wrapped")
    kind = ("--import-type", "NEW_KEY_MATERIAL", "--expiration-model", "KEY_MATERIAL_DOES_NOT_EXPIRE")
    answer(environment, "kms", "import-key-material", "--key-id", key_id, *files, *kind)


def test_users_are_managed_and_their_keys_used(environment: dict[str, str], tmp_path: Path) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}
    (tmp_path / "policy.json").write_text(json.dumps(policy))
    document = ("--policy-document", f"file://{tmp_path}/policy.json")
    named = ("--user-name", "greta")
    assert answer(environment, "iam", "create-user", *named)["User"]["UserName"] == "greta"
    answer(environment, "iam", "put-user-policy", *named, "--policy-name", "own", *document)
    told = answer(environment, "iam", "get-user-policy", *named, "--policy-name", "own")
    assert told["PolicyDocument"] == policy
    key = answer(environment, "iam", "create-access-key", *named)["AccessKey"]
    theirs = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    assert answer({**environment, **theirs}, "sts", "get-caller-identity")["Arn"].endswith(":user/greta")
    deleted = aws(environment, "iam", "delete-user", *named)
    assert deleted.returncode != 0
    assert "DeleteConflict" in deleted.stderr
