"""What a region knows of a key, an access key or a key store by its name, whether it lives or is gone.

Owns how it is proven that there was one: the row of a stream stays, with its revision, when what stood in it goes. So a
key that is gone is told from one that never was.
"""

from collections.abc import Iterator
from typing import NamedTuple

from replication.state.rows import NO_ROW, Row, decode_row
from replication.state.state_store import STREAMS, Snapshot, row_key
from services.cli.keys.erasure_arguments import Named
from shared.identifiers import (
    KEY_ID_PATTERN,
    KEY_STORE_ID_PATTERN,
    access_key_stream,
    account_of_access_key,
    account_stream,
    key_store_stream,
    key_stream,
    partition_of,
)
from shared.identity.model import AccessKey
from shared.key_stores.model import KeyStore
from shared.keys.model import Key


class Known(NamedTuple):
    """One of that name. `life`: in a sentence how it lives, as the region knows; "" once it is gone.

    `held_here`: whether it lives in this region; `holds`: with any secret. A key whose material was deleted has none.
    """

    stream: str
    life: str
    held_here: bool
    holds: bool


def known_as(snapshot: Snapshot, region: str, partitions: int, wanted: Named) -> list[Known]:
    """Those of that name that there are, or were."""
    found = []
    for account in _accounts(snapshot, partitions) if wanted.account is None else (wanted.account,):
        stream = _stream(account, wanted.name)
        if stream is None:
            continue
        row = decode_row(snapshot.get(STREAMS, row_key(partition_of(account, partitions), stream)))
        if row != NO_ROW:
            found.append(_known(region, stream, row))
    return found


def _accounts(snapshot: Snapshot, partitions: int) -> Iterator[str]:
    """By the names of their rows: one that this version cannot read hides none of its keys."""
    for partition in range(partitions):
        prefix = row_key(partition, account_stream(""))
        for key, _ in snapshot.scan(STREAMS, prefix, prefix):
            yield key[len(prefix) :].decode()


def _stream(account: str, name: str) -> str | None:
    """None for what is the name of none of these, whatever a person has typed."""
    if KEY_ID_PATTERN.fullmatch(name):
        return key_stream(account, name)
    if KEY_STORE_ID_PATTERN.fullmatch(name):
        return key_store_stream(account, name)
    return access_key_stream(account, name) if account_of_access_key(name) is not None else None


def _known(region: str, stream: str, row: Row) -> Known:
    if row.frozen:
        return Known(
            stream, f"a record of a later version has changed it: upgrade {region}", held_here=True, holds=True
        )
    state = row.state
    if isinstance(state, Key) and not state.held_here:
        elsewhere = [one for one in (state.primary_region, *state.replica_regions) if one not in (None, region)]
        where = f"in {', '.join(map(str, elsewhere))}" if elsewhere else "elsewhere"
        return Known(stream, f"it lives {where}, as {region} knows", held_here=False, holds=False)
    if state is None:
        return Known(stream, "", held_here=False, holds=False)
    holds = not isinstance(state, Key) or any(material.wrapped is not None for material in state.materials)
    return Known(stream, f"it lives: {_standing(state)}", held_here=True, holds=holds)


def _standing(state: object) -> str:
    match state:
        case Key():
            return str(state.state)
        case AccessKey():
            return state.status
        case KeyStore():
            return state.connection_state
    return type(state).__name__
