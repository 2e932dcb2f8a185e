"""The changes of one transaction of the fold, gathered before they are written.

Owns `Buffer` and its `Rows`: reads see what was put before, and the store sees only what differs in the end, in the
order of its keys. A rebuild writes a row once a transaction however often it changed, and never writes history that the
same transaction forgets again: that is most of its speed.
"""

from collections.abc import Callable, Iterable, Sequence

from replication.state.state_store import TABLES, Transaction

_UNREAD = object()
"""Stands for a row of the store that nobody has looked at: it may be there or not."""


class Rows(dict[bytes, bytes | None]):
    """The rows of one table; None for one that is not there. A dictionary, because the fold looks up millions.

    `rows[key]` reads. `rows[key] = value` puts a row that was read before or is surely new. `drop` deletes.
    """

    __slots__ = ("_get", "_stored")

    def __init__(self, get: Callable[[bytes], bytes | None]) -> None:
        super().__init__()
        self._get = get
        self._stored: dict[bytes, object] = {}
        """What stands in the store of the rows that are here; those that are not there are left out."""

    def __missing__(self, key: bytes) -> bytes | None:
        value = self[key] = self._get(key)
        if value is not None:
            self._stored[key] = value
        return value

    def load(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Take in the rows of the store that can be asked for, before any is: what is not among them is not there."""
        loaded = dict(rows)
        self._stored.update(loaded)
        self.update(loaded)
        self._get = loaded.get

    def drop(self, key: bytes) -> None:
        """Delete a row. One that never reached the store goes without a trace; one that was never read stays unread."""
        if key in self and key not in self._stored:
            del self[key]
        else:
            self._stored.setdefault(key, _UNREAD)
            self[key] = None

    def gone(self) -> list[bytes]:
        """The keys of the rows that the store has and that are to go, in their order."""
        return sorted([key for key in self._stored if self[key] is None])

    def put(self) -> list[tuple[bytes, bytes]]:
        """The rows that the store has not, or has otherwise, in the order of their keys."""
        stored = self._stored.get
        return [(key, value) for key in sorted(self) if (value := self[key]) is not None and value != stored(key)]


class Buffer:
    """Reads through to `transaction`; `flush` writes. The fold scans nothing, so there is no `scan`."""

    __slots__ = ("_tables", "_transaction")

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._tables: dict[bytes, Rows] = {}

    def rows(self, table: bytes) -> Rows:
        """The same ones, whoever asks."""
        found = self._tables.get(table)
        if found is None:
            found = self._tables[table] = Rows(self._transaction.getter(table))
        return found

    def load(self, table: bytes, prefix: bytes) -> None:
        """Read all rows at once whose keys begin with `prefix`. The transaction asks for no others."""
        self.rows(table).load(self._transaction.scan(table, prefix, prefix))

    def getter(self, table: bytes) -> Callable[[bytes], bytes | None]:
        """What the store has of a table: for rows that are looked at once, and written by `write`."""
        return self._transaction.getter(table)

    def write(self, table: bytes, gone: Iterable[bytes], rows: Sequence[tuple[bytes, bytes]]) -> None:
        for key in gone:
            self._transaction.delete(table, key)
        self._transaction.put_many(table, rows)

    def flush(self) -> None:
        """Write what differs. In key order the store's pages are each touched once."""
        for table in TABLES:
            if rows := self._tables.get(table):
                self.write(table, rows.gone(), rows.put())
