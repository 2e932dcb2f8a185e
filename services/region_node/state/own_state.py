"""Whether the state was built by this version of the program. Owns the note of which version has built it."""

import logging

from replication.records.record import READER_VERSION
from replication.state.lmdb_store import LmdbStore
from replication.state.rows import STATE_VERSION
from replication.state.state_store import ADAPTER
from shared.events import EVENTS

log = logging.getLogger(__name__)

BUILT_BY = b"built by"


def version() -> bytes:
    """What decides how a log is folded.

    What an earlier program could not read is frozen in its state: one that knows more events reads the log again.
    """
    return f"state {STATE_VERSION}, reader {READER_VERSION}, events {len(EVENTS)}".encode()


def require_own_state(store: LmdbStore) -> None:
    """A state that another version has built is dropped: the log gives it again, in this version's form."""
    built_here = version()
    with store.read() as snapshot:
        built_by = snapshot.get(ADAPTER, BUILT_BY)
    if built_by == built_here:
        return
    if built_by is not None:
        log.warning("the state is built anew", extra={"built_by": built_by.decode(), "version": built_here.decode()})
        store.clear()
    with store.write() as transaction:
        transaction.put(ADAPTER, BUILT_BY, built_here)
