"""The contract of a log: what `EmbeddedLog` and `KafkaLog` promise to everything built on them.

Owns the `EventLog` protocol and the errors of a log. One instance is one log, for example `keytide.us-east-1.local`.

A log is a fixed number of partitions; a partition is an ordered sequence of entries that only grows. There is no order
between partitions, and no atomicity between entries: only each record is whole.

A log MUST
- keep the order of the records of one `append`, and of appends of which the second began after the first had returned;
- have made durable what an `append` has acknowledged: embedded, fsynced; Kafka, held by every in-sync replica;
- give every reader of a partition the same entries at the same positions, for ever, also after a restart;
- hand out records exactly as they were appended, byte for byte;
- end every call within a bounded time, with a result or one of the errors below.

A log MUST NOT
- report an append as done or as not done unless that is certain: what is not certain is `AppendUnknown`;
- skip entries silently: a start that lies outside the log is `LogTruncated`, never an empty answer;
- answer "no entries" when it could not ask: that is `LogUnavailable`.

A log MAY leave gaps between positions, answer a read with fewer entries than there are (never with none), and hold
records that nobody in this process appended. Callers identify records by their own content, never by position.
"""

from collections.abc import Sequence
from typing import ClassVar, Final, Protocol

import msgspec

MAXIMUM_RECORD_BYTES: Final = 1024 * 1024
READ_BYTES: Final = 32 * MAXIMUM_RECORD_BYTES
"""So much one read gives, unless it is asked for less."""


class LogError(Exception):
    """A log could not do what it was asked to. `remedy` says what an operator does next."""

    remedy: ClassVar[str] = "Look at the region's log (broker or disk)."


class AppendUnknown(LogError):
    """Any of the records may be in the log, in part or not at all, or may LATER appear in it. Read back to know."""

    remedy = "Read the log back; append the identical bytes again until they are seen in it."


class NotAppended(LogError):
    """Surely this call wrote none of the records, and none will appear later. It says nothing of earlier calls."""

    remedy = "Free disk space or correct the cause that the message names, then append again."


class LogTruncated(LogError):
    """The position asked for lies before the beginning or beyond the end: entries are missing, or it is another log."""

    remedy = "Do not go on from here: compare the log's identity, and restore it or rebuild from the right one."


class LogUnavailable(LogError):
    """The broker or the disk could not be asked in time. Nothing is known about the log's content."""

    remedy = "Retry; see that the broker runs, is reachable and allows this node to read the log."


class LogUnsafe(LogError):
    """The log's settings would lose or reorder records; the message names them."""

    remedy = "Correct the settings that the message names; the log is not used before that."


class LogCorrupt(LogError):
    """What is stored is not a whole log any more: a torn, truncated or foreign file."""

    remedy = "Stop the node and restore the log from a copy; the state can be rebuilt, the log cannot."


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One record and where it stands. `position` is the adapter's private matter: only fit to be given to `read`."""

    position: int
    record: bytes


class EventLog(Protocol):
    """One log. Every method may raise `LogUnavailable` and `LogCorrupt`; a partition out of range is a ValueError."""

    @property
    def name(self) -> str: ...

    @property
    def partitions(self) -> int: ...

    async def append(self, partition: int, records: Sequence[bytes]) -> None:
        """Append all records, in order; they are durable when this returns.

        Each record has at most `MAXIMUM_RECORD_BYTES` bytes; a longer one is `NotAppended`.
        Errors: `NotAppended`; `AppendUnknown` for everything else, also for a deadline. A cancelled append is unknown.
        """

    async def read(
        self, partition: int, start: int, limit: int, wait_seconds: float = 0, most_bytes: int = READ_BYTES
    ) -> Sequence[Entry]:
        """The entries with a position of at least `start`, in order, at least one if there is one, at most `limit`.

        None follows the one with which the records reach `most_bytes`.
        Waits up to `wait_seconds` for the first; then the answer is empty. The next start is the last position plus
        one; the very first is 0. Errors: `LogTruncated` when `start` lies before the beginning or beyond the end.
        """

    async def end(self, partition: int) -> int:
        """The position after the last entry: where a reader waits for what comes next."""

    async def identity(self) -> str:
        """Which log this is. A log that was wiped and made anew, or another one, has another identity."""

    async def close(self) -> None:
        """Let go of the log. Appends under way end first, or fail with `AppendUnknown` at their deadline."""
