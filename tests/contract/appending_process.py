"""Another process that appends to a log of the contract suite.

`appending_process.py KIND PLACE LOG NAME COUNT`: says "open", waits for a line, appends COUNT groups of three records
to partition 0, one after the other, and ends.
"""

import asyncio
import sys

from tests.contract.logs import open_at

GROUP = 3


def group_of(name: str, number: int) -> list[bytes]:
    return [f"{name} {number} {member}".encode() for member in range(GROUP)]


async def main(kind: str, place: str, log_name: str, name: str, count: str) -> None:
    log = await open_at(kind, place, log_name)
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for number in range(int(count)):
        await log.append(0, group_of(name, number))
    await log.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
