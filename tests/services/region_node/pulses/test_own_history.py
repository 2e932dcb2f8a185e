"""A record that is looked for on and on: each entry is read once, and what is there later is found."""

from collections.abc import Sequence

import pytest

from replication.log.event_log import Entry
from replication.records.change_position import Shared
from replication.records.position import Head
from services.region_node.pulses import own_history
from services.region_node.pulses.own_history import OwnHistory


class CountingLog:
    """One partition of junk, which counts the entries that are read."""

    name, partitions = "keytide.us-east-1.shared", 1

    def __init__(self, entries: int) -> None:
        self.entries, self.read_entries = entries, 0

    async def identity(self) -> str:
        return "0"

    async def append(self, partition: int, records: Sequence[bytes]) -> None:
        raise NotImplementedError

    async def end(self, partition: int) -> int:
        return self.entries

    async def read(
        self,
        partition: int,
        start: int,
        limit: int,
        wait_seconds: float = 0.0,
        most_bytes: int = 0,
    ) -> Sequence[Entry]:
        found = [Entry(position, b"junk") for position in range(start, min(self.entries, start + limit))]
        self.read_entries += len(found)
        return found

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("sought", [Shared(1, "0" * 32), Head(1, b"\x01" * 32)])
async def test_what_was_made_up_is_read_for_once(sought: Head | Shared) -> None:
    log = CountingLog(1_000)
    history = OwnHistory(log, 0)
    for _ in range(20):
        assert await history.find(sought) is None
    assert log.read_entries == 1_000
    log.entries += 1
    assert await history.find(sought) is None
    assert log.read_entries == 1_001


async def test_the_search_ends_somewhere() -> None:
    log = CountingLog(3 * own_history.SOUGHT_MOST)
    assert await OwnHistory(log, 0).find(Shared(1, "0" * 32)) is None
    assert log.read_entries <= own_history.SOUGHT_MOST + own_history.READ_MOST
