"""The process of a node's replicator.

Owns what has to be there before the replicator begins: the key of audit files, since this process alone writes the
cabinet.
"""

import logging

import uvloop

from services.audit.delivery.digest_keys import make_digest_key
from services.processes.collector import spare_the_collector
from services.processes.until_stopped import run_until_stopped
from services.region_node.keys.key_files import open_keys
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.keys.root import KeysUnavailable
from services.region_node.replicator.replicator import Replicator
from services.region_node.settings.settings import NodeSettings

log = logging.getLogger(__name__)


async def _run(settings: NodeSettings, start: str) -> None:
    keys = open_keys(settings)
    _make_digest_key(settings, keys)
    await run_until_stopped(Replicator(settings, keys, start).run(), log)


def _make_digest_key(settings: NodeSettings, keys: RegionKeys) -> None:
    """Here, since this process alone writes the cabinet. Without the key nothing is delivered, and all else goes on."""
    if settings.audit.delivery is not None:
        try:
            make_digest_key(keys.cabinet)
        except KeysUnavailable as error:
            log.error("audit files are not delivered: their key cannot be made", extra={"reason": str(error)})


def main(settings: NodeSettings, start: str) -> None:
    """Run the replicator of the node until SIGTERM. `start` names this start of the node."""
    spare_the_collector()
    uvloop.run(_run(settings, start))
