"""A process that appends numbered records to an embedded log and prints each number once it is acknowledged.

`log_writer.py DIRECTORY NAME`: goes on after the records that are there, until it is killed.
"""

import asyncio
import sys
from pathlib import Path

from replication.log.embedded_log import EmbeddedLogs


async def main(directory: str, name: str) -> None:
    log = EmbeddedLogs.open(Path(directory), {name: 1})[name]
    number = await log.end(0)
    while True:
        group = [f"record {number + offset}".encode().ljust(300) for offset in range(1 + number % 7)]
        await log.append(0, group)
        number += len(group)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
