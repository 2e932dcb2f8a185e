"""The tasks of a partition: what fails is said and started again, and what cannot go on ends the process."""

import asyncio

import pytest

from replication.state.state_store import StoreFailed
from services.region_node.replicator.partitions import RESTART_SECONDS, kept_running
from tests.replication.virtual_time import in_virtual_time


@in_virtual_time
async def test_what_fails_or_ends_is_started_again() -> None:
    starts: list[float] = []

    async def run() -> None:
        starts.append(asyncio.get_running_loop().time())
        if len(starts) == 1:
            raise RuntimeError("a fault")

    task = asyncio.create_task(kept_running("part", run))
    await asyncio.sleep(10 * RESTART_SECONDS)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(starts) == 10


@in_virtual_time
async def test_failed_store_ends_everything() -> None:
    async def run() -> None:
        raise StoreFailed("no space left")

    with pytest.raises(StoreFailed):
        await kept_running("part", run)
