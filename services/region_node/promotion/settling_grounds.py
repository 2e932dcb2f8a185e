"""Keys of which two other regions have made this one the primary: it says which line counts, without being asked.

Owns the round over the keys that have had another primary (`shared/keys/decide_grounds.py` says when and why). Made by
two nodes at once, the second record is void.
"""

from collections.abc import Callable
from typing import Any

from replication.state.indexes import PROMOTED
from replication.state.partition_head import PartitionHead
from replication.state.state_store import StateStore
from replication.state.view import SnapshotView
from services.region_node.own_work.due_secrets import Change
from services.region_node.replicator.failures import Failures
from services.region_node.state.indexed_keys import indexed_keys
from shared.decision import Decision
from shared.identifiers import partition_of
from shared.keys.commands import KeyName
from shared.keys.decide_grounds import has_two_grounds, settle_grounds

_FAILED = "a key that was handed over twice at once could not be put on one ground; it is tried again"


class SettlingGrounds:
    """`head` gives the head of a partition."""

    def __init__(
        self, region: str, partitions: int, store: StateStore, change: Change, head: Callable[[int], PartitionHead]
    ) -> None:
        self._region, self._partitions, self._store = region, partitions, store
        self._change, self._head = change, head
        self._failures = Failures[KeyName](_FAILED)

    async def run(self) -> None:
        """One round over all partitions. A key that fails keeps no other from its turn."""
        names = [name for name in self._named() if self._stands_on_two(name)]
        self._failures.forget_others(names)
        for name in names:
            await self._failures.contained(name, self._settle(name), key=name.key_id)

    def _named(self) -> list[KeyName]:
        return indexed_keys(self._store, self._partitions, self._region, PROMOTED)

    def _stands_on_two(self, name: KeyName) -> bool:
        with self._store.read() as snapshot:
            key = SnapshotView(snapshot, self._partitions).last_known_key(name.account, name.key_id)
        return key is not None and has_two_grounds(key, self._region)

    async def _settle(self, name: KeyName) -> None:
        def decide(view: Any) -> Decision:
            said = self._head(partition_of(name.account, self._partitions)).shared
            return settle_grounds(name, (said.sequence, said.digest), view)

        await self._change(name.account, decide)
