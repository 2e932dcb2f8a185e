"""A region's directory for each test."""

from pathlib import Path

import pytest

from tests.services.review.reviewed_region import ReviewedRegion


@pytest.fixture
def region(tmp_path: Path) -> ReviewedRegion:
    return ReviewedRegion(tmp_path / "keytide")
