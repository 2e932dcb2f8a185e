"""The regions of docker-compose.yml in their small form, started once for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.containers.composed import Composed, composed_regions, require_docker


@pytest.fixture(scope="package")
def regions() -> Iterator[Composed]:
    require_docker()
    with composed_regions() as composed:
        yield composed
