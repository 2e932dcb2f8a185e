"""A state store in memory: for simulation, for verification and for tests. Keeps the contract of `state_store`."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from replication.state_store import TABLES, Reading, Transaction


class _Table:
    """Rows by key, and the keys in order once a scan has asked for them."""

    def __init__(self, rows: dict[bytes, bytes]) -> None:
        self.rows = rows
        self.ordered: list[bytes] | None = None

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
    """`read` and `write` copy the tables: right for small histories, and plainly so."""

    def __init__(self) -> None:
        self._tables: dict[bytes, dict[bytes, bytes]] = {table: {} for table in TABLES}
        self._version = 0

    def _copy(self) -> dict[bytes, _Table]:
        return {name: _Table(dict(rows)) for name, rows in self._tables.items()}

    def read(self) -> Reading:
        return _Reading(self._copy(), self._version)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        changed = self._copy()
        yield _View(changed)
        self._tables = {name: table.rows for name, table in changed.items()}
        self._version += 1

    def build(self) -> None:
        """Memory is as durable as it was."""

    def settle(self) -> None:
        """Memory is as durable as it was."""

    def close(self) -> None:
        self._tables = {table: {} for table in TABLES}
