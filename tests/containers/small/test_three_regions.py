"""`docker compose up`: three regions in containers, through faults, with boto3 as it comes from AWS."""

import json
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.cli.credentials import Credentials
from shared.secrets import Secret
from tests.containers.composed import FIRST_NODES, Composed
from tests.running import THREE_REGIONS, code_of, eventually, wait_until

pytestmark = pytest.mark.timeout(420)
HOME, SECOND, THIRD = THREE_REGIONS
USER = "10001"
NAME = "reader"
LISTS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}]}


@pytest.fixture(scope="module")
def key(regions: Composed) -> str:
    """A multi-region key with a usable replica in every region."""
    home = eventually_client(regions, HOME)
    made = str(home.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"])
    for region in (SECOND, THIRD):
        home.replicate_key(KeyId=made, ReplicaRegion=region)
        eventually(partial(regions.client(region).encrypt, KeyId=made, Plaintext=b"there"))
    return made


def eventually_client(regions: Composed, region: str) -> Any:
    """Of the region, once it knows the access key."""
    client = regions.client(region)
    eventually(client.list_keys)
    return client


def test_what_one_endpoint_encrypts_every_other_decrypts(regions: Composed, key: str) -> None:
    sealed = regions.client(SECOND, FIRST_NODES[SECOND]).encrypt(KeyId=key, Plaintext=b"attack at dawn")
    for region, port in FIRST_NODES.items():
        for client in (regions.client(region, port), regions.client(region)):
            opened = client.decrypt(CiphertextBlob=sealed["CiphertextBlob"], KeyId=key)
            assert opened["Plaintext"] == b"attack at dawn"


def test_commands_work_in_a_container_as_they_stand(regions: Composed, key: str) -> None:
    assert HOME in regions.execute(HOME, "keytide", "account", "list")
    for region in THREE_REGIONS:
        regions.execute(region, "keytide", "status")
        regions.execute(region, "keytide", "verify")


@pytest.mark.parametrize("service", [*THREE_REGIONS, "front-door", f"{HOME}-kafka-1"])
def test_a_container_may_do_no_more_than_it_has_to(regions: Composed, service: str) -> None:
    host = regions.inspected(service)["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert regions.execute(service, "id", "-u").strip() != "0"
    assert all(binding["HostIp"] == "127.0.0.1" for port in host["PortBindings"].values() for binding in port)


def test_the_image_has_no_compiler_and_nothing_to_install_with(regions: Composed) -> None:
    looked = regions.execute(HOME, "sh", "-c", "command -v cc gcc make; ls /opt/keytide/bin; id -u")
    assert not {"cc", "gcc", "make", "pip"} & {line.rsplit("/", 1)[-1] for line in looked.splitlines()}
    assert looked.split()[-1] == USER


def test_a_region_whose_broker_is_killed_encrypts_and_changes_nothing(regions: Composed, key: str) -> None:
    second, third = regions.client(SECOND), regions.client(THIRD)
    regions.kill(f"{SECOND}-kafka-1")
    try:
        sealed = second.encrypt(KeyId=key, Plaintext=b"without a broker")["CiphertextBlob"]
        assert third.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"without a broker"
        with pytest.raises(ClientError) as refusal:
            second.create_key()
        assert code_of(refusal.value) in {"KMSInternalException", "DependencyTimeoutException"}
        third.create_key()
    finally:
        regions.start(f"{SECOND}-kafka-1")
    eventually(second.create_key)


def test_a_region_that_is_cut_off_serves_and_learns_of_a_revocation_once_it_is_back(
    regions: Composed, key: str
) -> None:
    user = User(regions)
    third, administrator = regions.client(THIRD, credentials=user.credentials), regions.client(THIRD)
    eventually(third.list_keys)
    regions.cut_off(THIRD)
    try:
        user.revoke()
        assert administrator.encrypt(KeyId=key, Plaintext=b"alone")["CiphertextBlob"]
        assert administrator.create_key()["KeyMetadata"]["Enabled"]
        third.list_keys()
    finally:
        regions.reconnect(THIRD)
    wait_until(lambda: refuses(third), "the revocation binds the region that was cut off")


class User:
    """A user of the account, whose access key may list keys."""

    def __init__(self, regions: Composed) -> None:
        self._iam = regions.client(HOME, service="iam")
        self._iam.create_user(UserName=NAME)
        self._iam.put_user_policy(UserName=NAME, PolicyName="lists", PolicyDocument=json.dumps(LISTS))
        made = self._iam.create_access_key(UserName=NAME)["AccessKey"]
        self.credentials = Credentials(made["AccessKeyId"], Secret(made["SecretAccessKey"].encode()))

    def revoke(self) -> None:
        self._iam.delete_access_key(UserName=NAME, AccessKeyId=self.credentials.access_key_id)


def refuses(client: Any) -> bool:
    try:
        client.list_keys()
    except ClientError as refusal:
        return code_of(refusal) == "UnrecognizedClientException"
    return False


def test_one_region_is_exchanged_while_the_others_serve(regions: Composed, key: str) -> None:
    sealed = regions.client(SECOND).encrypt(KeyId=key, Plaintext=b"before")["CiphertextBlob"]
    former = regions.inspected(SECOND)["Id"]
    regions.compose("up", "--detach", "--wait", "--no-deps", "--force-recreate", SECOND)
    assert regions.inspected(SECOND)["Id"] != former
    for region in (SECOND, THIRD):
        assert regions.client(region).decrypt(CiphertextBlob=sealed)["Plaintext"] == b"before"
    eventually(regions.client(SECOND).create_key)


def test_containers_that_are_made_anew_find_everything_again(regions: Composed, key: str) -> None:
    sealed = regions.client(HOME).encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
    cards = [regions.execute(region, "keytide", "cards") for region in THREE_REGIONS]
    regions.down()
    regions.up()
    for region in THREE_REGIONS:
        client = eventually_client(regions, region)
        assert client.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"kept"
    assert [regions.execute(region, "keytide", "cards") for region in THREE_REGIONS] == cards
