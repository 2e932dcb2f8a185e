"""An audit log in memory that does what a broker may do, and forgets its beginning when it is told to."""

from collections.abc import Sequence

from replication.log.event_log import READ_BYTES, Entry, LogError, LogTruncated
from tests.replication.scripted_log import ScriptedLog


class ScriptedAuditLog(ScriptedLog):
    """Opened again after each session: closing it closes nothing."""

    def __init__(self) -> None:
        super().__init__("keytide.us-east-1.audit")
        self.begins = 0
        self.named = "first"
        self.gone: type[LogError] = LogTruncated
        """How it says that what is asked for has been dropped: an embedded log takes it for damage."""

    async def first(self, partition: int) -> int:
        self._require(partition)
        return self.begins

    async def prune(self, partition: int, before: int) -> None:
        self._require(partition)
        self.begins = max(self.begins, before)

    async def read(
        self, partition: int, start: int, limit: int, wait_seconds: float = 0, most_bytes: int = READ_BYTES
    ) -> Sequence[Entry]:
        if start < self.begins:
            raise self.gone(f"it begins at {self.begins}")
        return await super().read(partition, start, limit, wait_seconds, most_bytes)

    async def identity(self) -> str:
        return self.named

    async def close(self) -> None:
        """It is there again for the next session."""
