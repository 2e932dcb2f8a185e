"""A region that is put back to an older copy of its directory: its peers know better, and it serves nothing."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import urllib3
from botocore.exceptions import ClientError

from services.cli.main import main
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.region_node.pulses.settings import PulseSettings
from services.region_node.settings.settings import NodeSettings, read_node_settings, write_node_settings
from services.region_node.witness.settings import WitnessSettings
from tests.running import TWO_REGIONS, Running, code_of, eventually, wait_until
from tests.thoroughness import in_full_only

HOME, PEER = TWO_REGIONS
BETWEEN_PULSES = 0.2


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Running]:
    """Two regions, whose pulses come quickly."""
    directory = tmp_path / "keytide"
    for node in prepare(Topology(TWO_REGIONS, directory, 8100, 1, kafka=False), time.time_ns() // 1_000_000).nodes:
        write(replace(node, pulses=PulseSettings(every_milliseconds=int(BETWEEN_PULSES * 1000))))
    running = Running(directory, TWO_REGIONS).ready()
    yield running
    running.close()


def write(node: NodeSettings) -> None:
    write_node_settings(replace(node, door_socket=Path("door.sock"), replicator_socket=Path("replicator.sock")))


def readiness(run: Running, region: str) -> dict[str, Any]:
    """Empty before the region listens."""
    try:
        answer = urllib3.request("GET", f"{run.endpoint(region)}/readyz", timeout=5, retries=False)
    except urllib3.exceptions.HTTPError:
        return {}
    return dict(orjson.loads(answer.data))


def directly(run: Running, region: str) -> Any:
    return run.client(region, endpoint=run.endpoint(region))


def refusal(client: Any, operation: str, **parameters: Any) -> ClientError:
    with pytest.raises(ClientError) as refused:
        getattr(client, operation)(**parameters)
    return refused.value


def witnessed(run: Running, capsys: pytest.CaptureFixture[str]) -> int:
    """So many records of the home its peer has seen."""
    capsys.readouterr()
    main(["checkpoints", "show", "--directory", str(run.directory), "--region", PEER])
    line = capsys.readouterr().out.splitlines()[1]
    return int(line.split()[-2])


@in_full_only
def test_a_region_that_is_put_back_serves_nothing_and_says_why(
    run: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = directly(run, HOME)
    key_id = home.create_key()["KeyMetadata"]["KeyId"]
    blob = home.encrypt(KeyId=key_id, Plaintext=b"-")["CiphertextBlob"]
    assert run.stop() == 0
    before = witnessed(run, capsys)
    shutil.copytree(run.directory / HOME, tmp_path / "older", ignore=shutil.ignore_patterns("*.sock"))
    later = run.again().ready()
    try:
        directly(later, HOME).disable_key(KeyId=key_id)
        wait_until(lambda: witnessed(later, capsys) > before, "the revocation is witnessed")
        time.sleep(2 * BETWEEN_PULSES)
        assert later.stop() == 0
        assert witnessed(later, capsys) > before
    finally:
        later.close()
    shutil.rmtree(run.directory / HOME)
    shutil.copytree(tmp_path / "older", run.directory / HOME)
    back = run.again()
    try:
        wait_until(lambda: "contradicted" in str(readiness(back, HOME).get("reason")), "it knows better")
        for operation, parameters in (
            ("decrypt", {"CiphertextBlob": blob}),
            ("describe_key", {"KeyId": key_id}),
            ("create_key", {}),
        ):
            refused = refusal(directly(back, HOME), operation, **parameters)
            assert code_of(refused) == "DependencyTimeoutException"
            assert f"as {PEER} has seen" in str(refused)
            assert "builds the region anew" in refused.response["ResponseMetadata"]["HTTPHeaders"]["x-keytide-remedy"]
        capsys.readouterr()
        assert main(["vouch", "--region", HOME, "--force", "--directory", str(run.directory)]) == 1
        assert "cannot have one" in capsys.readouterr().err
        assert eventually(lambda: directly(back, PEER).create_key())["KeyMetadata"]["Enabled"]
    finally:
        back.close()


def test_a_region_whose_peers_are_away_only_reads_until_the_limit_or_a_voucher(
    run: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    home = directly(run, HOME)
    key_id = home.create_key()["KeyMetadata"]["KeyId"]
    blob = home.encrypt(KeyId=key_id, Plaintext=b"-")["CiphertextBlob"]
    assert run.stop() == 0
    shutil.move(run.directory / PEER / "node.json", run.directory / "elsewhere")
    node = read_node_settings(run.directory / HOME, HOME)
    write(replace(node, witness=WitnessSettings(6, patience_milliseconds=300)))
    alone = run.again()
    try:
        wait_until(lambda: "unwitnessed" in str(readiness(alone, HOME).get("reason")), "it knows that it is alone")
        client = directly(alone, HOME)
        decrypted = client.decrypt(CiphertextBlob=blob)
        assert decrypted["Plaintext"] == b"-"
        assert decrypted["ResponseMetadata"]["HTTPHeaders"]["x-keytide-unwitnessed"] == "unwitnessed"
        refused = refusal(client, "disable_key", KeyId=key_id)
        assert code_of(refused) == "DependencyTimeoutException"
        assert "No peer has confirmed" in str(refused)
        wait_until(lambda: "overdue" in str(readiness(alone, HOME).get("reason")), "the limit has passed")
        assert "no peer could be asked in time" in str(refusal(client, "decrypt", CiphertextBlob=blob))
        assert main(["vouch", "--region", HOME, "--directory", str(run.directory)]) == 1
        assert "Nothing was changed. To do it, say --force." in capsys.readouterr().out
        assert main(["vouch", "--region", HOME, "--force", "--directory", str(run.directory)]) == 0
        wait_until(lambda: readiness(alone, HOME).get("status") == "ready", "it is served")
        disabled = client.disable_key(KeyId=key_id)
        assert disabled["ResponseMetadata"]["HTTPHeaders"]["x-keytide-unwitnessed"] == "vouched"
        assert code_of(refusal(client, "decrypt", CiphertextBlob=blob)) == "DisabledException"
    finally:
        alone.close()
