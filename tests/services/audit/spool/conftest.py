"""Spools under test: on a disk that can be told to fail, or written by the process that a worker has."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.audit.spool.writing import WritingProcess
from tests.services.audit.spool.test_spool import Spooling


@pytest.fixture
async def spooling(tmp_path: Path) -> AsyncIterator[Spooling]:
    made = Spooling(tmp_path)
    yield made
    await made.spool.close()


@pytest.fixture(params=["here", "in a process"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Spooling]:
    """Both ways of writing keep one contract."""
    spool = tmp_path / "spool"
    made = Spooling(spool, writing=None if request.param == "here" else WritingProcess("us-east-1", spool))
    yield made
    await made.spool.close()
