"""What rests on domain keys that are not current any more: the live secrets that have to be wrapped again.

Owns the scan of a partition's rows. It goes on from row to row without one snapshot for all of it: under an epoch that
has ended nothing new can come (`erasing.py`), so that what it has passed stays passed.
"""

from collections.abc import Iterator
from typing import NamedTuple

from replication.state.rows import decode_row
from replication.state.state_store import STREAMS, Snapshot, partition_prefix
from shared.crypto.wrapped_secret import MalformedWrappedSecret, decode_wrapped_secret
from shared.erasure.live import live_secrets
from shared.evolve import State
from shared.identity.model import AccessKey
from shared.key_stores.model import KeyStore
from shared.keys.model import Key

KINDS = ("access-key/", "key-store/", "key/")
"""The streams whose states hold secrets, in the order of the names."""
HOLDING = (AccessKey, KeyStore, Key)


class Resting(NamedTuple):
    """A stream's state and revision. `places`: (bucket, epoch) of its wrapped secrets.

    Of one that is frozen, nobody knows what else will be there after an upgrade.
    """

    stream: str
    revision: int
    state: State | None
    frozen: bool
    places: frozenset[tuple[int, int]]


class Scan(NamedTuple):
    """`found`: of the rows that were looked at; `next`: where to go on, None at the end."""

    found: tuple[Resting, ...]
    next: bytes | None


def scan(snapshot: Snapshot, partition: int, start: bytes | None, most: int) -> Scan:
    """Look at up to `most` rows from `start` (None: the first) for states that hold secrets."""
    prefix, looked = partition_prefix(partition), 0
    found: list[Resting] = []
    for kind in KINDS:
        begin = prefix + kind.encode()
        if start is not None and start > begin and not start.startswith(begin):
            continue
        for key, value in snapshot.scan(STREAMS, max(start or b"", begin), begin):
            if looked == most:
                return Scan(tuple(found), key)
            looked += 1
            found.extend(_resting(key[len(prefix) :].decode(), value))
    return Scan(tuple(found), None)


def _resting(stream: str, value: bytes) -> Iterator[Resting]:
    row = decode_row(value)
    places = _places(row.state) if isinstance(row.state, HOLDING) else frozenset()
    if places or row.frozen:
        yield Resting(stream, row.revision, row.state, row.frozen, places)


def _places(state: State) -> frozenset[tuple[int, int]]:
    return frozenset(place for wrapped in live_secrets(state).values() for place in _place(wrapped))


def _place(wrapped: bytes) -> Iterator[tuple[int, int]]:
    try:
        secret = decode_wrapped_secret(wrapped)
    except MalformedWrappedSecret:
        return
    yield secret.bucket, secret.epoch
