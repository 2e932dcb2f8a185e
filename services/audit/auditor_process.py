"""The process of a node's auditor.

Owns when its rounds begin. Nothing of the node waits for it: what it has not carried
lies in the spools.
"""

import asyncio
import logging
from collections import Counter
from typing import NoReturn

import uvloop

from replication.state.lmdb_store import LmdbStore
from replication.state.state_store import StoreFailed
from services.audit.auditor_parts import NodeAuditor, chores_of, figures_round, make_auditor
from services.audit.rounds import RoundParts, keep_running, rounds_of
from services.audit.trail.trail import Trail
from services.clock import now_milliseconds
from services.processes.scheduling import interrupt_nobody
from services.processes.until_stopped import run_until_stopped
from services.region_node.keys.key_files import open_keys
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.settings.settings import NodeSettings
from services.region_node.state.state_care import STATE_FILE

WAITING_SECONDS = 1.0

log = logging.getLogger(__name__)


def main(settings: NodeSettings) -> None:
    """Run the auditor of the node until SIGTERM. Errors: KeysUnavailable; TrailUnavailable, sqlite3.Error."""
    interrupt_nobody()
    uvloop.run(_run(settings))


async def _run(settings: NodeSettings) -> None:
    await run_until_stopped(run_auditor(settings, open_keys(settings)), log)


async def run_auditor(settings: NodeSettings, keys: RegionKeys) -> None:
    """Until cancelled. Errors: sqlite3.Error, OSError, TrailUnavailable."""
    node = make_auditor(settings, keys)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(node.auditor.run())
            group.create_task(_run_rounds(node, settings, keys))
    finally:
        await node.derived_shipping.close()
        node.writer.close()


async def _run_rounds(node: NodeAuditor, settings: NodeSettings, keys: RegionKeys) -> NoReturn:
    """The chores at once; the rounds once there is a state to read."""
    faults: Counter[str] = Counter()
    async with asyncio.TaskGroup() as group:
        for chore in chores_of(node, settings):
            group.create_task(keep_running(chore, faults))
        early = group.create_task(keep_running(figures_round(node, settings, (), faults), faults))
        store, trail = await _state_when_made(settings), Trail(settings.trail_directory)
        early.cancel()
        rounds = rounds_of(RoundParts(settings, keys, store, trail, node.auditor.append, now_milliseconds))
        for each in (*rounds, figures_round(node, settings, rounds, faults)):
            group.create_task(keep_running(each, faults))
    raise AssertionError("rounds never end")


async def _state_when_made(settings: NodeSettings) -> LmdbStore:
    """The replicator makes the state."""
    while True:
        try:
            if (settings.state_directory / STATE_FILE).exists():
                return LmdbStore(settings.state_directory, writer=False)
        except StoreFailed:
            log.warning("the state is not there yet", exc_info=True)
        await asyncio.sleep(WAITING_SECONDS)
