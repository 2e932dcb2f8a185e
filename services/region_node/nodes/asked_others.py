"""What a worker has to know of the other nodes, asked of its replicator; nothing, where its node is alone.

Owns the shortcut: a look at the lease file instead of a question.
"""

from collections.abc import Callable

from replication.writing.serving_lease import ALONE
from services.region_node.replicator.client import ReplicatorClient


class AskedOthers:
    """`OtherNodes` for a worker. `deadline` is the lease's."""

    def __init__(self, deadline: Callable[[], float], replicator: ReplicatorClient) -> None:
        self._deadline, self._replicator = deadline, replicator

    async def follow(self, partition: int) -> None:
        if self._deadline() != ALONE:
            await self._replicator.follow(partition)

    async def held(self, partition: int, sequence: int) -> None:
        if self._deadline() != ALONE:
            await self._replicator.held(partition, sequence)
