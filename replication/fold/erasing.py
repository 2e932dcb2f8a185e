"""What the fold knows of erasing: which domain key is current, and which destroyed secrets still have remains.

Owns the rule that a record whose secrets are wrapped under another epoch than its bucket's present one is void, and the
rows of ERASING. A destroyed secret stands in the log for ever, wrapped under its bucket's keys up to the epoch that was
current when it went, and sealed to the region's sealing keys up to the number that was: each row names one such bound
and when the secret went. So do the rows of secrets that were never taken up: those of a void record.

The interleaving that the rule guards against: a record under epoch 1 is on its way while epoch 2 is opened; everything
live is wrapped again, epoch 1 is closed, its key destroyed, and then the record is applied: a key that nobody can open.
"""

import struct
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from replication.fold.buffer import Buffer
from replication.records.record import Envelope
from replication.state.indexes import LONGEST_KEY
from replication.state.rows import Row, decode_row
from replication.state.state_store import ERASING, STREAMS, Snapshot, partition_prefix
from shared import events as e
from shared.crypto.wrapped_secret import MalformedWrappedSecret, decode_wrapped_secret
from shared.erasure.live import live_secrets
from shared.erasure.model import FIRST_EPOCH, Domain
from shared.events import Event
from shared.evolve import State
from shared.fold import Fold
from shared.identifiers import domain_stream, key_stream, peer_stream
from shared.identity.account_events import AccessKeyDeleted, AccessKeySecretGiven
from shared.identity.model import AccessKey, Peer
from shared.key_stores.events import KeyStoreDeleted, KeyStoreUpdated
from shared.keys.model import Key

SEALING = 0xFFFF_FFFF
"""Stands for a bucket: the region's sealing keys, whose numbers are its epochs."""
FIRST_NUMBER = 1
_PLACE = struct.Struct(">IQ")
_BUCKET_BYTES = 4
_TIME = struct.Struct(">Q")
ENDING = frozenset(
    (
        e.KeyDeleted,
        e.KeyMaterialDeleted,
        e.KeyMaterialImported,  # pending material takes the place of what was
        e.KeyPromoted,  # what was imported, pending, and is not built on, is not kept
        e.PrimaryRegionUpdated,
        e.OvertakenSettled,  # a replica goes that a dropped change had made
        AccessKeyDeleted,
        AccessKeySecretGiven,
        KeyStoreDeleted,
        KeyStoreUpdated,
    )
)
"""The events after which a secret may be gone. An adoption may bring one that is not kept, whatever its events."""


class Remains(NamedTuple):
    """A secret of `stream` went at `time`: it opens under the keys of `bucket` up to `epoch`."""

    bucket: int
    epoch: int
    stream: str
    time: int


