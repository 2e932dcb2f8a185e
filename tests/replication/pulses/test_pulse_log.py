"""Of a log of pulses the last entries are read, whatever has expired before them."""

from collections.abc import Sequence

import pytest

from replication.log.event_log import READ_BYTES, Entry, LogTruncated, LogUnavailable
from replication.pulses.pulse_log import LATEST_MOST, LoggedPulses, latest_entries
from tests.replication.checkpoints import at, cosigned
from tests.replication.scripted_log import ScriptedLog
from tests.replication.written_log import HOME, PEER, THIRD


class Expired(ScriptedLog):
    """A topic of which everything before `first` has expired."""

    def __init__(self, first: int) -> None:
        super().__init__("keytide.us-east-1.pulse")
        self.first = first
        self.write(0, [b"%d" % number for number in range(20)])

    async def read(
        self, partition: int, start: int, limit: int, wait_seconds: float = 0, most_bytes: int = READ_BYTES
    ) -> Sequence[Entry]:
        if start < self.first:
            raise LogTruncated("expired")
        return await super().read(partition, start, limit, wait_seconds, most_bytes)


@pytest.mark.parametrize(
    ("first", "after", "positions"),
    [
        (0, 0, range(20 - LATEST_MOST, 20)),
        (0, 18, range(18, 20)),
        (0, 20, range(0)),
        (0, 21, range(20 - LATEST_MOST, 20)),
        (10, 0, range(0)),
        (20, 0, range(0)),
    ],
    ids=["the last", "the rest", "no news", "made anew", "partly expired", "all expired"],
)
async def test_the_last_entries_are_read(first: int, after: int, positions: range) -> None:
    log = Expired(first)
    assert [entry.position for entry in await latest_entries(log, after, 0)] == list(positions)
    source = LoggedPulses(log, HOME)
    assert [entry.position for entry in await source.latest_pulses(after, 0)] == list(positions)


async def test_a_cosignature_counts_that_was_written_after_it_was_asked_for() -> None:
    """One that stands in a topic may be older than its author's death."""
    log = ScriptedLog("keytide.eu-west-1.pulse")
    source, old = LoggedPulses(log, PEER), cosigned(at(1))
    log.write(0, [old, b"pulse"])
    with pytest.raises(LogUnavailable, match="writes no cosignature"):
        await source.cosigned(HOME)
    about_another, new = cosigned(region=THIRD), cosigned(at(2))
    log.write(0, [b"pulse", cosigned(at(3), witness=THIRD), about_another, new])
    assert await source.cosigned(HOME) == new
    assert await source.cosigned(THIRD) == about_another
