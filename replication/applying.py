"""One transaction of the fold: numbering records and applying those whose conditions hold.

Owns the conditions (expected revisions, command ids seen before, the order of adoptions), the change of the streams,
and the outbox of the publisher that follows from a change.
"""

from collections.abc import Mapping
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from replication.body import decode_adoption, decode_change, decode_shared, shared_streams
from replication.buffer import Buffer, Rows
from replication.head import Chain, PartitionHead
from replication.history import History
from replication.indexes import index_changes
from replication.judge import Verdict
from replication.position import EMPTY_HEAD, Head, extend
from replication.publication import shared_envelope
from replication.record import READER_VERSION, Envelope, NotARecord, decode_envelope, decode_record, record_hash
from replication.rows import Row, decode_row, encode_row
from replication.state_store import INDEXES, OUTBOX, STREAMS, numbered_key, partition_prefix
from shared.authority import overreach
from shared.event_codec import UnknownEvent
from shared.events import Event, stream_of
from shared.evolve import State, evolve
from shared.fold import BrokenHistory, Fold

_Change: TypeAlias = tuple[Rows, bytes, bytes | None]
"""A row to be put: its table, key and value; None for one that goes."""


class Numbered(NamedTuple):
    verdict: Verdict
    answer: str
    reason: str = ""


_VOID = Numbered(Verdict.VOID, "")
_REMEMBERED = frozenset((Verdict.APPLIED, Verdict.FROZEN))
"""A command with such a verdict is not carried out again."""
_is_frozen = attrgetter("frozen")


