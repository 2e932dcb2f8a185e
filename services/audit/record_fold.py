"""The fold of the region's log once more, for the auditor: which records were applied, and what they tell.

Owns its store, `audit/fold/`, beside the node's state: that one goes on while the audit log is away, and this one must
not. It is made again from the log where it is lost, damaged, another log's or another version's.
"""

import hashlib
import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from replication.derived.entries import derived_entries
from replication.fold.judge import WAITING, Verdict
from replication.fold.materializer import Identity, Materializer
from replication.log.event_log import Entry
from replication.records.own_record import read_own_record
from replication.records.record import Envelope
from replication.sharing.publication import local_log
from replication.state.lmdb_store import LmdbStore
from replication.state.state_store import Reading, StoreDamaged, Transaction
from services.audit.derived_frames import Told
from services.region_node.state.own_state import version

NAME_DIGITS = 16

log = logging.getLogger(__name__)


class RecordFold:
    """Of one log. Errors of all methods: StoreFailed, after which it is opened again."""

    def __init__(self, directory: Path, identity: Identity) -> None:
        self._identity, self._log = identity, local_log(identity.region)
        self._store = _HeldStore(LmdbStore(directory, writer=True))
        self._begin()

    def _begin(self) -> None:
        self._materializer = Materializer(self._store, self._identity, lambda _alarm: None)
        self._positions: dict[int, int] = {}
        self._unsettled: dict[bytes, Envelope] = {}
        """By their hashes, records without a verdict: they wait for others."""

    def position(self, partition: int) -> int:
        if partition not in self._positions:
            self._positions[partition] = self._materializer.position(partition)
        return self._positions[partition]

    def apply(self, partition: int, entries: Sequence[Entry]) -> Sequence[Told]:
        for entry in entries:
            own = read_own_record(entry.record, self._identity.record_key, self._log, partition)
            if own.envelope is not None:
                self._unsettled[own.hash] = own.envelope
        try:
            outcomes = self._materializer.apply(partition, entries)
        except BaseException:
            self.give_up()  # what it wrote in part must not be committed with what follows
            raise
        waits = partition in self._materializer.waiting()
        self._positions[partition] = self._materializer.position(partition) if waits else entries[-1].position + 1
        told = []
        for outcome in outcomes:
            envelope = None if outcome.verdict in WAITING else self._unsettled.pop(outcome.record_hash, None)
            if envelope is not None and outcome.verdict is Verdict.APPLIED and outcome.sequence is not None:
                told.append(Told(outcome.sequence, derived_entries(envelope, outcome.sequence)))
        return told

    def commit(self) -> None:
        self._store.commit()

    def give_up(self) -> None:
        self._store.give_up()
        self._begin()

    def close(self) -> None:
        self._store.give_up()
        self._store.close()


class _HeldStore:
    """A store whose writes are one transaction until they are committed."""

    def __init__(self, store: LmdbStore) -> None:
        self._store = store
        self._open: tuple[ExitStack, Transaction] | None = None

    def read(self) -> Reading:
        return self._store.read()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        if self._open is None:
            stack = ExitStack()
            self._open = stack, stack.enter_context(self._store.write())
        yield self._open[1]

    def commit(self) -> None:
        if self._open is not None:
            stack, _ = self._open
            self._open = None
            stack.close()

    def give_up(self) -> None:
        if self._open is not None:
            stack, _ = self._open
            self._open = None
            try:
                with stack:
                    raise _GivenUp
            except _GivenUp:
                pass

    def build(self) -> None:
        """Every commit is durable."""

    def settle(self) -> None:
        """Every commit is durable."""

    def close(self) -> None:
        self._store.close()


class _GivenUp(Exception):
    """Ends a transaction that is not committed."""


def open_record_fold(directory: Path, identity: Identity, log_identity: str) -> RecordFold:
    """The fold of the log with that identity; those of other logs and versions are removed. Errors: StoreFailed."""
    name = hashlib.sha256(version() + log_identity.encode()).hexdigest()[:NAME_DIGITS]
    for other in directory.glob("*"):
        if other.name != name:
            shutil.rmtree(other)
    try:
        return RecordFold(directory / name, identity)
    except StoreDamaged:
        log.warning("the auditor's fold is damaged; it is made again from the log", exc_info=True)
        shutil.rmtree(directory / name)
        return RecordFold(directory / name, identity)
