"""One run of three regions for all tests with AWS clients, which share it and keep to keys of their own.

Beside it one region for those tests that need what an operator has to set.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.region_node.requests.settings import AttestationSettings, RequestQuotaSettings
from services.region_node.settings.settings import write_node_settings
from tests.clients.families import Families
from tests.nitro.enclave import Enclave
from tests.running import Running, free_port

CONFIGURED_REGION = "us-east-1"
SMALL_QUOTAS = {"GetKeyPolicy": 1, "ListKeys": 1, "RSA": 1}


@pytest.fixture(scope="session")
def keytide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    run = Running(tmp_path_factory.mktemp("clients") / "keytide")
    try:
        yield run.ready()
    finally:
        run.close()


@pytest.fixture(scope="session")
def kms(keytide: Running) -> Any:
    """Of the account's home region, through the front door."""
    return keytide.client("us-east-1")


@pytest.fixture(scope="session")
def elsewhere(keytide: Running) -> Any:
    """Of another region, through the front door."""
    return keytide.client("eu-west-1")


@pytest.fixture(scope="session")
def families(kms: Any, elsewhere: Any) -> Families:
    return Families(kms, elsewhere, "eu-west-1")


@pytest.fixture(scope="session")
def enclave() -> Enclave:
    return Enclave(time.time_ns() // 1_000_000)


@pytest.fixture(scope="session")
def configured(tmp_path_factory: pytest.TempPathFactory, enclave: Enclave) -> Iterator[Any]:
    """A client of a region that trusts the enclave's root and enforces request quotas."""
    directory, port = tmp_path_factory.mktemp("configured") / "keytide", free_port()
    topology = Topology((CONFIGURED_REGION,), directory, port, workers=1, kafka=False)
    (node,) = prepare(topology, time.time_ns() // 1_000_000).nodes
    (node.directory / "root.pem").write_bytes(enclave.root.pem)
    attestation = AttestationSettings((Path("root.pem"),))
    write_node_settings(replace(node, attestation=attestation, request_quotas=RequestQuotaSettings(True, SMALL_QUOTAS)))
    run = Running(directory, (CONFIGURED_REGION,), port=port)
    try:
        yield run.ready().client(CONFIGURED_REGION)
    finally:
        run.close()
