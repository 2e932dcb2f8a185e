"""A partition's state as it was: the fold of its log up to a sequence or a time, in memory.

Owns where the fold stops. It is the fold that every node runs; what comes after is not read.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from replication.fold.materializer import Identity, Materializer
from replication.log.event_log import Entry, EventLog
from replication.records.record import NotARecord, decode_envelope, decode_record
from replication.state.memory_store import MemoryStore

READ_MOST = 5_000


class Until(NamedTuple):
    """Where to stop: with the record of a sequence, or before the first that was written later than `time`, in
    milliseconds since 1970. None: no bound."""

    sequence: int | None = None
    time: int | None = None


async def fold_until(
    log: EventLog,
    identity: Identity,
    partitions: dict[int, Until],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> MemoryStore:
    """A store with these partitions alone. `progress` gets the records read so far and those there are.

    Errors: LogError.
    """
    store = MemoryStore()
    materializer = Materializer(store, identity, lambda _alarm: None)
    ends = {partition: await log.end(partition) for partition in partitions}
    done = 0
    for partition, until in partitions.items():
        position = 0
        while position < ends[partition] and (most := _most(materializer, partition, until)) > 0:
            read = await log.read(partition, position, most)
            entries = _before(read, until.time)
            materializer.apply(partition, entries)
            done += len(read)
            progress(done, sum(ends.values()))
            if len(entries) < len(read) or not read:
                break
            position = read[-1].position + 1
    return store


def _most(materializer: Materializer, partition: int, until: Until) -> int:
    """So many entries cannot lead beyond the wanted sequence: each is numbered once at most."""
    if until.sequence is None:
        return READ_MOST
    return min(READ_MOST, until.sequence - materializer.head(partition).head.sequence)


def _before(entries: Sequence[Entry], time: int | None) -> Sequence[Entry]:
    if time is None:
        return entries
    for place, entry in enumerate(entries):
        if _written_at(entry) > time:
            return entries[:place]
    return entries


def _written_at(entry: Entry) -> int:
    """0 for what is no record, which changes nothing."""
    try:
        return decode_envelope(decode_record(entry.record).signed).time
    except NotARecord:
        return 0
