"""The keys of stopped regions: whom each region takes for their primary, and whether a log shows what they are made of.

Owns the invariants 7 (one primary) and 18 (confinement) for real regions: read from their states and the bytes of their
logs, after whatever was done to them.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from replication.log.event_log import EventLog
from replication.sharing.publication import local_log, shared_log
from replication.state.rows import decode_row
from replication.state.state_store import STREAMS, StateStore, row_key
from services.cli.region_state import nodes_in, opened_logs, state_of
from services.region_node.keys.key_files import open_keys
from services.region_node.keys.vault import RegionVault
from services.region_node.settings.settings import NodeSettings
from shared.keys.model import Key

READ_MOST = 1_000


class KeysAtRest(NamedTuple):
    """`two_primaries`: keys about whose primary regions differ. `shown`: materials whose secret stands in a log, with
    the log."""

    two_primaries: list[str]
    shown: list[str]


async def read_keys_at_rest(directory: Path) -> KeysAtRest:
    """Of the regions in the directory, none of which runs. Errors: LogError, StoreFailed."""
    leaders: dict[str, set[tuple[int, str]]] = defaultdict(set)
    secrets: dict[str, bytes] = {}
    nodes = [*nodes_in(directory, None)]
    for settings in nodes:
        vault = RegionVault(open_keys(settings), settings.partitions, dict)
        with closing(state_of(settings, "")) as state:
            for key in _keys(state, settings.partitions):
                if key.is_multi_region:
                    leaders[key.key_id].add(key.present_epoch)
                secrets |= _secrets(vault, key)
    if not secrets:
        raise AssertionError("no region has any key whose secret could be looked for")
    shown = [found for settings in nodes for found in await _shown(settings, secrets)]
    return KeysAtRest([f"{key}: {sorted(found)}" for key, found in leaders.items() if len(found) > 1], shown)


def _keys(state: StateStore, partitions: int) -> Iterator[Key]:
    with state.read() as snapshot:
        for partition in range(partitions):
            prefix = row_key(partition, "key/")
            for _, value in snapshot.scan(STREAMS, prefix, prefix):
                key = decode_row(value).state
                if isinstance(key, Key):
                    yield key


def _secrets(vault: RegionVault, key: Key) -> dict[str, bytes]:
    held = [material for material in key.materials if material.wrapped is not None]
    return {one.material_id: bytes(vault.open_material(key, one).reveal()) for one in held}


async def _shown(settings: NodeSettings, secrets: dict[str, bytes]) -> list[str]:
    found = []
    for name in (local_log(settings.region), shared_log(settings.region)):
        (log,) = await opened_logs(settings, name)
        try:
            written = b"".join([await _bytes_of(log, partition) for partition in range(settings.partitions)])
        finally:
            await log.close()
        found += [f"{material} in {name}" for material, secret in secrets.items() if secret in written]
    return found


async def _bytes_of(log: EventLog, partition: int) -> bytes:
    position, end, read = 0, await log.end(partition), []
    while position < end and (entries := await log.read(partition, position, READ_MOST)):
        position = entries[-1].position + 1
        read += [entry.record for entry in entries]
    return b"".join(read)
