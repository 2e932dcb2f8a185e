"""One transaction of the fold: numbering records and applying those whose conditions hold.

Owns the conditions (expected revisions, command ids seen before, the order of adoptions), the change of the streams,
and the outbox of the publisher that follows from a change.
"""

from typing import TypeAlias

import msgspec

from replication.fold.buffer import Buffer
from replication.fold.erasing import Erasing
from replication.fold.history import History
from replication.fold.homecoming import as_come_home, next_lost
from replication.fold.judge import Verdict
from replication.fold.key_history import adoption_fold, change_fold, homecoming_fold, shared_events, with_history
from replication.records.adopted import read_adoption
from replication.records.body import decode_change, shared_streams
from replication.records.position import EMPTY_HEAD, Head, extend
from replication.records.record import READER_VERSION, Envelope, record_hash
from replication.sharing.publication import shared_envelope
from replication.state.indexes import index_changes
from replication.state.partition_head import PartitionHead
from replication.state.rows import NO_ROW, Row, decode_row, encode_row
from replication.state.state_store import (
    FROZEN_COMMAND,
    INDEXES,
    OUTBOX,
    STREAMS,
    numbered_key,
    partition_prefix,
)
from shared.authority import overreach
from shared.event_codec import LaterEvent, UnknownEvent
from shared.events import Event, stream_of
from shared.evolve import State, evolve
from shared.fold import BrokenHistory, Fold
from shared.here import Here, Standing
from shared.identifiers import partition_of
from shared.identity.restating import begun_anew

