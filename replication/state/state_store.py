"""The contract of a state store, and the tables that a region's state consists of.

Owns the names and the key layouts of the tables. `LmdbStore` and `MemoryStore` pass one contract suite.

A store MUST make all changes of one transaction visible and durable together or not at all, also across SIGKILL; MUST
give each snapshot one unchanging state; MUST scan in the order of the key bytes. It MUST NOT let a reader wait for a
writer, nor report a commit that failed as done: after a failed commit it refuses everything further. Only
while a state is built (`build`) a commit need not be durable. One process writes; any number of processes of the same
machine read.

Table        key                              value
STREAMS      partition, stream name           [revision, kind, state fields, frozen] (fields nil once deleted)
INDEXES      partition, index name            b""
HISTORY      partition, sequence              running hash, author's time and, of applied commands, the command id
COMMANDS     partition, command id            the answer of the applied command, or `FROZEN_COMMAND`
PARTITIONS   partition                        the partition's head (see `partition_head.py`)
ERASING      partition, bucket, epoch, stream time of a destruction whose remains rest on those keys (`erasing.py`)
OUTBOX       partition, shared number         signed bytes still to be published     (not part of the digest)
ADAPTER      name                             positions in logs, identities of logs, which partitions are built,
                                              how fresh what was adopted is, where adoptions stand
                                                                                     (not part of the digest)
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

STREAMS = b"streams"
INDEXES = b"indexes"
HISTORY = b"history"
COMMANDS = b"commands"
PARTITIONS = b"partitions"
ERASING = b"erasing"
OUTBOX = b"outbox"
ADAPTER = b"adapter"
TABLES = (STREAMS, INDEXES, HISTORY, COMMANDS, PARTITIONS, ERASING, OUTBOX, ADAPTER)
PREFIX_BYTES = 2
FROZEN_COMMAND = b"\xff"
"""Stands for a command whose record froze its streams. It is no UTF-8, as every answer is."""
BUILT = b"built"
"""The name in ADAPTER under which the prefixes of the partitions stand that may be served."""
DIGESTED = (STREAMS, INDEXES, HISTORY, COMMANDS, PARTITIONS, ERASING)


class StoreFailed(Exception):
    """The store cannot go on: disk full, a failed fsync, a corrupt file. The message says which and what to do."""


class StoreDamaged(StoreFailed):
    """What is stored cannot be read. The log gives it again: the state is derived, and may be set aside."""


class Snapshot(Protocol):
    def get(self, table: bytes, key: bytes) -> bytes | None: ...

    def getter(self, table: bytes) -> Callable[[bytes], bytes | None]:
        """`get` of one table, for whom reads much."""

    def scan(self, table: bytes, start: bytes, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows from the first key not less than `start`, while keys begin with `prefix`."""


class Reading(Snapshot, Protocol):
    """A snapshot that lasts until it is closed, or until its block ends.

    `version`: of one store, snapshots with the same number hold the same, and each commit gives a greater one.
    """

    @property
    def version(self) -> int: ...

    def close(self) -> None: ...

    def __enter__(self) -> "Reading": ...

    def __exit__(self, *fault: object) -> None: ...


class Transaction(Snapshot, Protocol):
    """Reads its own writes."""

    def put(self, table: bytes, key: bytes, value: bytes) -> None: ...

    def put_many(self, table: bytes, rows: Sequence[tuple[bytes, bytes]]) -> None:
        """Put rows, the same as one by one. Quickest in the order of their keys."""

    def delete(self, table: bytes, key: bytes) -> None:
        """A row that is not there is no fault."""


class StateStore(Protocol):
    def read(self) -> Reading: ...

    def write(self) -> AbstractContextManager[Transaction]:
        """Commits when the block ends, gives everything up when it raises."""

    def build(self) -> None:
        """From here to `settle` commits need not be durable; after a crash the state may be gone. No block is open.

        For a state that is built from the beginning of the log, and of which nothing is served before it is settled.
        """

    def settle(self) -> None:
        """Make all that was committed durable, and each commit from here on. No block is open."""

    def close(self) -> None: ...


def partition_prefix(partition: int) -> bytes:
    return partition.to_bytes(PREFIX_BYTES, "big")


def row_key(partition: int, name: str) -> bytes:
    """The key of a stream or index. LMDB takes keys of 511 bytes; `record.py` bounds the names of streams."""
    return partition_prefix(partition) + name.encode()


def position_key(partition: int) -> bytes:
    """The name in ADAPTER of the position from which the partition's log is read on."""
    return b"position/" + partition_prefix(partition)


def numbered_key(partition: int, number: int) -> bytes:
    return partition_prefix(partition) + number.to_bytes(8, "big")
