"""The round in which a node's auditor remembers which keys there are: of one that is gone, the state tells nothing.

Owns the walk over the region's keys, some at each turn, and a new one every hour.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from replication.state.state_store import StateStore
from replication.state.view import SnapshotView
from services.usage.usage_writer import UsageWriter
from shared.cost.key_life import KeyLife, life_of
from shared.identifiers import key_arn
from shared.keys.times import MILLISECONDS_PER_HOUR

KEYS_AT_ONCE = 1_000
BETWEEN = MILLISECONDS_PER_HOUR


class LivesRound:
    """Of one node, in its auditor. `now` gives integer milliseconds since 1970."""

    name = "lives of keys"

    def __init__(
        self,
        region: str,
        partitions: int,
        store: StateStore,
        writer: Callable[[], UsageWriter],
        now: Callable[[], int],
    ) -> None:
        self._region, self._partitions, self._store = region, partitions, store
        self._writer, self._now = writer, now
        self._begun_at = 0
        self._after: tuple[str, str] | None = None
        """The last key of the walk that is under way; None: none is."""

    async def run(self) -> None:
        """Errors: UsageUnavailable, StoreFailed."""
        if self._after is None:
            if self._now() - self._begun_at < BETWEEN:
                return
            self._begun_at, self._after = self._now(), ("", "")
        lives = self._next(self._after)
        self._writer().see(lives, self._now())
        if len(lives) == KEYS_AT_ONCE:
            self._after = lives[-1].account, lives[-1].arn.rpartition("/")[2]
            return
        self._writer().end_unseen(self._begun_at)
        self._after = None

    def _next(self, after: tuple[str, str]) -> list[KeyLife]:
        with self._store.read() as snapshot:
            view = SnapshotView(snapshot, self._partitions)
            return list(islice(lives_in(view, self._region, self._now(), after), KEYS_AT_ONCE))


def lives_in(view: SnapshotView, region: str, now: int, after: tuple[str, str] = ("", "")) -> Iterator[KeyLife]:
    """Of the keys that the region holds, in the order of account and id, from the first after that one."""
    account_after, key_after = after
    for account in sorted(known.account for known in view.accounts()):
        if account < account_after:
            continue
        for key in view.keys(account, key_after if account == account_after else ""):
            if key.held_here:
                yield life_of(key, key_arn(region, account, key.key_id), now)
