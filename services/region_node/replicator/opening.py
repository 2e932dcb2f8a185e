"""What stands between a node's start and its first write: its logs, its incarnations.

Owns that the logs are those which the state was built from, and the opening of every partition. What hinders is told,
and tried again.
"""

import asyncio
from collections.abc import Callable, Sequence

from replication.fold.known_log import require_known_log
from replication.log.event_log import LogError
from replication.state.state_store import StateStore
from replication.writing.author import PartitionAuthor
from services.region_node.replicator.node_logs import NodeLogs, open_own_logs
from services.region_node.settings.settings import NodeSettings

RETRY_SECONDS = 1.0
Hindered = Callable[[str, LogError], None]


async def known_logs(settings: NodeSettings, store: StateStore, hindered: Hindered) -> NodeLogs:
    """The region's own logs; waits while they are away, or are not those that the state was built from."""
    while True:
        try:
            return await _known_logs(settings, store)
        except LogError as error:
            hindered(f"the region's log cannot be opened: {error}", error)
            await asyncio.sleep(RETRY_SECONDS)


async def _known_logs(settings: NodeSettings, store: StateStore) -> NodeLogs:
    logs = await open_own_logs(settings)
    try:
        await require_known_log(store, logs.local)
    except BaseException:
        await logs.close()  # a process opens an embedded log only once: the next try must find it closed
        raise
    return logs


async def open_for_writing(authors: Sequence[PartitionAuthor], hindered: Hindered) -> None:
    """Open new incarnations; waits while the log is away."""
    while True:
        try:
            await asyncio.gather(*(author.open() for author in authors))
        except LogError as error:
            hindered(f"the region's log cannot be written: {error}", error)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return
