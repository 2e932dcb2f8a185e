"""A state that is ahead of another one: what is committed here is handed over, and committed there later.

Owns the changes of transactions that the state behind has not yet, and reading through them. So a fold goes on while
somebody else brings to the disk what it has found before.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from heapq import merge
from itertools import takewhile
from typing import TypeAlias

import msgspec

from replication.state.state_store import TABLES, Reading, Snapshot, StateStore, Transaction

_Layer: TypeAlias = dict[bytes, dict[bytes, bytes | None]]
"""The rows that one transaction has changed, by table; None for one that goes."""


class Changes(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What one transaction has changed: by table the rows that it puts, in its order, and the keys of those that go."""

    put: dict[bytes, list[tuple[bytes, bytes]]]
    gone: dict[bytes, list[bytes]]

    def write(self, transaction: Transaction) -> None:
        for table, keys in self.gone.items():
            for key in keys:
                transaction.delete(table, key)
        for table, rows in self.put.items():
            transaction.put_many(table, rows)


class _View:
    """`behind`, and before it the layers of what has come since, the newest first."""

    def __init__(self, behind: Snapshot, layers: Sequence[_Layer]) -> None:
        self._behind, self._layers = behind, layers

    def get(self, table: bytes, key: bytes) -> bytes | None:
        return self.getter(table)(key)

    def getter(self, table: bytes) -> Callable[[bytes], bytes | None]:
        layers, behind = [layer[table] for layer in self._layers], self._behind.getter(table)

        def get(key: bytes) -> bytes | None:
            for rows in layers:
                if key in rows:
                    return rows[key]
            return behind(key)

        return get

    def scan(self, table: bytes, start: bytes, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        changed: dict[bytes, bytes | None] = {}
        for layer in reversed(self._layers):
            changed.update(row for row in layer[table].items() if row[0] >= start)
        behind = (row for row in self._behind.scan(table, start, b"") if row[0] not in changed)
        ahead = sorted((key, value) for key, value in changed.items() if value is not None)
        return takewhile(lambda row: row[0].startswith(prefix), merge(behind, ahead))


class _Reading(_View):
    def __init__(self, behind: Reading, layers: Sequence[_Layer], version: int) -> None:
        super().__init__(behind, layers)
        self._reading, self.version = behind, version

    def close(self) -> None:
        self._reading.close()

    def __enter__(self) -> "_Reading":
        return self

    def __exit__(self, *_fault: object) -> None:
        self.close()


class _Writing(_View):
    def __init__(self, behind: Snapshot, layer: _Layer, layers: Sequence[_Layer]) -> None:
        super().__init__(behind, [layer, *layers])
        self._layer = layer

    def put(self, table: bytes, key: bytes, value: bytes) -> None:
        self._layer[table][key] = value

    def put_many(self, table: bytes, rows: Sequence[tuple[bytes, bytes]]) -> None:
        self._layer[table].update(rows)

    def delete(self, table: bytes, key: bytes) -> None:
        self._layer[table][key] = None


class AheadStore:
    """Keeps the contract of `StateStore`, and writes nothing to the state behind. That one is closed with it."""

    def __init__(self, behind: StateStore) -> None:
        self._behind = behind
        self._layers: list[_Layer] = []
        self._commits = 0

    def read(self) -> Reading:
        return _Reading(self._behind.read(), tuple(self._layers), self._commits)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        layer: _Layer = {table: {} for table in TABLES}
        with self._behind.read() as snapshot:
            yield _Writing(snapshot, layer, self._layers)
        self._layers.insert(0, layer)
        self._commits += 1

    def last(self) -> Changes:
        """What the last transaction has changed."""
        changes = Changes({}, {})
        for table, rows in self._layers[0].items():
            changes.put[table] = [(key, value) for key, value in rows.items() if value is not None]
            changes.gone[table] = [key for key, value in rows.items() if value is None]
        return changes

    def caught_up(self, commits: int) -> None:
        """The state behind has by now so many of the transactions, from the first on: they are read there."""
        del self._layers[max(0, self._commits - commits) :]

    def build(self) -> None:
        """Nothing is durable here."""

    def settle(self) -> None:
        """Nothing is durable here."""

    def close(self) -> None:
        self._behind.close()
