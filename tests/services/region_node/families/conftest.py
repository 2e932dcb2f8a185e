"""One region for each test."""

import pytest

from tests.services.region_node.operations.fake_region import FakeRegion


@pytest.fixture
def region() -> FakeRegion:
    return FakeRegion()
