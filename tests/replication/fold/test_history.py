"""What a partition remembers, against the plain rule carried out record by record: transactions do not show."""

from typing import NamedTuple
from unittest.mock import patch

from hypothesis import example, given
from hypothesis import strategies as st

from replication.fold import history
from replication.fold.buffer import Buffer
from replication.fold.history import COMMAND_AGE_MS, History
from replication.records.position import extend
from replication.state.memory_store import MemoryStore
from replication.state.partition_head import PartitionHead
from replication.state.state_store import COMMANDS, HISTORY, Transaction, partition_prefix

KEPT = 4
PREFIX = partition_prefix(3)
HASH = b"h" * 32


class Record(NamedTuple):
    """`command` is None for one that changes nothing; `ends`: the last of its transaction."""

    time: int
    command: bytes | None
    ends: bool
    expected: int


RECORDS = st.lists(
    st.builds(
        Record,
        st.integers(0, 6).map(lambda times: times * COMMAND_AGE_MS // 2),
        st.none() | st.sampled_from((b"", b"a", b"b", b"c")),
        st.booleans(),
        st.sampled_from((0, 100)),
    ),
    max_size=40,
)


class Plain:
    """The rule as it reads. A command of b"" stands for a change without one."""

    def __init__(self) -> None:
        self.digests: dict[int, bytes] = {}
        self.noted: dict[int, tuple[int, bytes]] = {}
        self.commands: dict[bytes, bytes] = {}
        self.oldest = 1

    def note(self, sequence: int, digest: bytes, log_time: int, record: Record) -> None:
        self.digests[sequence], self.noted[sequence] = digest, (record.time, record.command or b"")
        if record.command:
            self.commands[record.command] = b"%d" % sequence
        for _ in range(2):
            if sequence - self.oldest < KEPT:
                return
            time, command = self.noted[self.oldest]
            if abs(log_time - time) <= COMMAND_AGE_MS:
                return
            self.commands.pop(command, None)
            del self.digests[self.oldest], self.noted[self.oldest]
            self.oldest += 1

    def rows(self) -> tuple[dict[bytes, bytes], dict[bytes, bytes]]:
        kept = {
            PREFIX + sequence.to_bytes(8, "big"): digest + time.to_bytes(8, "big") + command
            for (sequence, digest), (time, command) in zip(self.digests.items(), self.noted.values(), strict=True)
        }
        return kept, {PREFIX + command: answer for command, answer in self.commands.items()}


class Remembering:
    """Transactions over one store, asked at each record for all that can be asked for."""

    def __init__(self) -> None:
        self.store, self.head, self.plain = MemoryStore(), PartitionHead(), Plain()

    def carry_out(self, records: list[Record]) -> None:
        with self.store.write() as transaction:
            buffer = Buffer(transaction)
            remembered = History(buffer, PREFIX, self.head)
            remembered.expect(records[0].expected)
            for record in records:
                self._one(remembered, record)
            remembered.write()
            buffer.flush()
            assert _rows(transaction) == self.plain.rows()

    def _one(self, remembered: History, record: Record) -> None:
        sequence = self.head.head.sequence + 1
        if record.command:
            first = self.plain.commands.get(record.command)
            assert remembered.first_answer(record.command) == first
            if first is not None:
                record = record._replace(command=None)
        self.head.head = extend(self.head.head, HASH)
        if record.command is None:
            remembered.note(record.time)
        else:
            remembered.note_command(record.time, record.command or None, b"%d" % sequence)
        self.plain.note(sequence, self.head.head.digest, self.head.log_time, record)
        if record.ends:
            self.ask(remembered)

    def ask(self, remembered: History) -> None:
        sequences = range(1, self.head.head.sequence + 1)
        assert {number: remembered.digest_at(number) for number in sequences} == {
            number: self.plain.digests.get(number) for number in sequences
        }


def _rows(transaction: Transaction) -> tuple[dict[bytes, bytes], dict[bytes, bytes]]:
    scanned = [dict(transaction.scan(table, PREFIX, PREFIX)) for table in (HISTORY, COMMANDS)]
    return scanned[0], scanned[1]


@given(RECORDS, st.integers(1, 40))
def test_what_is_remembered_does_not_depend_on_transactions(records: list[Record], size: int) -> None:
    remembering = Remembering()
    with patch.object(history, "COMMANDS_KEPT", KEPT):
        for start in range(0, len(records), size):
            remembering.carry_out(records[start : start + size])
    assert remembering.head.oldest == remembering.plain.oldest


@given(RECORDS)
@example([Record(0, b"a", False, 0), *[Record(3 * COMMAND_AGE_MS, None, False, 0)] * 4, Record(0, b"a", False, 0)])
@example([Record(3 * COMMAND_AGE_MS, b"a", False, 0), *[Record(0, None, False, 0)] * 3, Record(0, b"a", False, 0)])
def test_a_command_that_is_forgotten_may_come_again(records: list[Record]) -> None:
    """Without asking first, as a record that adopts: the end of the earlier record's memory is not the later one's."""
    with patch.object(history, "COMMANDS_KEPT", KEPT), MemoryStore().write() as transaction:
        buffer, head, plain = Buffer(transaction), PartitionHead(), Plain()
        remembered = History(buffer, PREFIX, head)
        for sequence, record in enumerate(records, 1):
            head.head = extend(head.head, HASH)
            remembered.note_command(record.time, record.command or None, b"%d" % sequence)
            plain.note(sequence, head.head.digest, head.log_time, record)
        remembered.write()
        buffer.flush()
        assert _rows(transaction) == plain.rows()
