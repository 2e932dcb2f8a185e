"""What a partition remembers of its last records: running hashes, author times and command ids.

Owns the HISTORY and COMMANDS rows and the rule by which they are forgotten: both are kept for `COMMANDS_KEPT` records
and `COMMAND_AGE_MS` of log time.
"""

from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from replication.fold.buffer import Buffer
from replication.state.partition_head import PartitionHead
from replication.state.state_store import COMMANDS, HISTORY, PREFIX_BYTES, Snapshot, numbered_key

COMMANDS_KEPT = 10_000
COMMAND_AGE_MS = 15 * 60 * 1000
"""A command id is forgotten when it is older than this, by log time, and not among the last `COMMANDS_KEPT` records."""
FORGOTTEN_MOST = 2
"""Records forgotten for each that comes: enough to keep up, and a bounded cost."""
_DIGEST, _TIME = slice(0, 32), slice(32, 40)
_COMMAND_ID = slice(40, None)
_NO_COMMAND = b""

_Past: TypeAlias = tuple[bytes | None, int | None, bytes]
"""Running hash, author's time and key in COMMANDS of a record. A tuple, because the fold makes millions."""


class History:
    """The memory of one partition, while a transaction folds. `head` says how far it reaches.

    What the transaction adds becomes rows with `write`, its last step: most of a rebuild's is forgotten before. What is
    forgotten is found out only when it matters: at a hit, at a question for a hash, and at the end.
    """

    def __init__(self, buffer: Buffer, prefix: bytes, head: PartitionHead) -> None:
        self._buffer = buffer
        self._get = buffer.getter(HISTORY)
        self._commands = buffer.rows(COMMANDS)
        self._look: Callable[[bytes], bytes | None] = self._commands.__getitem__
        """Whether a command is remembered; once all are read, what is not there need not be asked for."""
        self._prefix = prefix
        self._head = head
        self._added: deque[_Past] = deque()
        self._first_added = head.head.sequence + 1
        self._log_times: list[int] = []
        """Log time as of each of the last records, for which nothing has been forgotten yet."""
        self._gone: list[bytes] = []
        """The rows of the store that are forgotten."""

    def expect(self, records: int) -> None:
        """So many records are to come: where that is more than are remembered, all commands are read at once."""
        if records > self._head.head.sequence - self._head.oldest:
            self._buffer.load(COMMANDS, self._prefix)
            self._look = self._commands.get

    def digest_at(self, sequence: int) -> bytes | None:
        """The running hash at an earlier sequence; None once it is forgotten."""
        self._forget()
        return None if sequence < self._head.oldest else self._past(sequence)[0]

    def first_answer(self, command_id: bytes) -> bytes | None:
        """What the command answered when it was applied, or `FROZEN_COMMAND`; None for one that is not remembered."""
        command = self._prefix + command_id
        if self._look(command) is None:
            return None
        self._forget()
        return self._commands[command]

    def note(self, time: int) -> None:
        """Remember the record at the head."""
        self._add(time, _NO_COMMAND)

    def note_command(self, time: int, command_id: bytes | None, answer: bytes) -> None:
        """Remember the record at the head, which changed rows: it moves log time, and its command is not repeated."""
        self._head.note_time(time)
        command = _NO_COMMAND
        if command_id is not None:
            command = self._prefix + command_id
            if self._look(command) is not None:
                self._forget()  # else the end of an earlier record's memory, found out later, would be this one's
            self._commands[command] = answer
        self._add(time, command)

    def write(self) -> None:
        """Make rows of what was added and is still remembered."""
        self._forget()
        rows = [(self._key(sequence), _row(past)) for sequence, past in enumerate(self._added, self._first_added)]
        self._buffer.write(HISTORY, self._gone, rows)

    def _key(self, sequence: int) -> bytes:
        return self._prefix + sequence.to_bytes(8, "big")

    def _add(self, time: int, command: bytes) -> None:
        self._added.append((self._head.head.digest, time, command))
        self._log_times.append(self._head.log_time)

    def _past(self, sequence: int) -> _Past:
        if sequence >= self._first_added:
            return self._added[sequence - self._first_added]
        row = self._get(self._key(sequence))
        if row is None:
            return None, None, _NO_COMMAND
        command_id = row[_COMMAND_ID]
        command = self._prefix + command_id if command_id else _NO_COMMAND
        return row[_DIGEST], int.from_bytes(row[_TIME], "big"), command

    def _forget(self) -> None:
        """Drop the history that the added records have made old, as if it had been done with each of them."""
        since = self._first_added + len(self._added) - len(self._log_times)
        head = self._head
        for last, log_time in enumerate(self._log_times, since - COMMANDS_KEPT):
            oldest = head.oldest
            for sequence in range(oldest, min(oldest + FORGOTTEN_MOST, last + 1)):
                _, time, command = self._past(sequence)
                # A clock that was far ahead must not keep all that came after it for ever.
                if time is not None and abs(log_time - time) <= COMMAND_AGE_MS:
                    break
                self._drop(sequence, command)
        self._log_times.clear()

    def _drop(self, sequence: int, command: bytes) -> None:
        if command:
            self._commands.drop(command)
        if sequence == self._first_added:
            self._added.popleft()
            self._first_added += 1
        else:
            self._gone.append(self._key(sequence))
        self._head.oldest = sequence + 1


def _row(past: _Past) -> bytes:
    digest, time, command = past
    if digest is None or time is None:
        raise AssertionError("what is added has a hash and a time")
    return digest + time.to_bytes(8, "big") + command[PREFIX_BYTES:]


def history_digest(snapshot: Snapshot, partition: int, sequence: int) -> bytes | None:
    """The running hash at an earlier sequence, as a committed state has it; None once it is forgotten."""
    row = snapshot.get(HISTORY, numbered_key(partition, sequence))
    return None if row is None else row[_DIGEST]
