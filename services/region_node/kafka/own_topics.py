"""Whether a region's topics on Kafka hold something already.

Owns that question of who begins a region: its log is not in its directory, so an empty directory says nothing of it.
"""

from services.region_node.replicator.node_logs import open_own_logs
from services.region_node.settings.settings import KafkaSettings, NodeSettings


async def written_topic(settings: NodeSettings) -> str | None:
    """The first of the region's topics that has entries. Topics that are missing are made; embedded logs are none.

    Errors: LogError.
    """
    if not isinstance(settings.log, KafkaSettings):
        return None
    logs = await open_own_logs(settings)
    try:
        for log in logs:
            if any([await log.end(partition) for partition in range(settings.partitions)]):
                return log.name
        return None
    finally:
        await logs.close()