class Applying:
    """Folds records into `buffer`; `head` is the partition's and changes with every record."""

    def __init__(self, buffer: Buffer, region: str, partition: int, head: PartitionHead) -> None:
        self.partition = partition
        self.head = head
        self._region = region
        self._prefix = partition_prefix(partition)
        self.history = History(buffer, self._prefix, head)
        self._streams, self._indexes, self._outbox = map(buffer.rows, (STREAMS, INDEXES, OUTBOX))

    def number(self, envelope: Envelope, opening: bool, hash_: bytes) -> Numbered:
        """Give an authentic record that is next in its chain its sequence, and apply it if its conditions hold."""
        self._extend_chain(envelope, hash_)
        if opening:
            outcome = Numbered(Verdict.OPENING, "")
        elif envelope.origin is not None:
            outcome = self._adoption(envelope)
        else:
            outcome = self._change(envelope)
        self.head.head = extend(self.head.head, hash_)
        self._note(envelope, outcome)
        return outcome

    def _extend_chain(self, envelope: Envelope, hash_: bytes) -> None:
        node, incarnation = envelope.author.node, envelope.author.incarnation
        if node is None or incarnation is None:
            raise AssertionError("judged records name their node")
        seen = Head(envelope.seen_sequence, envelope.seen_digest)
        self.head.chains[node] = Chain(incarnation, envelope.sequence + 1, hash_, seen)

    def _note(self, envelope: Envelope, outcome: Numbered) -> None:
        if outcome.verdict in _REMEMBERED:
            self.history.note_applied(envelope.time, envelope.command_id, outcome.answer)
        else:
            self.history.note(envelope.time)

    def _rows(self, envelope: Envelope) -> dict[str, Row] | None:
        """The rows of the streams that the record names, or None where one has not the expected revision."""
        rows: dict[str, Row] = {}
        for stream, expected in envelope.streams:
            row = decode_row(self._streams[self._prefix + stream.encode()])
            if expected is not None and row.revision != expected:
                return None
            rows[stream] = row
        return rows

    def _change(self, envelope: Envelope) -> Numbered:
        if envelope.command_id is not None:
            first = self.history.first_answer(envelope.command_id)
            if first is not None:
                return Numbered(Verdict.REPEATED, first)
        rows = self._rows(envelope)
        if rows is None:
            return _VOID
        answer, events, reason = "", None, ""
        try:
            if envelope.least_reader > READER_VERSION:
                raise UnknownEvent(f"it needs a reader of version {envelope.least_reader}")
            answer, events = decode_change(envelope.body or b"")
        except UnknownEvent as error:
            reason = str(error)
        outcome = self._put(rows, events, Fold(self._region, envelope.time), reason, answer)
        if envelope.shared is not None:
            self._publish(envelope)
        return outcome

    def _adoption(self, envelope: Envelope) -> Numbered:
        """Applies iff it is the next of its origin and all that its origin had adopted is adopted here too."""
        if envelope.origin is None:
            raise AssertionError("only adoptions come here")
        origin, number, hash_ = envelope.origin
        if number != self.head.adopted.get(origin, EMPTY_HEAD).sequence + 1:
            return _VOID
        if not self._causes_adopted(envelope.adopted or {}):
            return _VOID
        rows = self._rows(envelope)
        if rows is None:
            return _VOID
        self.head.adopted[origin] = Head(number, hash_)
        events: tuple[Event, ...] | None = None
        rewrapped: Mapping[str, bytes] = {}
        # Everywhere the same time, that of the region where it happened: shared state must be equal in all regions.
        time, reason = envelope.time, ""
        try:
            shared_record, rewrapped = decode_adoption(envelope.body or b"")
            shared = decode_envelope(decode_record(shared_record).signed)
            time = shared.time
            least_reader = max(envelope.least_reader, shared.least_reader)
            if least_reader > READER_VERSION:
                raise UnknownEvent(f"it needs a reader of version {least_reader}")
            events = decode_shared(shared.shared or b"")
        except (UnknownEvent, NotARecord) as error:
            reason = str(error)
        if refusal := overreach(origin, {name: row.state for name, row in rows.items()}, events, self._state):
            return Numbered(Verdict.VOID, "", refusal)
        fold = Fold(self._region, time, origin, rewrapped)
        return self._put(rows, events, fold, reason)

    def _state(self, stream: str) -> State | None:
        return decode_row(self._streams[self._prefix + stream.encode()]).state

    def _causes_adopted(self, named: dict[str, int]) -> bool:
        return all(self._has(region, number) for region, number in named.items())

    def _has(self, region: str, number: int) -> bool:
        own = self.head.shared if region == self._region else self.head.adopted.get(region, EMPTY_HEAD)
        return number <= own.sequence

    def _put(
        self, rows: dict[str, Row], events: tuple[Event, ...] | None, fold: Fold, reason: str, answer: str = ""
    ) -> Numbered:
        """Write the rows, one revision on. Streams of a body that cannot be read, or does not fold, freeze."""
        if events is None or any(map(_is_frozen, rows.values())):
            return self._freeze(rows, reason or "it names a frozen stream", answer)
        try:
            changes = self._changes(rows, _evolved(rows, events, fold))
        except (BrokenHistory, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            # Nothing is put yet: what does not fold, or has no encoding, changes no state at all.
            return self._freeze(rows, f"it does not fold: {type(error).__name__}: {error}", answer)
        for table, key, value in changes:
            if table[key] != value:
                table[key] = value
        return Numbered(Verdict.APPLIED, answer)

    def _freeze(self, rows: dict[str, Row], reason: str, answer: str) -> Numbered:
        for stream, row in rows.items():
            self._streams[self._prefix + stream.encode()] = encode_row(row.revision + 1, row.state, True)
        return Numbered(Verdict.FROZEN, answer, reason)

    def _changes(self, rows: dict[str, Row], states: dict[str, State | None]) -> list[_Change]:
        """The rows that follow from the change, those of the indexes too. Errors: ValueError for a key too long."""
        changes: list[_Change] = []
        for stream, row in rows.items():
            state = states[stream]
            encoded = encode_row(row.revision + 1, state, False)
            changes.append((self._streams, self._prefix + stream.encode(), encoded))
            for key, value in index_changes(self.partition, self._region, row.state, state):
                changes.append((self._indexes, key, value))
        return changes

    def _publish(self, envelope: Envelope) -> None:
        """What peers get follows from the fold, so it is built here and signed by the publisher."""
        try:
            streams = shared_streams(envelope.shared or b"")
        except UnknownEvent:
            streams = ()
        _, signed = shared_envelope(
            envelope, streams=streams, after=self.head.shared, adopted=self.head.adopted_numbers()
        )
        self.head.shared = Head(self.head.shared.sequence + 1, record_hash(signed))
        self._outbox[numbered_key(self.partition, self.head.shared.sequence)] = signed


def _evolved(rows: dict[str, Row], events: tuple[Event, ...], fold: Fold) -> dict[str, State | None]:
    states = {stream: row.state for stream, row in rows.items()}
    for event in events:
        stream = stream_of(event)
        states[stream] = evolve(states[stream], event, fold)
    return states
