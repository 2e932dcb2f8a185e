"""The changes of one transaction of the fold, gathered before they are written.

Owns `Buffer`: reads see what was put before, and the store sees only what is left in the end, in the order of its keys.
A rebuild writes a row once a transaction however often it changed, and never writes history that the same transaction
forgets again: that is most of its speed.
"""

from replication.state_store import TABLES, Transaction


class Buffer:
    """Reads through to `transaction`; `flush` writes. The fold scans nothing, so there is no `scan`."""

    __slots__ = ("_fresh", "_get", "_rows", "_transaction")

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._get = transaction.get
        self._rows: dict[bytes, dict[bytes, bytes | None]] = {table: {} for table in TABLES}
        """What was put; None for a row that goes."""
        self._fresh: dict[bytes, dict[bytes, bytes]] = {table: {} for table in TABLES}
        """What was put and surely does not stand in the store."""

    def get(self, table: bytes, key: bytes) -> bytes | None:
        rows = self._rows[table]
        if key in rows:
            return rows[key]
        value = self._fresh[table].get(key)
        return self._get(table, key) if value is None else value  # an empty value is one too

    def put(self, table: bytes, key: bytes, value: bytes) -> None:
        self._rows[table][key] = value

    def put_new(self, table: bytes, key: bytes, value: bytes) -> None:
        """Put a row that nobody has put before, or that is deleted: deleted again, it need not be written at all."""
        if key in self._rows[table]:  # it stood in the store, and this transaction has deleted it
            self._rows[table][key] = value
        else:
            self._fresh[table][key] = value

    def delete(self, table: bytes, key: bytes) -> None:
        if self._fresh[table].pop(key, None) is None or key in self._rows[table]:
            self._rows[table][key] = None

    def flush(self) -> None:
        """Write what is left. In key order the store's pages are each touched once."""
        for table in TABLES:
            rows: dict[bytes, bytes | None] = {**self._fresh[table], **self._rows[table]}
            for key in sorted(rows):
                value = rows[key]
                if value is None:
                    self._transaction.delete(table, key)
                else:
                    self._transaction.put(table, key, value)
