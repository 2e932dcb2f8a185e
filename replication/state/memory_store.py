"""A state store in memory: for simulation, for verification and for tests. Keeps the contract of `state_store`."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from replication.state.state_store import TABLES, Reading, Transaction


class _Table:
    """Rows by key, and the keys in order once a scan has asked for them."""

    __slots__ = ("ordered", "rows")

    def __init__(self, rows: dict[bytes, bytes], ordered: list[bytes] | None = None) -> None:
        self.rows = rows
        self.ordered = ordered

    def copy(self) -> "_Table":
        return _Table(self.rows.copy(), None if self.ordered is None else self.ordered.copy())

    def keys(self) -> list[bytes]:
        if self.ordered is None:
            self.ordered = sorted(self.rows)
        return self.ordered


class _View:
    def __init__(self, tables: dict[bytes, _Table]) -> None:
        self._tables = tables

    def get(self, table: bytes, key: bytes) -> bytes | None:
        return self._tables[table].rows.get(key)

    def scan(self, table: bytes, start: bytes, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        rows, keys = self._tables[table].rows, self._tables[table].keys()
        for key in keys[bisect_left(keys, start) :]:
            if not key.startswith(prefix):
                return
            yield key, rows[key]

    def getter(self, table: bytes) -> Callable[[bytes], bytes | None]:
        return self._tables[table].rows.get

    def put(self, table: bytes, key: bytes, value: bytes) -> None:
        target = self._tables[table]
        if target.ordered is not None and key not in target.rows:
            insort(target.ordered, key)
        target.rows[key] = value

    def put_many(self, table: bytes, rows: Sequence[tuple[bytes, bytes]]) -> None:
        for key, value in rows:
            self.put(table, key, value)

    def delete(self, table: bytes, key: bytes) -> None:
        target = self._tables[table]
        if target.rows.pop(key, None) is not None and target.ordered is not None:
            del target.ordered[bisect_left(target.ordered, key)]


class _Reading(_View):
    def __init__(self, tables: dict[bytes, _Table], version: int) -> None:
        super().__init__(tables)
        self.version = version

    def close(self) -> None:
        self._tables = {}

    def __enter__(self) -> "Reading":
        return self

    def __exit__(self, *_fault: object) -> None:
        self.close()


class MemoryStore:
    """`write` copies the tables, and snapshots share those that were committed: right for small histories."""

    def __init__(self) -> None:
        self._tables = _no_tables()
        self._version = 0

    def read(self) -> Reading:
        return _Reading(self._tables, self._version)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        changed = {name: table.copy() for name, table in self._tables.items()}
        yield _View(changed)
        self._tables = changed
        self._version += 1

    def build(self) -> None:
        """Memory is as durable as it was."""

    def settle(self) -> None:
        """Memory is as durable as it was."""

    def close(self) -> None:
        self._tables = _no_tables()


def _no_tables() -> dict[bytes, _Table]:
    return {table: _Table({}) for table in TABLES}