UNFOLDABLE = (BrokenHistory, KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""How an event fails that its class allows and its history does not."""


class Numbered(msgspec.Struct, frozen=True, gc=False):
    verdict: Verdict
    answer: str
    reason: str = ""


_Changes: TypeAlias = list[tuple[bytes, bytes | None]]
_VOID = Numbered(Verdict.VOID, "")
_STILL_FROZEN = Numbered(Verdict.STILL_FROZEN, "")


class Applying:
    """Folds records into `buffer`; `head` is the partition's and changes with every record."""

    def __init__(self, buffer: Buffer, region: str, partitions: int, partition: int, head: PartitionHead) -> None:
        self.partition = partition
        self.head = head
        self.later = ""
        """Why a record of the region's own log is of a later version than this program; "" where none is."""
        self._region = region
        self._partitions = partitions
        self._prefix = partition_prefix(partition)
        self.history = History(buffer, self._prefix, head)
        self._erasing = Erasing(buffer, region, self._prefix)
        self._streams, self._indexes, self._outbox = map(buffer.rows, (STREAMS, INDEXES, OUTBOX))

    def number(self, envelope: Envelope, opening: bool, hash_: bytes) -> Numbered:
        """Give an authentic record that is next in its chain its sequence, and apply it if its conditions hold."""
        self.head.extend_chain(envelope, hash_)
        if envelope.least_reader > READER_VERSION:
            self.later = f"it needs a reader of version {envelope.least_reader}"
        if opening:
            outcome = Numbered(Verdict.OPENING, "")
        elif envelope.origin is not None:
            outcome = self._adoption(envelope)
        else:
            outcome = self._change(envelope)
        self.head.head = extend(self.head.head, hash_)
        self._note(envelope, outcome)
        return outcome

    def _note(self, envelope: Envelope, outcome: Numbered) -> None:
        if outcome.verdict is Verdict.APPLIED:
            self.history.note_command(envelope.time, envelope.command_id, outcome.answer.encode())
        elif outcome.verdict is Verdict.FROZEN:
            self.history.note_command(envelope.time, envelope.command_id, FROZEN_COMMAND)
        else:
            self.history.note(envelope.time)

    def _rows(self, envelope: Envelope) -> dict[str, Row] | None:
        """The rows of the streams that the record names, or None where one has not the expected revision."""
        rows: dict[str, Row] = {}
        for stream, expected in envelope.streams:
            encoded = self._streams[self._prefix + stream.encode()]
            row = NO_ROW if encoded is None else decode_row(encoded)  # a rebuild asks for millions that are not there
            if expected is not None and row.revision != expected:
                return None
            rows[stream] = row
        return rows

    def _change(self, envelope: Envelope) -> Numbered:
        if envelope.command_id is not None:
            first = self.history.first_answer(envelope.command_id)
            if first is not None:
                return _STILL_FROZEN if first == FROZEN_COMMAND else Numbered(Verdict.REPEATED, first.decode())
        rows = self._rows(envelope)
        if rows is None or self._erasing.is_stale(envelope):
            self._erasing.void(envelope)
            return _VOID
        answer, events, reason = "", None, ""
        try:
            if envelope.least_reader > READER_VERSION:
                raise LaterEvent(f"it needs a reader of version {envelope.least_reader}")
            change = decode_change(envelope.body or b"")
            answer, events = change.answer, change.events
        except UnknownEvent as error:
            reason = str(error)
            self.later = self.later or (reason if isinstance(error, LaterEvent) else "")
        fold = change_fold(self._region, envelope, self.head)
        if envelope.shared is None:
            return self._put(rows, events, fold, reason, answer)
        outcome = self._put(
            rows, events, fold, reason, answer, shared_events(envelope, [row.state for row in rows.values()])
        )
        self._publish(envelope)
        return outcome

    def _adoption(self, envelope: Envelope) -> Numbered:
        """Applies iff it is the next of its origin and all that its origin had adopted is adopted here too."""
        if envelope.origin is None:
            raise AssertionError("only adoptions come here")
        origin, number, hash_ = envelope.origin
        if origin == self._region:
            return self._homecoming(envelope)
        rows = self._rows(envelope)
        is_next = number == self.head.adopted.get(origin, EMPTY_HEAD).sequence + 1
        if rows is None or not is_next or not self._causes_adopted(envelope.adopted or {}):
            return _VOID
        if self._erasing.is_stale(envelope):
            return _VOID
        self.head.adopted[origin] = Head(number, hash_)
        self.head.known[origin] = envelope.adopted or {}
        adopted = read_adoption(envelope)
        fold = adoption_fold(self._region, envelope, adopted.time, adopted.rewrapped, self.head)
        if refusal := self._overreach(fold, rows, adopted.events):
            return Numbered(Verdict.OVERREACH, "", refusal)
        return self._put(rows, adopted.events, fold, adopted.reason, said=adopted.events or ())

    def _homecoming(self, envelope: Envelope) -> Numbered:
        """A record of the region's own that was lost here: it is taken up, and published again, as it was."""
        rows, signed = self._rows(envelope), next_lost(envelope, self.head.shared)
        if rows is None or signed is None or not self._causes_adopted(envelope.adopted or {}):
            return _VOID
        lost = read_adoption(envelope)
        fold = homecoming_fold(self._region, envelope, lost.time, self.head)
        self.head.shared = Head(self.head.shared.sequence + 1, record_hash(signed))
        self._outbox[numbered_key(self.partition, self.head.shared.sequence)] = signed
        return self._put(rows, as_come_home(lost.events), fold, lost.reason, said=lost.events or ())

    def _overreach(self, fold: Fold, rows: dict[str, Row], events: tuple[Event, ...] | None) -> str:
        """Why the record changes nothing, or "". What cannot be judged is refused, and stops nobody.

        Whose a frozen stream is cannot be known: naming it freezes the others of the record too.
        """
        # Made here: kept, it would tie a transaction's rows into a cycle, and only the collector would free them.
        here = Here(self._region, self._keeps, self._state, fold.key_epoch, fold.number, fold.adopted)
        anew = begun_anew(events) if any(row.frozen for row in rows.values()) else frozenset()
        judged = {stream: row for stream, row in rows.items() if not row.frozen or stream in anew}
        known = {stream: Standing(row.state, row.revision > 0) for stream, row in judged.items()}
        try:
            return overreach(fold.author, here, known, events if len(known) == len(rows) else None)
        except UNFOLDABLE as error:
            return f"it cannot be judged: {type(error).__name__}: {error}"

    def _keeps(self, account: str) -> bool:
        return partition_of(account, self._partitions) == self.partition

    def _state(self, stream: str) -> State | None:
        return decode_row(self._streams[self._prefix + stream.encode()]).state

    def _causes_adopted(self, named: dict[str, int]) -> bool:
        return all(self._has(region, number) for region, number in named.items())

    def _has(self, region: str, number: int) -> bool:
        own = self.head.shared if region == self._region else self.head.adopted.get(region, EMPTY_HEAD)
        return number <= own.sequence

    def _put(
        self,
        rows: dict[str, Row],
        events: tuple[Event, ...] | None,
        fold: Fold,
        reason: str,
        answer: str = "",
        said: tuple[Event, ...] = (),
    ) -> Numbered:
        """Write the rows, one revision on. Streams of a body that cannot be read, or does not fold, freeze.

        `said`: the events in the form that all regions get.
        """
        if events is None:
            return self._freeze(rows, reason)
        anew = begun_anew(events) if any(row.frozen for row in rows.values()) else frozenset()
        for stream, row in rows.items():
            if row.frozen and stream not in anew:
                return self._freeze(rows, "it names a frozen stream")
        try:
            states = _evolved(rows, events, fold)
            if said:
                with_history(states, said, fold)
            changed, indexed = self._changed(rows, states)
        except UNFOLDABLE as error:
            # Nothing is put yet: what does not fold, or has no encoding, changes no state at all.
            return self._freeze(rows, f"it does not fold: {type(error).__name__}: {error}")
        self._erasing.applied(rows, states, events, fold)
        self._streams.update(changed)
        for key, value in indexed:
            if self._indexes[key] != value:
                self._indexes[key] = value
        return Numbered(Verdict.APPLIED, answer)

    def _freeze(self, rows: dict[str, Row], reason: str) -> Numbered:
        for stream, row in rows.items():
            self._streams[self._prefix + stream.encode()] = encode_row(row.revision + 1, row.state, True)
        return Numbered(Verdict.FROZEN, "", reason)

    def _changed(self, rows: dict[str, Row], states: dict[str, State | None]) -> tuple[_Changes, _Changes]:
        """The rows of the streams after the change, and those of the indexes that follow; None for one that goes.

        Errors: ValueError for a name too long.
        """
        changed: _Changes = []
        indexed: _Changes = []
        for stream, row in rows.items():  # a loop: each comprehension would be one more call a record
            state = states[stream]
            changed.append((self._prefix + stream.encode(), encode_row(row.revision + 1, state, False)))
            indexed += index_changes(self.partition, self._region, row.state, state)
        return changed, indexed

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
    states: dict[str, State | None] = {}
    for stream, row in rows.items():
        states[stream] = row.state
    for event in events:
        stream = stream_of(event)
        states[stream] = evolve(states[stream], event, fold)
    return states
