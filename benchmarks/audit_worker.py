"""A worker of a running region in a process of its own, audited or not: `DIRECTORY PORT audited|unaudited`.

Owns its start, as `services/region_node/worker/worker.py` has it.
"""

import asyncio
import socket
import sys
from pathlib import Path

import uvloop

from benchmarks.running import REGIONS
from replication.state.lmdb_store import LmdbStore
from services.region_node.audit.auditing import UNAUDITED
from services.region_node.keys.key_files import open_keys
from services.region_node.settings.settings import read_node_settings
from services.region_node.worker.worker import serve

NUMBERS = {"audited": 98, "unaudited": 99}
"""No worker of the region itself has such a number."""


async def _serve(directory: Path, port: int, kind: str) -> None:
    settings = read_node_settings(directory, REGIONS[0])
    store = LmdbStore(settings.state_directory, writer=False)
    listening = socket.create_server(("127.0.0.1", port), backlog=1024)
    audited = UNAUDITED if kind == "unaudited" else None
    await serve(settings, NUMBERS[kind], open_keys(settings), store, [listening], audited=audited)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
