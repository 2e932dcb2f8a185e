"""Three brokers and two nodes a region, with roots from secret files: what one of each may be lost without."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.composed import (
    FIRST_NODES,
    SECOND_NODES,
    Composed,
    composed_regions,
    private_file,
    require_docker,
)
from tests.running import THREE_REGIONS, eventually

pytestmark = pytest.mark.timeout(600)
HOME, SECOND, THIRD = THREE_REGIONS
NODE_USER = 10_001


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    require_docker()
    with composed_regions(*_arguments(tmp_path_factory.mktemp("secrets"))) as composed:
        yield composed


def _arguments(folder: Path) -> list[str]:
    for region in THREE_REGIONS:
        private_file(folder / f"{region}-root", secrets.token_urlsafe(24) + "\n", NODE_USER)
    os.environ["KEYTIDE_SECRETS"] = str(folder)
    files = ("docker-compose.yml", "containers/root-passphrases.yml")
    return ["--env-file", "containers/large.env", *(word for file in files for word in ("--file", file))]


def test_what_one_node_acknowledges_binds_the_other(regions: Composed) -> None:
    for region in THREE_REGIONS:
        first, second = (regions.client(region, ports[region]) for ports in (FIRST_NODES, SECOND_NODES))
        eventually(second.list_keys)
        key = first.create_key()["KeyMetadata"]["KeyId"]
        sealed = second.encrypt(KeyId=key, Plaintext=b"at once")["CiphertextBlob"]
        assert first.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"at once"


def test_the_roots_lie_on_no_volume(regions: Composed) -> None:
    for service in (HOME, f"{HOME}-node-2"):
        assert "root" not in regions.execute(service, "ls", "/var/lib/keytide").split()


def test_a_region_that_loses_one_of_three_brokers_goes_on_changing(regions: Composed) -> None:
    second = regions.client(SECOND)
    regions.kill(f"{SECOND}-kafka-1")
    try:
        made = eventually(second.create_key)["KeyMetadata"]
        assert made["Enabled"]
    finally:
        regions.start(f"{SECOND}-kafka-1")


def test_a_region_that_loses_a_node_answers_by_the_other(regions: Composed) -> None:
    third = regions.client(THIRD)
    key = third.create_key()["KeyMetadata"]["KeyId"]
    regions.kill(THIRD)
    try:
        sealed = eventually(lambda: third.encrypt(KeyId=key, Plaintext=b"through the door"))["CiphertextBlob"]
        assert eventually(lambda: third.decrypt(CiphertextBlob=sealed))["Plaintext"] == b"through the door"
        made = eventually(lambda: third.create_key(Description="by the second node"))["KeyMetadata"]
        assert made["KeyState"] == "Enabled"
    finally:
        regions.start(THIRD)
