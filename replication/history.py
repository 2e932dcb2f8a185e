"""What a partition remembers of its last records: running hashes, author times and command ids.

Owns the HISTORY and COMMANDS rows and the rule by which they are forgotten: both are kept for `COMMANDS_KEPT` records
and `COMMAND_AGE_MS` of log time.
"""

from collections import deque

from replication.buffer import Buffer
from replication.head import PartitionHead
from replication.state_store import COMMANDS, HISTORY, PREFIX_BYTES

COMMANDS_KEPT = 10_000
COMMAND_AGE_MS = 15 * 60 * 1000
"""A command id is forgotten when it is older than this, by log time, and not among the last `COMMANDS_KEPT` records."""
_DIGEST, _TIME = slice(0, 32), slice(32, 40)
_COMMAND_ID = slice(40, None)
_NO_COMMAND = b""


class History:
    """The memory of one partition, while a transaction folds. `head` says how far it reaches.

    What the transaction adds becomes rows with `write`, its last step: most of a rebuild's is forgotten before.
    """

    def __init__(self, buffer: Buffer, prefix: bytes, head: PartitionHead) -> None:
        self._buffer = buffer
        self._get = buffer.getter(HISTORY)
        self._commands = buffer.rows(COMMANDS)
        self._prefix = prefix
        self._head = head
        self._added: deque[tuple[bytes, int, bytes]] = deque()
        """Running hash, author's time and key in COMMANDS of the records added and kept, up to the one at the head."""
        self._gone: list[bytes] = []
        """The rows of the store that are forgotten."""

    def digest_at(self, sequence: int) -> bytes | None:
        """The running hash at an earlier sequence; None once it is forgotten."""
        back = self._head.head.sequence - sequence
        if back < len(self._added):
            return self._added[-1 - back][0]
        return self._stored(sequence)[0]

    def first_answer(self, command_id: bytes) -> bytes | None:
        """What the command answered when it was applied, or `FROZEN_COMMAND`; None for one that is not remembered."""
        return self._commands[self._prefix + command_id]

    def note(self, time: int) -> None:
        """Remember the record at the head."""
        self._add(time, _NO_COMMAND)

    def note_command(self, time: int, command_id: bytes | None, answer: bytes) -> None:
        """Remember the record at the head, which changed rows: it moves log time, and its command is not repeated."""
        self._head.note_time(time)
        if command_id is None:
            return self._add(time, _NO_COMMAND)
        command = self._prefix + command_id
        self._commands[command] = answer
        self._add(time, command)

    def write(self) -> None:
        """Make rows of what was added and is still remembered."""
        first = self._head.head.sequence - len(self._added) + 1
        rows = [
            (self._key(sequence), digest + time.to_bytes(8, "big") + command[PREFIX_BYTES:])
            for sequence, (digest, time, command) in enumerate(self._added, first)
        ]
        self._buffer.write(HISTORY, self._gone, rows)

    def _key(self, sequence: int) -> bytes:
        return self._prefix + sequence.to_bytes(8, "big")

    def _add(self, time: int, command: bytes) -> None:
        head = self._head.head
        self._added.append((head.digest, time, command))
        if head.sequence - self._head.oldest >= COMMANDS_KEPT:
            self._forget(head.sequence)

    def _forget(self, sequence: int) -> None:
        """Drop the oldest history. At most two records' a record: enough to keep up, and a bounded cost."""
        log_time, first = self._head.log_time, self._head.oldest
        for oldest in range(first, min(first + 2, sequence - COMMANDS_KEPT + 1)):
            is_added = oldest > sequence - len(self._added)
            _, time, command = self._added[0] if is_added else self._stored(oldest)
            # A clock that was far ahead must not keep all that came after it for ever.
            if time is not None and abs(log_time - time) <= COMMAND_AGE_MS:
                return
            if command:
                self._commands.drop(command)
            if is_added:
                self._added.popleft()
            else:
                self._gone.append(self._key(oldest))
            self._head.oldest = oldest + 1

    def _stored(self, sequence: int) -> tuple[bytes | None, int | None, bytes]:
        """What the store has of a record; no hash and no time where that is nothing."""
        row = self._get(self._key(sequence))
        if row is None:
            return None, None, _NO_COMMAND
        command_id = row[_COMMAND_ID]
        command = self._prefix + command_id if command_id else _NO_COMMAND
        return row[_DIGEST], int.from_bytes(row[_TIME], "big"), command
