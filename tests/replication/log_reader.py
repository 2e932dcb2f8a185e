"""A process that reads an embedded log of another process: `log_reader.py DIRECTORY NAME COUNT`.

It prints `ready`, then, once it has read so many records, the SHA-256 of all of them.
"""

import asyncio
import hashlib
import sys
from pathlib import Path

from replication.log.embedded_log import EmbeddedLogs


async def main(directory: str, name: str, count: str) -> None:
    logs = EmbeddedLogs.open(Path(directory), {name: 1}, readonly=True)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    digest, position = hashlib.sha256(), 0
    while position < int(count):
        for entry in await logs[name].read(0, position, 100, wait_seconds=10):
            digest.update(entry.record)
            position = entry.position + 1
    sys.stdout.write(digest.hexdigest() + "\n")
    await logs.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
