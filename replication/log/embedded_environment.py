"""The file of the embedded logs: one LMDB environment that holds every log of a region.

Owns the layout on disk, the check that the file is whole, room on the disk, and the two transactions: append a group,
read a run of entries. Everything here blocks; `replication/log/embedded_log.py` calls it from its threads.

Layout: a database `<log>/<partition>` for each partition, its keys the position (8 bytes, big-endian, from 0, without
gaps), its values the records; and a database `logs`, from log name to `<number of partitions> <uuid>`. A database
for each partition lets every append use MDB_APPEND, which fills pages whole. Source: LMDB's documentation (lmdb.h).

A file that is cut off or foreign is always noticed, a page that has decayed within the file often (`lmdb_faults.py`).
That a record is the one that was appended is for its own proof to say.
"""

import os
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import lmdb

from replication.log.appending_turns import AppendingTurns
from replication.log.event_log import Entry, LogCorrupt, LogError, LogTruncated, LogUnavailable, LogUnsafe, NotAppended
from replication.log.lmdb_faults import CORRUPT

FIRST_MAP_BYTES: Final = 1 << 30  # address space, not disk; it doubles when needed
RESERVE_BYTES: Final = 8 << 20
DIRECTORY: Final = b"logs"
PAGE_BYTES: Final = 4096

Answer = TypeVar("Answer")


class Group(NamedTuple):
    """Records that one append call brought, for one partition of one log."""

    log: str
    partition: int
    records: Sequence[bytes]


class EmbeddedEnvironment:
    """One open environment: one thread appends, one other thread does all the rest. Processes take turns to append."""

    def __init__(self, path: Path, environment: lmdb.Environment, *, readonly: bool, limit_bytes: int) -> None:
        self.path, self.readonly = path, readonly
        self._environment, self._limit_bytes = environment, limit_bytes
        self._databases: dict[tuple[str, int], lmdb._Database] = {}
        # Opened and read once: to open a database later would wait for the appending thread, with the interpreter held.
        self._identities: dict[str, str] = {}
        self._file = os.open(path / "data.mdb", os.O_RDONLY if readonly else os.O_RDWR)
        self._turns = None if readonly else AppendingTurns(path)
        self._map = threading.Lock()
        """Held by who writes and by who changes the map: LMDB allows no transaction of this process meanwhile."""

    @classmethod
    def open(
        cls, path: Path, partitions: Mapping[str, int], *, readonly: bool, limit_bytes: int
    ) -> "EmbeddedEnvironment":
        """Open, or create, the environment with these logs (name to number of partitions).

        Errors: LogCorrupt, LogUnavailable (not there, not readable, open elsewhere in this process), LogUnsafe
        (the log has another number of partitions).
        """
        databases = sum(partitions.values()) + 1
        environment = translated(path, lambda: _open_file(path, databases, readonly, limit_bytes))
        opened = cls(path, environment, readonly=readonly, limit_bytes=limit_bytes)
        try:
            opened._require_whole_file()
            translated(path, lambda: opened._open_logs(partitions))
        except BaseException:
            opened.close()
            raise
        return opened

    def identity(self, log: str) -> str:
        return self._identities[log]

    def version(self) -> int | None:
        """Counts the commits of all processes. From any thread, at once: None while the map is held by another one."""
        if not self._map.acquire(blocking=False):
            return None
        try:
            return self._environment.info()["last_txnid"]
        finally:
            self._map.release()

    def append(self, groups: Sequence[Group]) -> None:
        """Append all groups in one fsynced transaction.

        Errors: lmdb.MapFullError, when nothing was written and the same call may follow a `resize`;
        lmdb.MapResizedError, likewise after `follow_resize`; NotAppended; any other error leaves the outcome unknown,
        and nothing may be appended any more.
        """
        with self._turn(), self._map:
            self._reserve(groups)
            self._write(groups)

    def _write(self, groups: Sequence[Group]) -> None:
        with self._environment.begin(write=True) as transaction:
            for group in groups:
                with transaction.cursor(self._databases[group.log, group.partition]) as cursor:
                    cursor.putmulti(_numbered(_end(cursor), group.records), append=True, overwrite=False)

    def prune(self, log: str, partition: int, before: int) -> None:
        """Drop the entries before position `before`; their pages are used again. Not while anybody appends."""
        with (
            self._turn(),
            self._map,
            self._environment.begin(write=True) as transaction,
            transaction.cursor(self._databases[log, partition]) as cursor,
        ):
            while cursor.first() and int.from_bytes(cursor.key(), "big") < before:
                cursor.delete()

    def read(self, log: str, partition: int, start: int, limit: int, most_bytes: int) -> list[Entry]:
        return translated(self.path, lambda: self._read(log, partition, start, limit, most_bytes))

    def extent(self, log: str, partition: int) -> tuple[int, int]:
        def read_extent() -> tuple[int, int]:
            with (
                self._environment.begin() as transaction,
                transaction.cursor(self._databases[log, partition]) as cursor,
            ):
                return int.from_bytes(cursor.key(), "big") if cursor.first() else 0, _end(cursor)

        return translated(self.path, lambda: self._resized_if_needed(read_extent))

    def resize(self) -> None:
        """Double the map. For the reading thread. Errors: NotAppended when the map has reached its limit."""
        size = self._environment.info()["map_size"]
        if size >= self._limit_bytes:
            raise NotAppended(f"the log {self.path} has reached its limit of {self._limit_bytes} bytes")
        with self._map:
            self._environment.set_mapsize(min(2 * size, self._limit_bytes))

    def follow_resize(self) -> None:
        """Take the size of map that another process has given the file. For the reading thread."""
        with self._map:
            self._environment.set_mapsize(0)

    def close(self) -> None:
        self._environment.close()
        os.close(self._file)
        if self._turns is not None:
            self._turns.close()

    def _read(self, log: str, partition: int, start: int, limit: int, most_bytes: int) -> list[Entry]:
        database = self._databases[log, partition]

        def read_run() -> list[Entry]:
            with self._environment.begin() as transaction, transaction.cursor(database) as cursor:
                if not cursor.set_key(_key(start)):
                    _require_within(log, partition, start, cursor)
                    return []
                return _bounded(start, islice(cursor.iternext(keys=False), limit), most_bytes)

        return self._resized_if_needed(read_run)

    def _resized_if_needed(self, read: Callable[[], Answer]) -> Answer:
        try:
            return read()
        except lmdb.MapResizedError:  # another process has made the file greater than this one's map
            self.follow_resize()
            return read()

    def _reserve(self, groups: Iterable[Group]) -> None:
        """Get the disk blocks before the commit needs them: so a full disk is found while nothing is written yet.

        A commit that fails has an unknown outcome, and LMDB reports a full disk as any other failed write.
        """
        payload = sum(len(record) + PAGE_BYTES for group in groups for record in group.records)
        needed = (self._environment.info()["last_pgno"] + 1) * PAGE_BYTES + payload + RESERVE_BYTES // 2
        size = os.fstat(self._file).st_size
        if needed <= size:
            return
        try:
            os.posix_fallocate(self._file, size, needed - size + RESERVE_BYTES)
        except OSError as error:
            raise NotAppended(f"no room on the disk for the log {self.path}: {error.strerror}") from error
        self._environment.reader_check()  # slots of killed readers would keep old pages from being used again

    def _turn(self) -> AbstractContextManager[None]:
        if self._turns is None:
            raise NotAppended(f"the log {self.path} is open for reading only")
        return self._turns.turn()

    def _require_whole_file(self) -> None:
        # A page beyond the end of the file would not be an error but a SIGBUS, when the map is read.
        used = (self._environment.info()["last_pgno"] + 1) * self._environment.stat()["psize"]
        size = os.fstat(self._file).st_size  # read last: another process may be appending
        if used > size:
            raise LogCorrupt(f"the log {self.path} is truncated: {size} bytes of {used} are left")

    def _open_logs(self, partitions: Mapping[str, int]) -> None:
        directory = self._environment.open_db(DIRECTORY, create=not self.readonly)
        if not self.readonly:
            self._create_missing(directory, partitions)
        with self._environment.begin(db=directory) as transaction:
            for log, wanted in partitions.items():
                found, self._identities[log] = _directory_entry(transaction, log)
                if found != wanted:
                    raise LogUnsafe(f"the log {log} has {found} partitions, the settings say {wanted}")
        for log, count in partitions.items():
            for partition in range(count):
                name = _database_name(log, partition)
                self._databases[log, partition] = self._environment.open_db(name, create=False)

    def _create_missing(self, directory: lmdb._Database, partitions: Mapping[str, int]) -> None:
        with self._turn(), self._environment.begin(write=True) as transaction:
            for log, count in partitions.items():
                entry = f"{count} {uuid.uuid4()}".encode()
                if transaction.put(log.encode(), entry, overwrite=False, db=directory):
                    for partition in range(count):
                        self._environment.open_db(_database_name(log, partition), txn=transaction)


