"""What the logs of stopped regions say: which call took effect, where, and whether a rebuild gives the same state.

Owns reading every region's own log once, folded from empty. A call is known in its record by its user agent.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from replication.fold.judge import Verdict
from replication.fold.materializer import Identity, Materializer
from replication.log.event_log import Entry, EventLog
from replication.records.own_record import read_own_record
from replication.records.record import RecordKey
from replication.sharing.publication import local_log
from replication.state.digest import partition_digest
from replication.state.memory_store import MemoryStore
from replication.state.state_store import Snapshot
from services.cli.region_state import damage_of, nodes_in, opened_logs, state_of
from services.region_node.keys.key_files import open_keys
from services.region_node.settings.settings import NodeSettings

READ_MOST = 1_000


class Effect(NamedTuple):
    """A record that took effect. All calls of a campaign are of one account, so that one number orders them."""

    region: str
    sequence: int


class Aftermath(NamedTuple):
    """`effects`: by call. `rebuilt_otherwise`: partitions whose state a fold from empty does not give."""

    effects: dict[str, list[Effect]]
    rebuilt_otherwise: list[str]


async def read_aftermath(directory: Path) -> Aftermath:
    """Of the regions in the directory, none of which runs. Errors: LogError, StoreFailed."""
    effects: dict[str, list[Effect]] = defaultdict(list)
    otherwise: list[str] = []
    for settings in nodes_in(directory, None):
        (log,) = await opened_logs(settings, local_log(settings.region))
        try:
            rebuilt = await _folded(settings, log, effects)
        finally:
            await log.close()
        with closing(state_of(settings, damage_of(settings))) as state, state.read() as kept, rebuilt.read() as fresh:
            otherwise.extend(_differing(settings, kept, fresh))
    return Aftermath(effects, otherwise)


def _differing(settings: NodeSettings, kept: Snapshot, fresh: Snapshot) -> list[str]:
    partitions = range(settings.partitions)
    return [f"{settings.region} {at}" for at in partitions if partition_digest(kept, at) != partition_digest(fresh, at)]


async def _folded(settings: NodeSettings, log: EventLog, effects: dict[str, list[Effect]]) -> MemoryStore:
    store, key = MemoryStore(), open_keys(settings).record_key
    materializer = Materializer(store, Identity(settings.region, settings.partitions, key), lambda _alarm: None)
    for partition in range(settings.partitions):
        position, end = 0, await log.end(partition)
        while position < end and (entries := await log.read(partition, position, READ_MOST)):
            position = entries[-1].position + 1
            names = _names(settings.region, partition, entries, key)
            for outcome in materializer.apply(partition, entries):
                if outcome.verdict is Verdict.APPLIED and outcome.sequence and outcome.record_hash in names:
                    effects[names[outcome.record_hash]].append(Effect(settings.region, outcome.sequence))
    return store


def _names(region: str, partition: int, entries: Sequence[Entry], key: RecordKey) -> dict[bytes, str]:
    """By the record's hash, which call has asked for it."""
    read = (read_own_record(entry.record, key, local_log(region), partition) for entry in entries)
    return {
        own.hash: own.envelope.request.user_agent
        for own in read
        if own.envelope is not None and own.envelope.request is not None
    }
