"""What a primary still has to give to the other regions of its keys, without a leader and without a request.

Owns the scan for grants that a primary has alone although its key asks that all regions have them: those of before the
tag, and the odd one that was on its way when the tag was set. Each record is another command; made by two nodes at
once, the second is void and finds the next.
"""

import logging

from replication.indexes import GIVING
from replication.state_store import INDEXES, StateStore, partition_prefix, row_key
from replication.view import SnapshotView
from services.region_node.due import Change
from services.region_node.wire.authentication import COMMAND_ID_LENGTH
from shared.crypto.entropy import random_bytes
from shared.decision import Decision, StateView
from shared.errors import KeytideError
from shared.grants.decide_sharing import give_grants
from shared.keys.commands import KeyName

log = logging.getLogger(__name__)


class Giving:
    """Gives to all what one region has alone, key by key."""

    def __init__(self, region: str, partitions: int, store: StateStore, change: Change) -> None:
        self._region, self._partitions, self._store, self._change = region, partitions, store, change

    async def run(self) -> None:
        """One round over all partitions. A key that fails keeps no other from its turn."""
        for name in self._found():
            try:
                await self._give(name)
            except KeytideError as error:
                extra = {"key": name.key_id, "reason": error.message}
                log.warning("a key's grants could not be given to its other regions; it is tried again", extra=extra)

    def _found(self) -> list[KeyName]:
        """The keys that have something to give."""
        with self._store.read() as snapshot:
            view = SnapshotView(snapshot, self._partitions)
            names = []
            for partition in range(self._partitions):
                prefix = row_key(partition, GIVING)
                for row, _ in snapshot.scan(INDEXES, prefix, prefix):
                    _, account, key_id = row[len(partition_prefix(partition)) :].decode().split("/")
                    if next(view.own_grants(account, key_id), None) is not None:
                        names.append(KeyName(self._region, account, key_id))
            return names

    async def _give(self, name: KeyName) -> None:
        left = True

        def decide(view: StateView) -> Decision:
            nonlocal left
            decision = give_grants(name, view)
            left = bool(decision.events)
            return decision

        while left:
            await self._change(name.account, decide, random_bytes(COMMAND_ID_LENGTH))
