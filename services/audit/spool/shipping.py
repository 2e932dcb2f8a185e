"""From the spools of a node to the region's audit log.

Owns what is sent, and what not to send again: what the trail has, has come through the log. Whatever fails, the next
session begins by reading the log to its end, and goes on from the trail's heads: an append of which nothing is known is
found there, or sent again.
"""

from collections.abc import Callable, Mapping, Sequence

from replication.records.record import RecordKey, authenticate
from services.audit.audit_log import PARTITION, AuditLog
from services.audit.spool.reading import SpoolReading
from shared.audit.frame import ChainHead, Frame, encode_frame


class Shipping:
    """Of one node. `heads` are those of its trail. `shipped` counts entries."""

    def __init__(self, spools: SpoolReading, key: RecordKey, heads: Callable[[], Mapping[str, ChainHead]]) -> None:
        self._spools, self._key, self._heads = spools, key, heads
        self.shipped = 0

    def begin(self) -> None:
        """A session begins: the trail has all that the log has."""
        self._spools.again()

    async def ship(self, log: AuditLog) -> bool:
        """Send what has been written meanwhile. Whether that may not be all. Errors: LogError, OSError."""
        read = self._spools.next_frames()
        await self.send(log, [frame for frame in read if frame.last > self._known(frame.chain)])
        return self._spools.more

    async def send(self, log: AuditLog, frames: Sequence[Frame]) -> None:
        """Errors: LogError."""
        if frames:
            await log.append(PARTITION, [authenticate(encode_frame(frame), self._key) for frame in frames])
            self.shipped += sum(len(frame.leaves) for frame in frames)

    def is_level(self) -> bool:
        """Whether the trail has all that was read of the spools."""
        return self.waiting_entries() == 0

    def waiting_entries(self) -> int:
        """Read of the spools, and not in the trail yet."""
        return sum(max(0, last - self._known(chain)) for chain, last in self._spools.read_until().items())

    def _known(self, chain: str) -> int:
        return self._heads().get(chain, ChainHead()).number
