"""The process of a node's replicator.

Owns its signals, and the heartbeat by which its supervisor sees that it has not come to a stand.
"""

import asyncio
import logging
import signal

import uvloop

from services.audit.delivery.digest_keys import make_digest_key
from services.processes.collector import spare_the_collector
from services.processes.heartbeat import beat
from services.region_node.key_files import open_keys
from services.region_node.replicator import Replicator
from services.region_node.settings import NodeSettings

log = logging.getLogger(__name__)


async def _run(settings: NodeSettings, start: str) -> None:
    keys = open_keys(settings)
    if settings.audit.delivery is not None:
        make_digest_key(keys.cabinet)
    replicator = Replicator(settings, keys, start)
    running, beating = asyncio.create_task(replicator.run()), asyncio.create_task(beat())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        log.info("stopped")
    finally:
        beating.cancel()


def main(settings: NodeSettings, start: str) -> None:
    """Run the replicator of the node until SIGTERM. `start` names this start of the node."""
    spare_the_collector()
    uvloop.run(_run(settings, start))
