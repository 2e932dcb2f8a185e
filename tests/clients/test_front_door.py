"""One endpoint for every region: what it says of regions that are unknown or down."""

import os
import signal
from pathlib import Path

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.running import TWO_REGIONS, Running, code_of, eventually


def test_an_unknown_region_is_refused_with_those_that_there_are(keytide: Running) -> None:
    with pytest.raises(ClientError) as refused:
        keytide.client("sa-east-1").list_keys()
    assert code_of(refused.value) == "InvalidSignatureException"
    for region in keytide.regions:
        assert region in str(refused.value)


def test_what_is_not_signed_is_refused(keytide: Running) -> None:
    answer = urllib3.request("POST", f"{keytide.door}/", body=b"{}", retries=False)
    assert (answer.status, answer.json()["__type"]) == (400, "MissingAuthenticationTokenException")


def test_it_tells_the_state_of_every_region(keytide: Running) -> None:
    answer = urllib3.request("GET", f"{keytide.door}/healthz", retries=False)
    assert answer.status == 200
    assert all(region in answer.data.decode() for region in keytide.regions)


def test_a_region_that_is_down_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    run = Running(tmp_path / "keytide", TWO_REGIONS)
    try:
        run.ready()
        near, far = (run.client(region) for region in TWO_REGIONS)
        supervisor = run.find("node", "eu-west-1")
        for process in run.of_region("eu-west-1"):
            if process.number != supervisor.number:
                process_signal(process.number, signal.SIGSTOP)
        process_signal(supervisor.number, signal.SIGKILL)
        with pytest.raises(ClientError) as refused:
            far.list_keys()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        assert "eu-west-1" in str(refused.value)
        assert near.create_key()["KeyMetadata"]["Enabled"]
        eventually(far.list_keys)
    finally:
        run.close()


def process_signal(number: int, which: signal.Signals) -> None:

    os.kill(number, which)
