"""What a primary still has to give to the other regions of its keys, without a leader and without a request.

Owns the scan for grants that a primary has alone although its key asks that all regions have them: those of before the
tag, and the odd one that was on its way when the tag was set. Each record is another command; made by two nodes at
once, the second is void and finds the next.
"""

from replication.state.indexes import GIVING
from replication.state.state_store import StateStore
from replication.state.view import SnapshotView
from services.region_node.own_work.due import Change
from services.region_node.replicator.failures import Failures
from services.region_node.state.indexed_keys import indexed_keys
from services.region_node.wire.authentication import COMMAND_ID_LENGTH
from shared.crypto.entropy import random_bytes
from shared.decision import Decision, StateView
from shared.grants.decide_sharing import give_grants
from shared.keys.commands import KeyName

_FAILED = "a key's grants could not be given to its other regions; it is tried again"


class Giving:
    """Gives to all what one region has alone, key by key."""

    def __init__(self, region: str, partitions: int, store: StateStore, change: Change) -> None:
        self._region, self._partitions, self._store, self._change = region, partitions, store, change
        self._failures = Failures[KeyName](_FAILED)

    async def run(self) -> None:
        """One round over all partitions. A key that fails keeps no other from its turn."""
        names = indexed_keys(self._store, self._partitions, self._region, GIVING)
        self._failures.forget_others(names)
        for name in names:
            await self._failures.contained(name, self._give(name), key=name.key_id)

    async def _give(self, name: KeyName) -> None:
        left = self._has_any(name)

        def decide(view: StateView) -> Decision:
            nonlocal left
            decision = give_grants(name, view)
            left = bool(decision.events)
            return decision

        while left:
            await self._change(name.account, decide, random_bytes(COMMAND_ID_LENGTH))

    def _has_any(self, name: KeyName) -> bool:
        """Asked every second: cheaper than a change that comes to nothing."""
        with self._store.read() as snapshot:
            view = SnapshotView(snapshot, self._partitions)
            return next(view.own_grants(name.account, name.key_id), None) is not None
