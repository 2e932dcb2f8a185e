"""The state store of a node: one LMDB environment, written by the replicator, read by every worker in place.

Owns the environment's settings. Commits are fsynced, the meta page too: a change is acknowledged once it is committed
here, and a node that starts after a power cut serves at once, so the state must not be behind what was acknowledged. A
failed commit stops the store: fsync is not tried again, because the kernel may have dropped the dirty pages
(https://www.usenix.org/system/files/atc20-rebello.pdf). While a state is built commits are not synced (MDB_NOSYNC):
after a power cut such a file may be anything, so it is marked (`unsettled.py`), and nothing opens it to write again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import lmdb

from replication.log.lmdb_faults import CORRUPT
from replication.state.state_store import STREAMS, TABLES, StoreDamaged, StoreFailed, Transaction
from replication.state.unsettled import is_unsettled, mark_settled, mark_unsettled

MAP_BYTES = 1 << 40
"""Address space reserved, not disk used: the file grows as it is written."""
MOST_READ = STREAMS
"""The table that a writing transaction reads when none is named: a call that names one costs half as much again."""
MAX_READERS = 4096
"""Snapshots of all processes together that are open at once: a request that waits for a thread holds its own."""


class _View:
    """Reads and writes through one LMDB transaction. `fault` gives what one of LMDB's errors is for our callers."""

    def __init__(self, transaction: Any, tables: dict[bytes, Any], fault: Callable[[lmdb.Error], StoreFailed]) -> None:
        self._transaction = transaction
        self._tables = tables
        self._fault = fault
        self._get = transaction.get

    def get(self, table: bytes, key: bytes) -> bytes | None:
        try:
            value: bytes | None = self._get(key, db=self._tables[table])
        except lmdb.Error as error:
            raise self._fault(error) from error
        return value

    def scan(self, table: bytes, start: bytes, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        try:
            with self._transaction.cursor(db=self._tables[table]) as cursor:
                if not cursor.set_range(start):
                    return
                for key, value in cursor:
                    if not key.startswith(prefix):
                        return
                    yield key, value
        except lmdb.Error as error:
            raise self._fault(error) from error

    def getter(self, table: bytes) -> Callable[[bytes], bytes | None]:
        # Its errors are the transaction's.
        return partial(self._get, db=self._tables[table])

    def put(self, table: bytes, key: bytes, value: bytes) -> None:
        self._transaction.put(key, value, db=self._tables[table])

    def put_many(self, table: bytes, rows: Sequence[tuple[bytes, bytes]]) -> None:
        with self._transaction.cursor(db=self._tables[table]) as cursor:
            cursor.putmulti(rows)

    def delete(self, table: bytes, key: bytes) -> None:
        self._transaction.delete(key, db=self._tables[table])


class _Writing(_View):
    """The transaction of the one writer."""

    def getter(self, table: bytes) -> Callable[[bytes], bytes | None]:
        return self._get if table == MOST_READ else super().getter(table)


class _Reading(_View):
    """A snapshot. Every request opens one: a generator would cost more than the reading."""

    def __init__(self, transaction: Any, tables: dict[bytes, Any], fault: Callable[[lmdb.Error], StoreFailed]) -> None:
        self._transaction, self._tables, self._fault = transaction, tables, fault  # a call of the base costs as much
        self._get = transaction.get
        self.version: int = transaction.id()

    def close(self) -> None:
        self._transaction.abort()
        # What has ended keeps its place among the readers as long as anything refers to it; the snapshot is not to.
        del self._transaction, self._get

    def __enter__(self) -> "_Reading":
        return self

    def __exit__(self, *_fault: object) -> None:
        self.close()


class LmdbStore:
    """`writer` opens for the one writing process; readers must find the environment made.

    `damaged` is told once, in words, when the state turns out to be damaged.
    """

    def __init__(
        self,
        directory: Path,
        *,
        writer: bool,
        map_bytes: int = MAP_BYTES,
        damaged: Callable[[str], None] = lambda _reason: None,
    ) -> None:
        self._directory, self._damaged = directory, damaged
        self._writer, self._map_bytes = writer, map_bytes
        self._failed: StoreFailed | None = None
        self._is_settled = True
        if writer:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            if is_unsettled(directory):
                raise self._is_damaged("its building was broken off")
        self._open(synced=True)

    def _open(self, *, synced: bool) -> None:
        try:
            self._environment = _opened(self._directory, self._writer, self._map_bytes, synced)
        except lmdb.Error as error:
            raise self._fault("cannot be opened", error) from error
        try:
            self._tables = {name: self._environment.open_db(name, create=self._writer) for name in TABLES}
        except lmdb.Error as error:
            self._environment.close()  # a process can open an environment only once: the next try must find it closed
            raise self._fault("cannot be opened", error) from error
        # Readers that were killed leave their slots behind and would pin old pages for ever.
        self._environment.reader_check()

    def read(self) -> "_Reading":
        if self._failed is not None:
            raise self._failed
        try:
            transaction = self._environment.begin()
        except lmdb.Error as error:
            transaction = self._begin_again(error)
        return _Reading(transaction, self._tables, self._unreadable)

    def _begin_again(self, fault: lmdb.Error) -> Any:
        """Once more where readers that were killed have kept their places."""
        if not isinstance(fault, lmdb.ReadersFullError):
            raise self._unreadable(fault) from fault
        try:
            self._environment.reader_check()
            return self._environment.begin()
        except lmdb.ReadersFullError as error:
            raise StoreFailed(f"the state has {MAX_READERS} readers already, and takes no more") from error
        except lmdb.Error as error:
            raise self._unreadable(error) from error

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        if self._failed is not None:
            raise self._failed
        try:
            with self._environment.begin(write=True, db=self._tables[MOST_READ]) as transaction:
                yield _Writing(transaction, self._tables, self._unreadable)
        except lmdb.Error as error:
            self._failed = self._fault("could not be written (free disk space and restart the node)", error)
            raise self._failed from error

    def clear(self) -> None:
        """Drop every row, in one transaction: the state is built again from the log."""
        try:
            with self._environment.begin(write=True) as transaction:
                for table in self._tables.values():
                    transaction.drop(table, delete=False)
        except lmdb.Error as error:
            raise self._fault("could not be cleared", error) from error

    @property
    def syncs(self) -> bool:
        """Whether each commit is brought to the disk."""
        return bool(self._environment.flags()["sync"])

    def build(self) -> None:
        if self._is_settled:
            mark_unsettled(self._directory)
            self._environment.close()
            self._open(synced=False)
            self._is_settled = False

    def settle(self) -> None:
        if self._is_settled:
            return
        if self._failed is not None:
            raise self._failed
        try:
            self._environment.sync(True)
        except lmdb.Error as error:
            raise self._is_damaged(f"it could not be brought to the disk: {error}") from error
        mark_settled(self._directory)
        self._environment.close()
        self._open(synced=True)
        self._is_settled = True

    def size(self) -> int:
        """Bytes of the environment in use on disk."""
        information, statistics = self._environment.info(), self._environment.stat()
        return int((information["last_pgno"] + 1) * statistics["psize"])

    def close(self) -> None:
        try:
            if self._failed is None:
                self.settle()
        finally:
            self._environment.close()

    def _unreadable(self, error: lmdb.Error) -> StoreFailed:
        return self._fault("cannot be read", error)

    def _fault(self, what: str, error: lmdb.Error) -> StoreFailed:
        """LMDB's error as the contract's; after damage nothing is answered any more."""
        if not isinstance(error, CORRUPT):
            return StoreFailed(f"the state in {self._directory} {what}: {error}")
        return self._is_damaged(str(error))

    def _is_damaged(self, reason: str) -> StoreDamaged:
        damage = StoreDamaged(f"the state in {self._directory} is damaged: {reason}")
        if not isinstance(self._failed, StoreDamaged):
            self._failed = damage
            self._damaged(str(damage))
        return damage


def _opened(directory: Path, writer: bool, map_bytes: int, synced: bool) -> Any:
    return lmdb.open(
        str(directory),
        map_size=map_bytes,
        max_dbs=len(TABLES),
        max_readers=MAX_READERS,
        readonly=not writer,
        create=writer,
        mode=0o600,
        readahead=False,
        sync=synced,
    )
