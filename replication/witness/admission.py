"""Whether the requests of a node are served, as its replicator has found by the witness rule.

Owns the row, beside the state, that the replicator writes and every worker reads. It is of one start of the node: a
state that was put back brings the row of its own time with it, which says nothing of now. Of another start it tells
only since when the region has been unwitnessed, so that restarts do not prolong the limit.
"""

from typing import Final

import msgspec

from replication.state.state_store import ADAPTER, Snapshot, StateStore
from replication.witness.witness_rule import Ruling, Service, Why
from shared.witness_errors import LogContradicted, NotWitnessed, WitnessOverdue

_ROW: Final = b"admission"
ASKING: Final = Ruling(Service.NONE, Why.ASKING, "its peers are asked what they have seen of it")


class Admission(msgspec.Struct, array_like=True, frozen=True):
    """`start`: of which start of the node. `since`: see `witness_rule.Situation`."""

    start: str
    ruling: Ruling
    since: int


_write = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(Admission).decode


def write_admission(store: StateStore, admission: Admission) -> None:
    """Errors: StoreFailed."""
    with store.write() as transaction:
        transaction.put(ADAPTER, _ROW, _write(admission))


def read_admission(snapshot: Snapshot) -> Admission | None:
    stored = snapshot.get(ADAPTER, _ROW)
    return None if stored is None else _read(stored)


class Gate:
    """What lets the requests of one process through. `look` at each new version of the state, then `require`."""

    def __init__(self, start: str) -> None:
        self._start = start
        self._ruling = ASKING

    def look(self, snapshot: Snapshot) -> None:
        admission = read_admission(snapshot)
        is_of_now = admission is not None and admission.start == self._start
        self._ruling = admission.ruling if admission is not None and is_of_now else ASKING

    @property
    def unconfirmed(self) -> str:
        """Why requests are let through although no peer has confirmed the log, or ""."""
        service, why, *_ = self._ruling
        return why if service is not Service.NONE and why in (Why.UNWITNESSED, Why.VOUCHED) else ""

    def require(self, now: int) -> None:
        """`now`: integer milliseconds since 1970. Errors: NotWitnessed, WitnessOverdue, LogContradicted."""
        service, why, reason, until = self._ruling
        if service is Service.WHOLE or (service is Service.READS and until is not None and now < until):
            return
        if why is Why.CONTRADICTED:
            raise LogContradicted(f"This region does not serve: {reason}.")
        if why is Why.ASKING:
            raise NotWitnessed(f"This region does not serve yet: {reason}.")
        raise WitnessOverdue("This region does not serve: no peer could be asked in time what it has seen of it.")
