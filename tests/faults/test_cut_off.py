"""A region that is stopped: its peers notice, say so, refuse what they may not know, and go on when it is back."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from botocore.exceptions import ClientError

from services.cli.main import main
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.region_node.pulses.settings import PulseSettings
from services.region_node.settings.settings import write_node_settings
from tests.running import TWO_REGIONS, Running, code_of, eventually, wait_until

HOME, PEER = TWO_REGIONS
LIMIT_SECONDS = 2
LIMIT_TAG = {"TagKey": "keytide:max-staleness", "TagValue": str(LIMIT_SECONDS)}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two regions, whose pulses come quickly."""
    directory = tmp_path_factory.mktemp("cut-off") / "keytide"
    for node in prepare(Topology(TWO_REGIONS, directory, 8100, 1, kafka=False), time.time_ns() // 1_000_000).nodes:
        quick = replace(node, pulses=PulseSettings(every_milliseconds=200))
        write_node_settings(replace(quick, door_socket=Path("door.sock"), replicator_socket=Path("replicator.sock")))
    running = Running(directory, TWO_REGIONS).ready()
    yield running
    running.close()


def send(run: Running, region: str, number: int) -> None:
    for process in run.of_region(region):
        os.kill(process.number, number)


def position_of(answer: dict[str, Any]) -> str:
    return str(answer["ResponseMetadata"]["HTTPHeaders"]["x-keytide-position"])


def barrier(run: Running, position: str, file: Path, *arguments: str) -> int:
    return main(["barrier", position, "--directory", str(run.directory), "--file", str(file), *arguments])


def verified(run: Running, file: Path) -> int:
    return main(["receipt", "verify", str(file), "--directory", str(run.directory)])


def lag(run: Running, region: str, capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    """What `region` says of its one peer."""
    capsys.readouterr()
    main(["status", "--json", "--directory", str(run.directory), "--region", region])
    told = orjson.loads(capsys.readouterr().out)[region]
    ((_, figures),) = told["peers"].items()
    return dict(figures)


def replicated_key(run: Running, *tags: dict[str, str]) -> str:
    home, peer = run.client(HOME, endpoint=run.endpoint(HOME)), run.client(PEER, endpoint=run.endpoint(PEER))
    key_id = str(home.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"])
    home.replicate_key(KeyId=key_id, ReplicaRegion=PEER, Tags=list(tags))
    eventually(lambda: peer.encrypt(KeyId=key_id, Plaintext=b"-"))
    return key_id


def test_a_revocation_is_proven_to_have_reached_every_region(
    run: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    iam = run.client(HOME, "iam")
    iam.create_user(UserName="somebody")
    statement = {"Effect": "Deny", "Action": "kms:*", "Resource": "*"}
    document = orjson.dumps({"Version": "2012-10-17", "Statement": [statement]}).decode()
    answer = iam.put_user_policy(UserName="somebody", PolicyName="nothing", PolicyDocument=document)
    file = tmp_path / "receipt"
    assert barrier(run, position_of(answer), file) == 0
    assert f"{PEER} has adopted it within" in capsys.readouterr().out
    assert verified(run, file) == 0
    assert f"{PEER} has adopted it, within" in capsys.readouterr().out
    kept = file.read_text()
    file.write_text(kept[:40] + ("A" if kept[40] != "A" else "B") + kept[41:])
    assert verified(run, file) == 1
    assert "does not hold" in capsys.readouterr().err


def test_a_grant_that_is_revoked_in_common_is_proven_to_be_revoked_everywhere(
    run: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key_id, client = replicated_key(run), run.client(HOME)
    client.tag_resource(KeyId=key_id, Tags=[{"TagKey": "keytide:replicate", "TagValue": "grants"}])
    grantee = f"arn:aws:iam::{client.describe_key(KeyId=key_id)['KeyMetadata']['AWSAccountId']}:root"
    grant = client.create_grant(KeyId=key_id, GranteePrincipal=grantee, Operations=["Decrypt"])["GrantId"]
    wait_until(lambda: run.client(PEER).list_grants(KeyId=key_id)["Grants"], "the grant has come")
    assert barrier(run, position_of(client.revoke_grant(KeyId=key_id, GrantId=grant)), tmp_path / "receipt") == 0
    assert run.client(PEER).list_grants(KeyId=key_id)["Grants"] == []
    assert verified(run, tmp_path / "receipt") == 0
    assert f"{PEER} has adopted it, within" in capsys.readouterr().out


@pytest.mark.parametrize("operation", ["disable_key", "revoke_grant"])
def test_a_change_of_one_region_alone_is_proven_to_be_one(
    run: Running, operation: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = run.client(HOME)
    key_id = client.create_key()["KeyMetadata"]["KeyId"]
    grantee = f"arn:aws:iam::{client.describe_key(KeyId=key_id)['KeyMetadata']['AWSAccountId']}:root"
    grant = client.create_grant(KeyId=key_id, GranteePrincipal=grantee, Operations=["Decrypt"])["GrantId"]
    named = {"GrantId": grant} if operation == "revoke_grant" else {}
    file = tmp_path / "receipt"
    assert barrier(run, position_of(getattr(client, operation)(KeyId=key_id, **named)), file) == 0
    assert verified(run, file) == 0
    assert "concerns this region alone" in capsys.readouterr().out


def test_a_barrier_names_the_region_that_has_not_adopted(
    run: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = run.client(HOME, endpoint=run.endpoint(HOME))
    send(run, PEER, signal.SIGSTOP)
    try:
        position = position_of(client.create_key(MultiRegion=True))

        def is_named() -> bool:
            """The replicator of a busy machine may miss the moment: then that is said, and one asks again."""
            assert barrier(run, position, tmp_path / "receipt", "--timeout", "1") == 1
            return f"Not reached within 1 seconds: {PEER}" in capsys.readouterr().err

        wait_until(is_named, "the peer is named")
        wait_until(lambda: lag(run, HOME, capsys)["records_behind_there"] >= 1, "the peer is behind")
    finally:
        send(run, PEER, signal.SIGCONT)
    assert barrier(run, position, tmp_path / "receipt", "--timeout", "30") == 0
    assert verified(run, tmp_path / "receipt") == 0
    wait_until(lambda: lag(run, HOME, capsys)["records_behind_there"] == 0, "the peer has caught up")


def test_a_key_with_a_limit_is_refused_while_its_primary_is_away_and_no_longer(
    run: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    limited, unlimited = replicated_key(run, LIMIT_TAG), replicated_key(run)
    peer = run.client(PEER, endpoint=run.endpoint(PEER))
    blob = eventually(lambda: peer.encrypt(KeyId=limited, Plaintext=b"-"))["CiphertextBlob"]
    send(run, HOME, signal.SIGSTOP)
    try:
        wait_until(lambda: lag(run, PEER, capsys)["seconds_behind"] > LIMIT_SECONDS, "the peer is behind")
        for operation, parameters in (
            ("encrypt", {"KeyId": limited, "Plaintext": b"-"}),
            ("decrypt", {"CiphertextBlob": blob}),
            ("generate_data_key", {"KeyId": limited, "KeySpec": "AES_256"}),
        ):
            with pytest.raises(ClientError, match=f"has not heard from {HOME}") as error:
                getattr(peer, operation)(**parameters)
            assert code_of(error.value) == "KeyUnavailableException"
        assert peer.encrypt(KeyId=unlimited, Plaintext=b"-")["CiphertextBlob"]
        assert peer.describe_key(KeyId=limited)["KeyMetadata"]["Enabled"]
    finally:
        send(run, HOME, signal.SIGCONT)
    assert eventually(lambda: peer.decrypt(CiphertextBlob=blob))["Plaintext"] == b"-"
    assert lag(run, PEER, capsys)["seconds_behind"] < LIMIT_SECONDS


def test_only_who_may_asks_for_a_barrier_and_only_for_what_there_is(
    run: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    position = position_of(run.client(HOME).create_key(MultiRegion=True))
    for wrong, reason in (
        (("--regions", "sa-east-1"), "knows no region sa-east-1"),
        (("--timeout", "51"), "ValidationException"),
        (("--endpoint", run.endpoint(PEER)), "InvalidSignatureException"),
    ):
        assert barrier(run, position, tmp_path / "receipt", *wrong) == 1
        assert reason in capsys.readouterr().err
    assert barrier(run, "elsewhere", tmp_path / "receipt") == 1
    assert not (tmp_path / "receipt").exists()
