"""One run of three regions for all tests with AWS clients, which share it and keep to keys of their own."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.running import Running


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
