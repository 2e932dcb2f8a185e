"""The regions of docker-compose.yml, for the tests of one file at a time."""

from collections.abc import Iterator

import pytest

from tests.containers.composed import Composed, composed_regions, require_docker


@pytest.fixture(scope="module")
def regions() -> Iterator[Composed]:
    require_docker()
    with composed_regions() as composed:
        yield composed
