"""Whether this region still knows enough of a key to let it be used.

Owns reading the facts of `shared/keys/staleness.py` from the state: the account's home, and how fresh what was adopted
of each region is. A key without a limit costs a look at its tags.
"""

from replication.pulses.freshness import read_freshness
from replication.state.state_store import Snapshot, StateStore
from replication.state.view import SnapshotView
from shared.identifiers import account_stream, partition_of
from shared.identity.model import Account
from shared.keys.model import Key
from shared.keys.staleness import FreshAt, limit_of, require_fresh, require_news


class RegionStaleness:
    """Of one region. `limit_seconds` is the region's own limit, or None."""

    def __init__(self, region: str, partitions: int, store: StateStore, limit_seconds: int | None) -> None:
        self._region, self._partitions, self._store = region, partitions, store
        self._limit = limit_seconds

    def require(self, key: Key, now: int) -> None:
        """Errors: KeyStale."""
        limit = limit_of(key, self._limit)
        if limit is None:
            return
        # A snapshot of its own: the one of a request that waits for long would show an old freshness.
        with self._store.read() as snapshot:
            account = SnapshotView(snapshot, self._partitions).state(account_stream(key.account))
            home = account.home_region if isinstance(account, Account) else None
            require_fresh(key, home, self._region, limit, self._fresh_at(key, snapshot), now)

    def require_news(self, key: Key, now: int) -> None:
        """Errors: MaterialUnheard."""
        with self._store.read() as snapshot:
            require_news(key, self._region, self._fresh_at(key, snapshot), now)

    def _fresh_at(self, key: Key, snapshot: Snapshot) -> FreshAt:
        partition = partition_of(key.account, self._partitions)

        def fresh_at(region: str) -> int:
            fresh = read_freshness(snapshot, region)
            return fresh[partition] if partition < len(fresh) else 0

        return fresh_at
