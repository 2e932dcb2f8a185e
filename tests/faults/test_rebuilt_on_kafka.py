"""A region of three loses its node, its broker and its topics, and is built anew from its peers into new topics."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.contract.kafka_broker import require_jars
from tests.faults.test_processes import verified
from tests.faults.test_rebuilt import LOST, Made, goes_on, rebuild, shown
from tests.faults.test_restored_on_kafka import STARTING_SECONDS, ready
from tests.running import READY, THREE_REGIONS, Running, eventually, wait_until
from tests.running_command import command
from tests.thoroughness import in_full_only

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Running]:
    """A broker a region, in the region's directory."""
    require_jars()
    with closing(Running(tmp_path / "keytide", THREE_REGIONS, "--kafka")) as running:
        yield ready(running)


@in_full_only
def test_a_region_is_built_anew_into_new_topics_and_the_self_test_passes_in_it(run: Running) -> None:
    made = Made(run)
    run.kill()
    shutil.rmtree(run.directory / LOST)
    with closing(run.again()) as without:
        wait_until(lambda: f"region {LOST} is left out" in without.output, "it is left out", STARTING_SECONDS)
        wait_until(lambda: READY in without.output or "not whole" in without.output, "the others run", STARTING_SECONDS)
        where = ("--from", LOST, "--region", THREE_REGIONS[0])
        promote = ("promote", "--all", *where, "--force", "--even-though-it-answers")
        wait_until(lambda: command(without, *promote).returncode == 0, "its primaries are promoted", STARTING_SECONDS)
        rebuild(without)
        without.stop()
    with closing(run.again()) as anew:
        ready(anew)
        assert f"self-test: enabled it in {LOST}" in anew.output
        assert shown(anew)["own"]["ended_at"]
        lost = anew.client(LOST)
        for key, blob in made.blobs.items():
            eventually(partial(lost.enable_key, KeyId=key))
            assert eventually(partial(lost.decrypt, CiphertextBlob=blob))["Plaintext"] == key.encode()
        goes_on(anew, made)
        verified(anew)
