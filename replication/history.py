"""What a partition remembers of its last records: running hashes, author times and command ids.

Owns the HISTORY and COMMANDS rows and the rule by which they are forgotten: both are kept for `COMMANDS_KEPT` records
and `COMMAND_AGE_MS` of log time.
"""

from replication.buffer import Buffer
from replication.head import PartitionHead
from replication.state_store import COMMANDS, HISTORY, Snapshot, numbered_key

COMMANDS_KEPT = 10_000
COMMAND_AGE_MS = 15 * 60 * 1000
"""A command id is forgotten when it is older than this, by log time, and not among the last `COMMANDS_KEPT` records."""
_DIGEST, _TIME = slice(0, 32), slice(32, 40)
_COMMAND_ID = slice(40, None)


class History:
    """The memory of one partition, while a transaction folds. `head` says how far it reaches."""

    def __init__(self, buffer: Buffer, prefix: bytes, head: PartitionHead) -> None:
        self._rows = buffer.rows(HISTORY)
        self._commands = buffer.rows(COMMANDS)
        self._prefix = prefix
        self._head = head

    def digest_at(self, sequence: int) -> bytes | None:
        """The running hash at an earlier sequence; None once it is forgotten."""
        row = self._rows[self._prefix + sequence.to_bytes(8, "big")]
        return None if row is None else row[_DIGEST]

    def first_answer(self, command_id: bytes) -> bytes | None:
        """What the command answered when it was applied, or `FROZEN_COMMAND`; None for one that is not remembered."""
        return self._commands[self._prefix + command_id]

    def note(self, time: int) -> None:
        """Remember the record at the head."""
        self._append(time, b"")

    def note_command(self, time: int, command_id: bytes | None, answer: bytes) -> None:
        """Remember the record at the head, which changed rows: it moves log time, and its command is not repeated."""
        self._head.note_time(time)
        if command_id is not None:
            self._commands[self._prefix + command_id] = answer
        self._append(time, command_id or b"")

    def _append(self, time: int, command_id: bytes) -> None:
        head = self._head.head
        row = head.digest + time.to_bytes(8, "big") + command_id
        self._rows[self._prefix + head.sequence.to_bytes(8, "big")] = row
        if head.sequence - self._head.oldest >= COMMANDS_KEPT:
            self._forget(head.sequence)

    def _forget(self, sequence: int) -> None:
        """Drop the oldest history. At most two rows a record: enough to keep up, and a bounded cost."""
        log_time, first = self._head.log_time, self._head.oldest
        for oldest in range(first, min(first + 2, sequence - COMMANDS_KEPT + 1)):
            key = self._prefix + oldest.to_bytes(8, "big")
            row = self._rows[key]
            if row is not None:
                # A clock that was far ahead must not keep all that came after it for ever.
                if abs(log_time - int.from_bytes(row[_TIME], "big")) <= COMMAND_AGE_MS:
                    return
                if command_id := row[_COMMAND_ID]:
                    self._commands.drop(self._prefix + command_id)
                self._rows.drop(key)
            self._head.oldest = oldest + 1


def history_digest(snapshot: Snapshot, partition: int, sequence: int) -> bytes | None:
    """The running hash at an earlier sequence, as a committed state has it; None once it is forgotten."""
    row = snapshot.get(HISTORY, numbered_key(partition, sequence))
    return None if row is None else row[_DIGEST]
