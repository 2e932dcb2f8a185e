"""Aliases that a region cannot let follow a key's primary, because it has the names for other keys.

Owns looking for them. Each is logged once for as long as it lasts, and the count is a metric: the operator, or the
account's owner, gives up one of the two names.
"""

import logging
from collections.abc import Iterator
from typing import NamedTuple

from replication.state.indexes import CLAIMED, claim_of
from replication.state.state_store import INDEXES, Snapshot, StateStore, partition_prefix, row_key
from replication.state.view import SnapshotView
from shared.errors import KeyUnavailable

log = logging.getLogger(__name__)


class Conflict(NamedTuple):
    """`key_id` has the alias in its other regions; here it names `stays`."""

    account: str
    alias: str
    key_id: str
    stays: str


class AliasConflicts:
    """`count` is that of the last look."""

    def __init__(self, partitions: int, store: StateStore) -> None:
        self._partitions, self._store = partitions, store
        self._known: frozenset[Conflict] = frozenset()

    @property
    def count(self) -> int:
        return len(self._known)

    def look(self) -> None:
        with self._store.read() as snapshot:
            found = frozenset(_conflicts(snapshot, self._partitions))
        for conflict in sorted(found - self._known):
            log.warning("an alias cannot follow its key's primary: the name is taken here", extra=conflict._asdict())
        self._known = found


def _conflicts(snapshot: Snapshot, partitions: int) -> Iterator[Conflict]:
    view = SnapshotView(snapshot, partitions)
    for partition in range(partitions):
        prefix = row_key(partition, CLAIMED)
        for row, _ in snapshot.scan(INDEXES, prefix, prefix):
            account, name, key_id = claim_of(row[len(partition_prefix(partition)) :].decode())
            try:
                alias = view.alias(account, name)
            except KeyUnavailable:  # a frozen stream: what it says is not known before an upgrade
                continue
            if alias is not None and alias.key_id != key_id:
                yield Conflict(account, name, key_id, alias.key_id)
