"""`keytide account`, `scp` and `service` beside real regions, and what AWS clients see of it."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from tests.running import THREE_REGIONS, Running, code_of, eventually
from tests.running_command import command, done, listed

HOME, SECOND, THIRD = THREE_REGIONS
DENY_KEYS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "kms:CreateKey", "Resource": "*"},
        ],
    }
)


class Made(NamedTuple):
    """An account and the access key that was shown."""

    account: str
    access_key_id: str
    secret: str

    def client(self, run: Running, service: str, region: str) -> Any:
        return run.client(region, service, access_key_id=self.access_key_id, secret=self.secret)


def access_key_in(text: str) -> tuple[str, str]:
    (access_key_id,) = re.findall(r"export AWS_ACCESS_KEY_ID=(\S+)", text)
    (secret,) = re.findall(r"export AWS_SECRET_ACCESS_KEY=(\S+)", text)
    return access_key_id, secret


@pytest.fixture(scope="module")
def made(keytide: Running) -> Made:
    """An account whose home is the second region."""
    told = done(keytide, "account", "create", "Team B", "--region", SECOND)
    (account,) = re.findall(r"Account (\d{12})", told)
    return Made(account, *access_key_in(told))


def row_of(run: Running, account: str) -> Any:
    (row,) = [row for row in listed(run, "account", "list") if row["account"] == account]
    return row


def test_the_account_of_keytide_up_has_the_next_region_as_its_stand_by(keytide: Running) -> None:
    oldest = listed(keytide, "account", "list")[0]
    assert (oldest["name"], oldest["home"], oldest["stand_by"]) == ("keytide", HOME, SECOND)


def test_an_account_works_in_every_region_and_is_listed(keytide: Running, made: Made) -> None:
    for region in THREE_REGIONS:
        identity = eventually(made.client(keytide, "sts", region).get_caller_identity)
        assert identity["Arn"] == f"arn:aws:iam::{made.account}:user/administrator"
        assert made.client(keytide, "kms", region).create_key()["KeyMetadata"]["AWSAccountId"] == made.account
    row = row_of(keytide, made.account)
    assert (row["name"], row["home"], row["stand_by"], row["users"]) == ("Team B", SECOND, THIRD, 1)
    assert made.account in done(keytide, "account", "list")


def test_the_home_moves_to_its_stand_by_and_back_while_clients_go_on(keytide: Running, made: Made) -> None:
    iam = made.client(keytide, "iam", HOME)
    iam.create_user(UserName="before")
    for home, stand_by in ((THIRD, SECOND), (SECOND, THIRD)):
        assert f"moves from {stand_by} to {home}" in done(keytide, "account", "move-home", made.account)
        eventually(lambda home=home: iam.create_user(UserName=f"at-{home}"))  # type: ignore[misc]
        row = row_of(keytide, made.account)
        assert (row["home"], row["stand_by"]) == (home, stand_by)
    names = {user["UserName"] for user in iam.list_users()["Users"]}
    assert names == {"administrator", "before", f"at-{SECOND}", f"at-{THIRD}"}


def test_a_service_control_policy_binds_the_next_request_in_the_home(keytide: Running, made: Made) -> None:
    kms = made.client(keytide, "kms", SECOND)
    done(keytide, "scp", "put", made.account, "account", "no-keys", "-", standard_input=DENY_KEYS)
    with pytest.raises(ClientError) as refused:
        kms.create_key()
    assert code_of(refused.value) == "AccessDeniedException"
    (row,) = listed(keytide, "scp", "list", made.account)
    assert (row["level"], row["name"], row["document"]) == ("account", "no-keys", DENY_KEYS)
    assert command(keytide, "scp", "remove", made.account, "account", "no-keys").returncode == 1
    with pytest.raises(ClientError):
        kms.create_key()
    done(keytide, "scp", "remove", made.account, "account", "no-keys", "--force")
    assert kms.create_key()


def test_a_document_that_is_no_policy_is_refused_and_changes_nothing(keytide: Running, made: Made) -> None:
    refused = command(keytide, "scp", "put", made.account, "root", "broken", "-", standard_input="{}")
    assert refused.returncode == 1
    assert refused.stderr.startswith("keytide: ")
    assert listed(keytide, "scp", "list", made.account) == []


def test_a_service_of_ones_own_uses_the_keys_that_name_it(keytide: Running, made: Made) -> None:
    told = done(keytide, "service", "create-key", "backup.example.com", made.account)
    service = Made(made.account, *access_key_in(told))
    kms, owner = service.client(keytide, "kms", SECOND), made.client(keytide, "kms", SECOND)
    key_id = owner.create_key()["KeyMetadata"]["KeyId"]
    with pytest.raises(ClientError) as refused:
        kms.encrypt(KeyId=key_id, Plaintext=b"kept")
    assert code_of(refused.value) == "AccessDeniedException"
    policy = json.loads(owner.get_key_policy(KeyId=key_id)["Policy"])
    policy["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"Service": "backup.example.com"},
            "Action": "kms:Encrypt",
            "Resource": "*",
        }
    )
    owner.put_key_policy(KeyId=key_id, Policy=json.dumps(policy))
    assert kms.encrypt(KeyId=key_id, Plaintext=b"kept")["CiphertextBlob"]
    (row,) = listed(keytide, "service", "list", made.account)
    assert (row["service"], row["access_key_id"]) == ("backup.example.com", service.access_key_id)
    delete = ("service", "delete-key", "backup.example.com", made.account, service.access_key_id)
    assert command(keytide, *delete).returncode == 1
    assert kms.encrypt(KeyId=key_id, Plaintext=b"kept")
    done(keytide, *delete, "--force")
    with pytest.raises(ClientError) as gone:
        kms.encrypt(KeyId=key_id, Plaintext=b"kept")
    assert code_of(gone.value) == "UnrecognizedClientException"


def test_lost_access_keys_are_replaced_in_a_file_of_the_operators(keytide: Running, made: Made, tmp_path: Path) -> None:
    file = tmp_path / "another.env"
    told = done(keytide, "account", "administrator", made.account, "--credentials-file", str(file))
    assert made.access_key_id in told
    another = Made(made.account, *access_key_in(file.read_text()))
    assert another.secret not in told
    iam = another.client(keytide, "iam", HOME)
    iam.delete_access_key(UserName="administrator", AccessKeyId=made.access_key_id)
    iam.create_user(UserName="goes-on")
    again = command(keytide, "account", "administrator", made.account, "--credentials-file", str(file))
    assert (again.returncode, "is not written over" in again.stderr) == (1, True)


def test_the_root_user_gets_an_access_key_and_loses_it(keytide: Running) -> None:
    told = done(keytide, "account", "create", "Root", "--stand-by", "none")
    (account,) = re.findall(r"Account (\d{12})", told)
    root = Made(account, *access_key_in(done(keytide, "account", "root-key", account)))
    assert root.client(keytide, "sts", HOME).get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:root"
    row = row_of(keytide, account)
    assert (row["stand_by"], row["root_keys"]) == (None, [root.access_key_id])
    delete = ("account", "delete-root-key", account, root.access_key_id)
    assert command(keytide, *delete).returncode == 1
    done(keytide, *delete, "--force")
    with pytest.raises(ClientError):
        root.client(keytide, "sts", HOME).get_caller_identity()


def test_a_region_is_reached_by_its_own_directory(keytide: Running) -> None:
    told = done(keytide, "account", "create", "Beside", "--region", HOME)
    (account,) = re.findall(r"Account (\d{12})", told)
    ended = command(keytide, "account", "root-key", account, directory=keytide.directory / HOME)
    assert ended.returncode == 0, ended.stderr
    assert f"AWS_ENDPOINT_URL_KMS={keytide.endpoint(HOME)}" in ended.stdout
    ended = command(keytide, "account", "root-key", account, directory=keytide.directory / THIRD)
    assert f"region {HOME} is not in" in ended.stderr
