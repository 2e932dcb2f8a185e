"""A node whose program is older than what another node of its region has written stands still, and says so.

Owns that. It freezes what it cannot read; but it would adopt what peers share without the secrets in it, which the
others can open, and do the timers' work on half a state. So it writes nothing more and lets its lease run out: the
region's other nodes serve on without it, until it is upgraded. It reads its log to the end first: one that is alone
goes on serving what it can read, and a state that is built anew, as after going back a version, must be whole for that.
"""

import asyncio

from replication.fold.later_version import later_record
from replication.state.state_store import StateStore

LOOK_SECONDS = 0.25


class Outdated(Exception):
    """Says what is to be done."""


class OwnVersion:
    """Of one node's program, as its state has met it."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    def require(self) -> None:
        """Errors: Outdated; StoreFailed."""
        with self._store.read() as snapshot:
            found = later_record(snapshot)
        if found:
            raise Outdated(f"this node's program is older than its region's log ({found}): upgrade it")

    async def guard(self) -> None:
        """For ever. Errors: Outdated; StoreFailed."""
        while True:
            self.require()
            await asyncio.sleep(LOOK_SECONDS)