def translated(path: Path, call: Callable[[], Answer]) -> Answer:
    """The call's answer, with LMDB's errors as the contract's."""
    try:
        return call()
    except LogError:
        raise
    except CORRUPT as error:
        raise LogCorrupt(f"the log {path} is damaged: {error}") from error
    except (lmdb.Error, OSError) as error:
        raise LogUnavailable(f"the log {path} cannot be used: {error}") from error


def _open_file(path: Path, databases: int, readonly: bool, limit_bytes: int) -> lmdb.Environment:
    if not readonly:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = lmdb.open(
        str(path),
        map_size=min(FIRST_MAP_BYTES, limit_bytes),
        max_dbs=databases,
        mode=0o600,
        readonly=readonly,
        create=not readonly,
        max_readers=1024,
    )
    if not readonly:
        environment.reader_check()
        _make_entry_durable(path)
    return environment


def _make_entry_durable(path: Path) -> None:
    """LMDB fsyncs its file, but not the directories in which a new file stands."""
    for folder in (path, path.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _directory_entry(transaction: "lmdb.Transaction[bytes]", log: str) -> tuple[int, str]:
    entry = transaction.get(log.encode())
    if entry is None:
        raise LogUnavailable(f"there is no log {log} here yet")
    count, identity = entry.decode().split(" ")
    return int(count), identity


def _database_name(log: str, partition: int) -> bytes:
    return f"{log}/{partition}".encode()


def _key(position: int) -> bytes:
    return position.to_bytes(8, "big")


def _end(cursor: "lmdb.Cursor[bytes]") -> int:
    return int.from_bytes(cursor.key(), "big") + 1 if cursor.last() else 0


def _numbered(end: int, records: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    return ((_key(position), record) for position, record in enumerate(records, end))


def _require_within(log: str, partition: int, start: int, cursor: "lmdb.Cursor[bytes]") -> None:
    end = _end(cursor)
    if start > end:
        raise LogTruncated(f"{log}/{partition} ends at {end}; position {start} is beyond it")
    if start < end:
        raise LogCorrupt(f"{log}/{partition} has no entry at {start}, though it ends at {end}")


def _bounded(start: int, records: Iterable[bytes], most_bytes: int) -> list[Entry]:
    entries, size = list[Entry](), 0
    for position, record in enumerate(records, start):
        entries.append(Entry(position, record))
        size += len(record)
        if size >= most_bytes:
            break
    return entries
