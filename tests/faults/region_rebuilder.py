"""A process that rebuilds a state from its log with a second one, until it is killed: `region_rebuilder.py DIRECTORY`.

It prints the number of the second process once that has begun, and `committed` after each commit.
"""

import asyncio
import sys
from pathlib import Path

from replication.fold.materializer import Identity, Materializer
from replication.fold.taking_ahead import TakingAhead
from replication.log.embedded_log import EmbeddedLogs
from replication.sharing.publication import local_log
from replication.state.lmdb_store import LmdbStore
from services.region_node.state.folding_ahead import FoldingProcess
from tests.replication.written_log import HOME, RECORD_KEY

MOST = 5


async def main(directory: Path) -> None:
    log = EmbeddedLogs.open(directory / "log", {local_log(HOME): 1})[local_log(HOME)]
    store, identity = LmdbStore(directory / "state", writer=True), Identity(HOME, 1, RECORD_KEY)
    store.build()
    materializer = Materializer(store, identity, lambda alarm: print(alarm, flush=True))
    with FoldingProcess(identity, directory / "state") as process:
        print(process.pid, flush=True)
        taking = TakingAhead(log, materializer, RECORD_KEY, 0, await log.end(0))
        await taking.run(process, lambda: print("committed", flush=True), MOST)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
