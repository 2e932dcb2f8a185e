"""The changes of one transaction of the fold, gathered before they are written.

Owns `Buffer`: reads see what was put before, and the store sees only what is left in the end, in the order of its keys.
A rebuild writes a row once a transaction however often it changed, and never writes history that the same transaction
forgets again: that is most of its speed.
"""

from replication.state_store import Transaction

_GONE = None


class Buffer:
    """Reads through to `transaction`; `flush` writes. The fold scans nothing, so there is no `scan`."""

    __slots__ = ("_fresh", "_get", "_rows", "_transaction")

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._get = transaction.get
        self._rows: dict[tuple[bytes, bytes], bytes | None] = {}
        self._fresh: set[tuple[bytes, bytes]] = set()

    def get(self, table: bytes, key: bytes) -> bytes | None:
        place = (table, key)
        if place in self._rows:
            return self._rows[place]
        return self._get(table, key)

    def put(self, table: bytes, key: bytes, value: bytes) -> None:
        self._rows[table, key] = value

    def put_new(self, table: bytes, key: bytes, value: bytes) -> None:
        """Put a row that the store surely does not have: deleted again, it need not be written at all."""
        place = (table, key)
        self._rows[place] = value
        self._fresh.add(place)

    def delete(self, table: bytes, key: bytes) -> None:
        place = (table, key)
        if place in self._fresh:
            self._fresh.discard(place)
            del self._rows[place]
        else:
            self._rows[place] = _GONE

    def flush(self) -> None:
        """Write what is left. In key order the store's pages are each touched once."""
        for place in sorted(self._rows):
            value = self._rows[place]
            if value is None:
                self._transaction.delete(*place)
            else:
                self._transaction.put(*place, value)