class Erasing:
    """Of one partition, while a transaction folds."""

    def __init__(self, buffer: Buffer, region: str, prefix: bytes) -> None:
        self._region, self._prefix = region, prefix
        self._streams, self._rows = buffer.rows(STREAMS), buffer.rows(ERASING)
        self._epochs: dict[tuple[int, bytes | None], int] = {}
        """Of a bucket, by the row of its domain: nearly every record asks, and it hardly ever changes."""

    def is_stale(self, envelope: Envelope) -> bool:
        """Whether the record's secrets are wrapped under another epoch than the present one of their bucket."""
        domain = envelope.domain
        return domain is not None and domain[1] != self._epoch(domain[0])

    def void(self, envelope: Envelope) -> None:
        """Note what a void record holds: it stands in the log, and nobody else will speak of it."""
        if envelope.domain is not None and envelope.streams and not self.is_stale(envelope):
            self._note(*envelope.domain, envelope.streams[0][0], envelope.time)

    def applied(
        self, rows: Mapping[str, Row], states: Mapping[str, State | None], events: tuple[Event, ...], fold: Fold
    ) -> None:
        """Note the secrets that went with these events, and those that came and were not kept.

        And of a multi-region key that is gone everywhere, what may have been sealed to this region by a record that
        came to nothing: it stands in the log of another region, and this one has never heard of it.
        """
        if not fold.rewrapped and ENDING.isdisjoint(map(type, events)):
            return
        kept = {secret: wrapped for state in states.values() for secret, wrapped in live_secrets(state).items()}
        for stream, row in rows.items():
            gone = gone_secrets(row.state, states[stream], events)
            for wrapped in gone:
                self._note_secret(stream, wrapped, row.state, fold.time)
        if fold.origin is not None:
            for event in events:
                if isinstance(event, e.KeyDeleted) and event.whole:
                    self._note(SEALING, self._sealing_number(), key_stream(event.account, event.key_id), fold.time)
        if fold.rewrapped:
            for wrapped in set(fold.rewrapped.values()) - set(kept.values()):
                stream = next(iter(rows))
                self._note_secret(stream, wrapped, states[stream] or rows[stream].state, fold.time)

    def _note_secret(self, stream: str, wrapped: bytes, state: State | None, time: int) -> None:
        try:
            bucket = decode_wrapped_secret(wrapped).bucket
        except MalformedWrappedSecret:
            return
        self._note(bucket, self._epoch(bucket), stream, time)
        if may_be_sealed(state):
            self._note(SEALING, self._sealing_number(), stream, time)

    def _note(self, bucket: int, epoch: int, stream: str, time: int) -> None:
        key = self._prefix + _PLACE.pack(bucket, epoch) + stream.encode()
        # A peer names its streams: one of so long a name holds no secret.
        if len(key) <= LONGEST_KEY and self._rows[key] is None:
            self._rows[key] = _TIME.pack(time)

    def _epoch(self, bucket: int) -> int:
        row = self._streams[_domain_key(self._prefix, bucket)]
        epoch = self._epochs.get((bucket, row))
        if epoch is None:
            state = decode_row(row).state
            epoch = self._epochs[bucket, row] = state.epoch if isinstance(state, Domain) else FIRST_EPOCH
        return epoch

    def _sealing_number(self) -> int:
        state = self._state(peer_stream(self._region))
        return state.sealing_number if isinstance(state, Peer) else FIRST_NUMBER

    def _state(self, stream: str) -> State | None:
        return decode_row(self._streams[self._prefix + stream.encode()]).state


@lru_cache(maxsize=1024)
def _domain_key(prefix: bytes, bucket: int) -> bytes:
    return prefix + domain_stream(bucket).encode()


def gone_secrets(before: State | None, after: State | None, events: tuple[Event, ...]) -> list[bytes]:
    """The wrapped bytes of the secrets that the change has ended. The same secret wrapped anew is not at an end."""
    had, has = live_secrets(before), live_secrets(after)
    replaced = KeyStoreUpdated in set(map(type, events))
    return [wrapped for name, wrapped in had.items() if name not in has or (replaced and has[name] != wrapped)]


def may_be_sealed(state: State | None) -> bool:
    """Whether the secrets of such a state may have come sealed from a peer."""
    return isinstance(state, AccessKey) or (isinstance(state, Key) and state.is_multi_region)


def domain_in(snapshot: Snapshot, partitions: int, bucket: int) -> Domain:
    """The bucket as the state knows it."""
    prefix = partition_prefix(bucket % partitions)
    state = decode_row(snapshot.get(STREAMS, prefix + domain_stream(bucket).encode())).state
    return state if isinstance(state, Domain) else Domain(bucket)


def remains_in(snapshot: Snapshot, partition: int) -> Iterator[Remains]:
    """What was destroyed in the partition and when, by the keys that its remains rest on."""
    return _remains(snapshot, partition, b"", b"")


def remains_since(snapshot: Snapshot, partition: int, bucket: int, epoch: int) -> Iterator[Remains]:
    """Of one bucket, what rests on the keys of `epoch` and later ones."""
    return _remains(snapshot, partition, _PLACE.pack(bucket, epoch), _PLACE.pack(bucket, 0)[:_BUCKET_BYTES])


def _remains(snapshot: Snapshot, partition: int, start: bytes, within: bytes) -> Iterator[Remains]:
    prefix = partition_prefix(partition)
    for key, value in snapshot.scan(ERASING, prefix + start, prefix + within):
        place = key[len(prefix) :]
        stream = place[_PLACE.size :].decode()
        (bucket, epoch), (time,) = _PLACE.unpack_from(place), _TIME.unpack(value)
        yield Remains(bucket, epoch, stream, time)
