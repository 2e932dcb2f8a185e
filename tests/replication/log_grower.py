"""A process that appends to an embedded log more than the map of a reader of the first hour holds.

`log_grower.py DIRECTORY NAME`: prints "grown" once it is done.
"""

import asyncio
import sys
from pathlib import Path

from replication.log.embedded_log import EmbeddedLogs

RECORDS = [bytes(100_000)] * 40


async def main(directory: str, name: str) -> None:
    log = EmbeddedLogs.open(Path(directory), {name: 1})[name]
    await log.append(0, RECORDS)
    await log.close()
    print("grown", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
