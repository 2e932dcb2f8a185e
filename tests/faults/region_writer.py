"""A process that writes keys through author, log and fold until it is killed: `region_writer.py DIRECTORY`.

It prints `opened` when it is ready, then the number of each key whose creation was acknowledged. It goes on after the
keys that are there.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

from replication.fold.materializer import Identity, Materializer
from replication.log.embedded_log import EmbeddedLogs
from replication.records.body import encode_change, encode_shared
from replication.sharing.publication import local_log, shared_log
from replication.state.lmdb_store import LmdbStore
from replication.writing.author import PartitionAuthor, Surroundings
from replication.writing.draft import Answer, Draft
from tests.replication.written_log import HOME, NODE, RECORD_KEY, created, shared_form, stream

GROUP = 4


def now() -> int:
    return time.time_ns() // 1_000_000


def draft(number: int) -> Draft:
    """A key's creation; every third is shared."""
    return Draft(
        partition=0,
        command_id=b"create %d" % number,
        streams=((stream(number), 0),),
        shared=encode_shared([shared_form(number)]) if number % 3 == 0 else None,
        body=encode_change(str(number), [created(number)]),
    )


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def main(directory: str) -> None:
    logs = EmbeddedLogs.open(Path(directory) / "log", {local_log(HOME): 1, shared_log(HOME): 1})
    store = LmdbStore(Path(directory) / "state", writer=True)
    identity = Identity(HOME, 1, RECORD_KEY)
    materializer = Materializer(store, identity, lambda alarm: say(f"alarm {alarm}"))
    surroundings = Surroundings(now, os.urandom, lambda _: None, lambda _, trouble: say(trouble) if trouble else None)
    author = PartitionAuthor(logs[local_log(HOME)], materializer, identity, NODE, 0, surroundings)
    await author.catch_up(await logs[local_log(HOME)].end(0))
    await author.open()
    say("opened")
    running = asyncio.create_task(author.run())
    number = materializer.head(0).head.sequence * GROUP
    while not running.done():
        answers = await asyncio.gather(*(author.submit(draft(number + offset)) for offset in range(GROUP)))
        say_acknowledged(answers)
        number += GROUP


def say_acknowledged(answers: list[Answer]) -> None:
    for answer in answers:
        say(answer.answer if answer.verdict == "applied" else f"refused {answer}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
