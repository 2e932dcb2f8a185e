"""The checker's own fold: what the records of a partition make of its state, written apart from the one that serves.

Owns the plain rules of applying: a command id that is remembered repeats, a condition that does not hold voids, an
adoption is the next of its origin and comes after its causes, and what cannot be read or folded freezes its streams.
It keeps rows as bytes in dictionaries, so that they can be compared with those of the state one by one.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from replication.fold.key_history import adoption_fold, change_fold, shared_events, with_history
from replication.records.body import decode_adoption, decode_change, decode_shared, shared_streams
from replication.records.position import EMPTY_HEAD, Head
from replication.records.record import READER_VERSION, Envelope, NotARecord, decode_envelope, decode_record, record_hash
from replication.sharing.publication import shared_envelope
from replication.state.partition_head import PartitionHead
from replication.state.rows import NO_ROW, Row, decode_row, encode_row
from replication.verify.authority import Partition, permitted
from replication.verify.chain import Numbered
from replication.verify.erasing import PlainErasing
from shared.event_codec import UnknownEvent
from shared.events import Event, KeyCreated, KeyDisabled, stream_of
from shared.evolve import State, evolve
from shared.fold import BrokenHistory, Fold
from shared.identity.restating import begun_anew

REMEMBERED = 10_000
REMEMBERED_MS = 15 * 60 * 1000
WINDOW = 101
UNREAD = b"\xff"
"""Remembered of a command whose record froze its streams."""
UNFOLDABLE = (BrokenHistory, KeyError, TypeError, ValueError, AttributeError, OverflowError)


class Past(NamedTuple):
    """One row of the history that is still kept."""

    digest: bytes
    time: int
    command_id: bytes


class PlainFold:
    """One partition, record by record. `adopted_record` is told of every adoption that applies."""

    def __init__(
        self, region: str, partition: int, partitions: int, adopted_record: Callable[[Envelope, Head], None]
    ) -> None:
        self.region, self._adopted_record = region, adopted_record
        self._partition = Partition(region, partition, partitions, self._row)
        self.rows: dict[str, bytes] = {}
        self.erasing = PlainErasing(region, self._row)
        self.commands: dict[bytes, bytes] = {}
        self.history: dict[int, Past] = {}
        self.oldest = 1
        self.times: deque[int] = deque(maxlen=WINDOW)
        self.adopted: dict[str, Head] = {}
        self.known: dict[str, dict[str, int]] = {}
        self.shared = EMPTY_HEAD
        self.shared_records: list[bytes] = []
        """The hashes of what the region has to publish, from number 1 on."""

    def take(self, record: Numbered, head: Head) -> None:
        """Apply a record that counts; `head` is the partition's with it."""
        envelope = record.envelope
        answer: bytes | None = None
        if envelope.sequence != 0:
            answer = self._change(envelope) if envelope.origin is None else self._adoption(envelope)
        self._remember(envelope, head, answer)
        self._forget(head.sequence)

    @property
    def log_time(self) -> int:
        return sorted(self.times)[len(self.times) // 2] if self.times else 0

    def _remember(self, envelope: Envelope, head: Head, answer: bytes | None) -> None:
        command_id = b""
        if answer is not None:
            self.times.append(envelope.time)
            if envelope.command_id is not None:
                command_id = envelope.command_id
                self.commands[command_id] = answer
        self.history[head.sequence] = Past(head.digest, envelope.time, command_id)

    def _forget(self, sequence: int) -> None:
        for _ in range(2):
            if sequence - self.oldest < REMEMBERED:
                return
            past = self.history[self.oldest]
            if abs(self.log_time - past.time) <= REMEMBERED_MS:
                return
            del self.history[self.oldest]
            self.commands.pop(past.command_id, None)
            self.oldest += 1

    def _row(self, stream: str) -> Row:
        return decode_row(self.rows[stream]) if stream in self.rows else NO_ROW

    def _hold(self, envelope: Envelope) -> bool:
        return all(expected in (None, self._row(stream).revision) for stream, expected in envelope.streams)

    def _change(self, envelope: Envelope) -> bytes | None:
        """The answer as it is remembered, or None if the record changes nothing."""
        if envelope.command_id in self.commands:
            return None
        if not self._hold(envelope) or self.erasing.is_outdated(envelope):
            self.erasing.take_void(envelope)
            return None
        try:
            change = decode_change(envelope.body or b"") if envelope.least_reader <= READER_VERSION else None
        except UnknownEvent:
            change = None
        events = None if change is None else change.events
        fold = change_fold(self.region, envelope, self._head())
        applied = self._apply(
            envelope, events, fold, shared_events(envelope, [self._row(stream).state for stream, _ in envelope.streams])
        )
        if envelope.shared is not None:
            self._share(envelope, envelope.shared)
        return change.answer.encode() if change is not None and applied else UNREAD

    def _adoption(self, envelope: Envelope) -> bytes | None:
        if envelope.origin is None:
            raise AssertionError("only adoptions have an origin")
        region, number, hash_ = envelope.origin
        if region == self.region:
            return self._regained(envelope, number, hash_)
        before = self.adopted.get(region, EMPTY_HEAD)
        if number != before.sequence + 1 or not self._caused(envelope.adopted or {}) or not self._hold(envelope):
            return None
        if self.erasing.is_outdated(envelope):
            return None
        self._adopted_record(envelope, before)
        self.adopted[region] = Head(number, hash_)
        self.known[region] = envelope.adopted or {}
        events, fold = self._adopted_events(envelope)
        if not permitted(fold, self._partition, tuple(stream for stream, _ in envelope.streams), events):
            return None
        return b"" if self._apply(envelope, events, fold, events or ()) else UNREAD

    def _regained(self, envelope: Envelope, number: int, hash_: bytes) -> bytes | None:
        """The region's own, lost and brought back: the next that it has shared, without secrets and settings."""
        if number != self.shared.sequence + 1 or not self._caused(envelope.adopted or {}) or not self._hold(envelope):
            return None
        self._adopted_record(envelope, self.shared)
        told, fold = self._adopted_events(envelope)
        self.shared = Head(number, hash_)
        self.shared_records.append(hash_)
        made = [event for event in told or () if isinstance(event, KeyCreated) and event.origin != "EXTERNAL"]
        disabled = tuple(KeyDisabled(event.account, event.key_id) for event in made)
        events = None if told is None else (*told, *disabled)
        at_home = msgspec.structs.replace(fold, origin=None)
        return b"" if self._apply(envelope, events, at_home, told or ()) else UNREAD

    def _head(self) -> PartitionHead:
        """As far as it says where a shared record stands."""
        head = PartitionHead()
        head.adopted, head.shared, head.known = self.adopted, self.shared, self.known
        return head

    def _adopted_events(self, envelope: Envelope) -> tuple[tuple[Event, ...] | None, Fold]:
        try:
            adoption = decode_adoption(envelope.body or b"")
            inner = decode_envelope(decode_record(adoption.shared_record).signed)
            events = decode_shared(inner.shared or b"")
        except (UnknownEvent, NotARecord):
            return None, adoption_fold(self.region, envelope, envelope.time, {}, self._head())
        readable = max(inner.least_reader, envelope.least_reader) <= READER_VERSION
        fold = adoption_fold(self.region, envelope, inner.time, adoption.rewrapped, self._head())
        return events if readable else None, fold

    def _caused(self, named: Mapping[str, int]) -> bool:
        heads = {**self.adopted, self.region: self.shared}
        return all(number <= heads.get(region, EMPTY_HEAD).sequence for region, number in named.items())

    def _apply(self, envelope: Envelope, events: tuple[Event, ...] | None, fold: Fold, said: tuple[Event, ...]) -> bool:
        """False where the streams freeze."""
        rows = {stream: self._row(stream) for stream, _ in envelope.streams}
        said_anew = begun_anew(events)
        if events is not None and not any(row.frozen and stream not in said_anew for stream, row in rows.items()):
            try:
                folded = _folded(rows, events, fold, said)
                self.erasing.take(rows, {name: decode_row(row) for name, row in folded.items()}, events, fold)
                self.rows |= folded
                return True
            except UNFOLDABLE:
                pass
        self.rows |= {stream: encode_row(row.revision + 1, row.state, True) for stream, row in rows.items()}
        return False

    def _share(self, envelope: Envelope, shared: bytes) -> None:
        try:
            streams = shared_streams(shared)
        except UnknownEvent:
            streams = ()
        adopted = {region: head.sequence for region, head in sorted(self.adopted.items())}
        _, signed = shared_envelope(envelope, streams=streams, after=self.shared, adopted=adopted)
        self.shared = Head(self.shared.sequence + 1, record_hash(signed))
        self.shared_records.append(self.shared.digest)


def _folded(
    rows: Mapping[str, Row], events: tuple[Event, ...], fold: Fold, said: tuple[Event, ...]
) -> dict[str, bytes]:
    states: dict[str, State | None] = {stream: row.state for stream, row in rows.items()}
    for event in events:
        states[stream_of(event)] = evolve(states[stream_of(event)], event, fold)
    with_history(states, said, fold)
    return {stream: encode_row(row.revision + 1, states[stream], False) for stream, row in rows.items()}
