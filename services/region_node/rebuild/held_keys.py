"""The keys that a region holds, for whoever comes back without knowing what had become of them: they are disabled."""

import asyncio
from collections.abc import Iterator, Sequence

from replication.state.rows import decode_row
from replication.state.state_store import STREAMS, Snapshot, row_key
from services.region_node.changes.recording import Place
from shared.events import KeyDisabled
from shared.keys.model import Key

AT_ONCE = 50


def held_keys(snapshot: Snapshot, partition: int) -> Iterator[Key]:
    """Those that the region holds, and that no stream keeps from being changed."""
    prefix = row_key(partition, "key/")
    for _, value in snapshot.scan(STREAMS, prefix, prefix):
        row = decode_row(value)
        if isinstance(row.state, Key) and row.state.held_here and not row.frozen:
            yield row.state


async def disable(place: Place, partition: int, keys: Sequence[Key]) -> bool:
    """Whether all of them are; another time goes on."""
    for begin in range(0, len(keys), AT_ONCE):
        some = (KeyDisabled(key.account, key.key_id) for key in keys[begin : begin + AT_ONCE])
        if not all(await asyncio.gather(*(place.record(partition, [event]) for event in some))):
            return False
    return True
