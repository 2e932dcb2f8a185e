"""Keys that begin with their replicas, and keys that get regions, with boto3, the AWS CLI and `keytide key`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.running import ALONE, THREE_REGIONS, Running, eventually, wait_until
from tests.running_command import command, done

AWS = Path(sys.executable).with_name("aws")
HOME, EUROPE, ASIA = THREE_REGIONS
REPLICAS = [{"TagKey": "keytide:replicas", "TagValue": f"{EUROPE} {ASIA}"}]


@pytest.fixture(scope="module")
def clients(keytide: Running) -> dict[str, Any]:
    return {region: keytide.client(region) for region in THREE_REGIONS}


def is_enabled(client: Any, key_id: str) -> bool:
    return bool(eventually(lambda: client.describe_key(KeyId=key_id))["KeyMetadata"]["Enabled"])


def test_one_call_of_boto3_makes_a_key_in_three_regions(clients: dict[str, Any]) -> None:
    metadata = clients[HOME].create_key(MultiRegion=True, Tags=REPLICAS)["KeyMetadata"]
    configuration = metadata["MultiRegionConfiguration"]
    assert [replica["Region"] for replica in configuration["ReplicaKeys"]] == [ASIA, EUROPE]
    key_id = metadata["KeyId"]
    assert all(is_enabled(client, key_id) for client in clients.values())
    for near in clients.values():
        blob = near.encrypt(KeyId=key_id, Plaintext=b"once")["CiphertextBlob"]
        assert {far.decrypt(CiphertextBlob=blob)["Plaintext"] for far in clients.values()} == {b"once"}
    assert clients[HOME].list_resource_tags(KeyId=key_id)["Tags"] == REPLICAS


@pytest.mark.parametrize("regions", [HOME, "sa-east-1", f"{EUROPE} {EUROPE}", ""])
def test_replicas_that_cannot_be_made_make_no_key(clients: dict[str, Any], regions: str) -> None:
    before = len(clients[HOME].list_keys(Limit=1000)["Keys"])
    with pytest.raises(clients[HOME].exceptions.TagException):
        clients[HOME].create_key(MultiRegion=True, Tags=[{"TagKey": "keytide:replicas", "TagValue": regions}])
    assert len(clients[HOME].list_keys(Limit=1000)["Keys"]) == before


def test_the_aws_cli_makes_a_key_with_a_replica(keytide: Running, clients: dict[str, Any]) -> None:
    file = keytide.directory / "credentials.env"
    words = f"create-key --multi-region --region {HOME} --tags TagKey=keytide:replicas,TagValue={EUROPE}"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    made = subprocess.run(
        ["sh", "-c", f". {file}; {AWS} kms {words} --output json"],
        env={**plain, **ALONE}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert is_enabled(clients[EUROPE], json.loads(made.stdout)["KeyMetadata"]["KeyId"])


def test_keytide_makes_a_key_with_its_replicas(keytide: Running, clients: dict[str, Any]) -> None:
    arguments = ("--region", HOME, "--replicas", f"{EUROPE},{ASIA}", "--spec", "HMAC_256")
    told = done(keytide, "key", "create", *arguments, "--usage", "GENERATE_VERIFY_MAC").split()
    assert [arn.split(":")[3] for arn in told] == [HOME, ASIA, EUROPE]
    assert is_enabled(clients[ASIA], told[0].rpartition("/")[2])


def test_a_single_region_key_gets_regions_and_its_blobs_open_there(keytide: Running, clients: dict[str, Any]) -> None:
    old = clients[HOME].create_key(Description="old")["KeyMetadata"]
    first = clients[HOME].encrypt(KeyId=old["KeyId"], Plaintext=b"first")["CiphertextBlob"]
    clients[HOME].rotate_key_on_demand(KeyId=old["KeyId"])
    blobs = [first, clients[HOME].encrypt(KeyId=old["KeyId"], Plaintext=b"second")["CiphertextBlob"]]
    told = done(keytide, "key", "convert", old["Arn"], "--replicas", EUROPE).split()
    new = told[0].rpartition("/")[2]
    assert [arn.split(":")[3] for arn in told] == [HOME, EUROPE]
    assert is_enabled(clients[EUROPE], new)
    blobs.append(clients[HOME].encrypt(KeyId=old["KeyId"], Plaintext=b"third")["CiphertextBlob"])
    for region, key_id in ((HOME, old["KeyId"]), (EUROPE, new)):
        answers = [clients[region].decrypt(CiphertextBlob=blob) for blob in blobs]
        assert [answer["Plaintext"] for answer in answers] == [b"first", b"second", b"third"]
        assert {answer["KeyId"].rpartition("/")[2] for answer in answers} == {key_id}
    clients[HOME].replicate_key(KeyId=new, ReplicaRegion=ASIA)
    assert is_enabled(clients[ASIA], new)
    assert clients[ASIA].decrypt(CiphertextBlob=first)["Plaintext"] == b"first"
    with pytest.raises(clients[HOME].exceptions.KMSInvalidStateException, match=new):
        clients[HOME].rotate_key_on_demand(KeyId=old["KeyId"])


def test_what_cannot_be_converted_is_said(keytide: Running, clients: dict[str, Any]) -> None:
    imported = clients[HOME].create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    refused = command(keytide, "key", "convert", imported)
    assert refused.returncode == 1
    assert "origin is EXTERNAL which is not valid for this operation" in refused.stderr
    unplaced = command(keytide, "key", "convert", imported.rpartition("/")[2])
    assert "Say its ARN, or --region" in unplaced.stderr


def test_the_new_key_is_rotated_as_one(keytide: Running, clients: dict[str, Any]) -> None:
    old = clients[HOME].create_key()["KeyMetadata"]
    done(keytide, "key", "convert", old["KeyId"], "--region", HOME, "--replicas", EUROPE)
    (new,) = (
        key["KeyId"]
        for key in clients[HOME].list_keys(Limit=1000)["Keys"]
        if key["KeyId"].startswith("mrk-") and describes(clients[HOME], key["KeyId"], old["KeyId"])
    )
    before = current(clients[HOME], new)
    clients[HOME].rotate_key_on_demand(KeyId=new)
    wait_until(lambda: current(clients[HOME], new) != before, "both regions are known to have the new material")
    blob = clients[HOME].encrypt(KeyId=new, Plaintext=b"fresh")["CiphertextBlob"]
    assert clients[EUROPE].decrypt(CiphertextBlob=blob)["Plaintext"] == b"fresh"


def current(client: Any, key_id: str) -> Any:
    return client.describe_key(KeyId=key_id)["KeyMetadata"]["CurrentKeyMaterialId"]


def describes(client: Any, new: str, old: str) -> bool:
    metadata = client.describe_key(KeyId=new)["KeyMetadata"]
    return bool(metadata.get("CurrentKeyMaterialId") == current(client, old))


def test_the_checker_finds_what_the_logs_give(keytide: Running) -> None:
    """After all of the above: its rules on who may share what, and on the indexes, are written a second time."""
    assert done(keytide, "verify").count("log and state agree") == len(THREE_REGIONS)
