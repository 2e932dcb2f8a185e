"""The two ends of an adoption: the peer whose records are adopted, and the region that adopts them.

Owns what a mirror (`mirror.py`) is given of each.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from replication.fold.judge import Verdict
from replication.log.event_log import Entry
from replication.records.shared_record import SharedRecord
from replication.state.partition_head import PartitionHead
from replication.writing.draft import Answer, Draft
from shared.events import Event


class SharedLog(Protocol):
    """The reading half of `EventLog`: a peer's Kafka topic, or its feed."""

    async def read(self, partition: int, start: int, limit: int, wait_seconds: float = 0) -> Sequence[Entry]: ...

    async def close(self) -> None: ...


class Peer(NamedTuple):
    """A peer region, its log and what its signature must fit. `verify(signed, signature)` uses the pinned card."""

    region: str
    log: SharedLog
    verify: Callable[[bytes, bytes], bool]


class AdoptingRegion(NamedTuple):
    """The adopting region, for one partition."""

    region: str
    head: Callable[[], PartitionHead]
    submit: Callable[[Draft], Awaitable[Answer]]
    rewrap: Callable[[tuple[Event, ...]], Mapping[str, bytes]]
    """The secrets of the events that are sealed to this region, wrapped for it, by secret id."""
    alarm: Callable[[Verdict, str], None]
    trouble: Callable[[str], None]
    """Told why the peer cannot be read, "" when it is over."""
    forsake: Callable[[str], None]
    """Told that the own log was lost: peers have records of this region, and it has none."""
    now: Callable[[], int]
    tell: "Callable[[Passage], None]" = lambda _passage: None
    """Told of each record that has just been adopted."""


class Passage(NamedTuple):
    """A peer's record on its way into this region's state. Times are this region's, in milliseconds: when it was read
    and verified, when its adoption was submitted, and when that was applied.
    """

    record: SharedRecord
    read: int
    submitted: int
    applied: int
