"""One transaction of the fold: numbering records and applying those whose conditions hold.

Owns the conditions (expected revisions, command ids seen before, the order of adoptions), the change of the streams,
and what follows from a change: indexes, history, the outbox of the publisher.
"""

from typing import NamedTuple

from replication.adopted import read_adoption
from replication.body import decode_change, shared_streams
from replication.buffer import Buffer
from replication.head import Chain, PartitionHead
from replication.indexes import indexes_of
from replication.judge import Verdict
from replication.position import EMPTY_HEAD, Head, extend
from replication.publication import shared_envelope
from replication.record import READER_VERSION, Envelope, record_hash
from replication.rows import Row, decode_row, encode_row
from replication.state_store import (
    COMMANDS,
    FROZEN_COMMAND,
    HISTORY,
    INDEXES,
    OUTBOX,
    STREAMS,
    numbered_key,
    row_key,
)
from shared.authority import Here, Standing, overreach
from shared.event_codec import UnknownEvent
from shared.events import Event, stream_of
from shared.evolve import State, evolve
from shared.fold import BrokenHistory, Fold
from shared.identifiers import partition_of

LONGEST_KEY = 511
"""Bytes that a key of the state store may have."""
COMMANDS_KEPT = 10_000
COMMAND_AGE_MS = 15 * 60 * 1000
"""A command id is forgotten when it is older than this, by log time, and not among the last `COMMANDS_KEPT` records."""
UNFOLDABLE = (BrokenHistory, KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""How an event fails that its class allows and its history does not."""


class Numbered(NamedTuple):
    verdict: Verdict
    answer: str
    reason: str = ""


_VOID = Numbered(Verdict.VOID, "")
_STILL_FROZEN = Numbered(Verdict.STILL_FROZEN, "")


class Applying:
    """Folds records into `transaction`; `head` is the partition's and changes with every record."""

    def __init__(self, transaction: Buffer, region: str, partitions: int, partition: int, head: PartitionHead) -> None:
        self.transaction = transaction
        self.partition = partition
        self.head = head
        self._region = region
        self._partitions = partitions
        self._here = Here(region, self._keeps, self._state)
        self._prefix = partition.to_bytes(2, "big")

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
        """History for later judgements, and the memory of command ids."""
        sequence, digest = self.head.head
        row = digest + envelope.time.to_bytes(8, "big")
        if outcome.verdict in (Verdict.APPLIED, Verdict.FROZEN):
            self.head.note_time(envelope.time)
            if envelope.command_id is not None:
                answer = FROZEN_COMMAND if outcome.verdict is Verdict.FROZEN else outcome.answer.encode()
                self.transaction.put_new(COMMANDS, self._prefix + envelope.command_id, answer)
                row += envelope.command_id
        self.transaction.put_new(HISTORY, self._prefix + sequence.to_bytes(8, "big"), row)
        if sequence - self.head.oldest >= COMMANDS_KEPT:
            self._forget(sequence)

    def _forget(self, sequence: int) -> None:
        """Drop the oldest history. At most two rows a record: enough to keep up, and a bounded cost."""
        for _ in range(2):
            key = self._prefix + self.head.oldest.to_bytes(8, "big")
            row = self.transaction.get(HISTORY, key)
            if row is not None:
                # A clock that was far ahead must not keep all that came after it for ever.
                if abs(self.head.log_time - int.from_bytes(row[32:40], "big")) <= COMMAND_AGE_MS:
                    return
                if len(row) > 40:
                    self.transaction.delete(COMMANDS, self._prefix + row[40:])
                self.transaction.delete(HISTORY, key)
            self.head.oldest += 1
            if sequence - self.head.oldest < COMMANDS_KEPT:
                return

    def _rows(self, envelope: Envelope) -> dict[str, Row] | None:
        """The rows of the streams that the record names, or None where one has not the expected revision."""
        rows: dict[str, Row] = {}
        for stream, expected in envelope.streams:
            row = decode_row(self.transaction.get(STREAMS, self._prefix + stream.encode()))
            if expected is not None and row.revision != expected:
                return None
            rows[stream] = row
        return rows

    def _change(self, envelope: Envelope) -> Numbered:
        command_id = envelope.command_id
        if command_id is not None:
            first = self.transaction.get(COMMANDS, self._prefix + command_id)
            if first is not None:
                return _STILL_FROZEN if first == FROZEN_COMMAND else Numbered(Verdict.REPEATED, first.decode())
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
        rows = self._rows(envelope)
        is_next = number == self.head.adopted.get(origin, EMPTY_HEAD).sequence + 1
        if rows is None or not is_next or not self._causes_adopted(envelope.adopted or {}):
            return _VOID
        self.head.adopted[origin] = Head(number, hash_)
        adopted = read_adoption(envelope)
        if refusal := self._overreach(origin, rows, adopted.events):
            return Numbered(Verdict.OVERREACH, "", refusal)
        return self._put(
            rows, adopted.events, Fold(self._region, adopted.time, origin, adopted.rewrapped), adopted.reason
        )

    def _overreach(self, origin: str, rows: dict[str, Row], events: tuple[Event, ...] | None) -> str:
        """Why the record changes nothing, or "". What cannot be judged is refused, and stops nobody.

        Whose a frozen stream is cannot be known: naming it freezes the others of the record too.
        """
        known = {stream: Standing(row.state, row.revision > 0) for stream, row in rows.items() if not row.frozen}
        try:
            return overreach(origin, self._here, known, events if len(known) == len(rows) else None)
        except UNFOLDABLE as error:
            return f"it cannot be judged: {type(error).__name__}: {error}"

    def _keeps(self, account: str) -> bool:
        return partition_of(account, self._partitions) == self.partition

    def _state(self, stream: str) -> State | None:
        return decode_row(self.transaction.get(STREAMS, self._prefix + stream.encode())).state

    def _causes_adopted(self, named: dict[str, int]) -> bool:
        return all(self._has(region, number) for region, number in named.items())

    def _has(self, region: str, number: int) -> bool:
        own = self.head.shared if region == self._region else self.head.adopted.get(region, EMPTY_HEAD)
        return number <= own.sequence

    def _put(
        self, rows: dict[str, Row], events: tuple[Event, ...] | None, fold: Fold, reason: str, answer: str = ""
    ) -> Numbered:
        """Write the rows, one revision on. Streams of a body that cannot be read, or does not fold, freeze."""
        if events is None or any(row.frozen for row in rows.values()):
            return self._freeze(rows, reason or "it names a frozen stream")
        try:
            states = _evolved(rows, events, fold)
            encoded = {stream: encode_row(row.revision + 1, states[stream], False) for stream, row in rows.items()}
            indexes = self._indexes(rows, states)
        except UNFOLDABLE as error:
            # Nothing is written yet: what does not fold, or has no encoding, changes no state at all.
            return self._freeze(rows, f"it does not fold: {type(error).__name__}: {error}")
        for stream, row in encoded.items():
            self.transaction.put(STREAMS, self._prefix + stream.encode(), row)
        for key, value in indexes:
            if value is None:
                self.transaction.delete(INDEXES, key)
            else:
                self.transaction.put(INDEXES, key, value)
        return Numbered(Verdict.APPLIED, answer)

    def _freeze(self, rows: dict[str, Row], reason: str) -> Numbered:
        for stream, row in rows.items():
            self.transaction.put(STREAMS, self._prefix + stream.encode(), encode_row(row.revision + 1, row.state, True))
        return Numbered(Verdict.FROZEN, "", reason)

    def _indexes(self, rows: dict[str, Row], states: dict[str, State | None]) -> list[tuple[bytes, bytes | None]]:
        """The index rows that follow from the change; None for one that goes. Errors: ValueError for a key too long."""
        changes: list[tuple[bytes, bytes | None]] = []
        for stream, row in rows.items():
            state = states[stream]
            before, after = indexes_of(row.state, self._region), indexes_of(state, self._region)
            if before != after:
                changes += [(row_key(self.partition, name), None) for name in before - after]
                changes += [(row_key(self.partition, name), b"") for name in after - before]
        if any(len(key) > LONGEST_KEY for key, _ in changes):
            raise ValueError("an index name is too long")
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
        self.transaction.put(OUTBOX, numbered_key(self.partition, self.head.shared.sequence), signed)


def _evolved(rows: dict[str, Row], events: tuple[Event, ...], fold: Fold) -> dict[str, State | None]:
    states = {stream: row.state for stream, row in rows.items()}
    for event in events:
        stream = stream_of(event)
        states[stream] = evolve(states[stream], event, fold)
    return states
