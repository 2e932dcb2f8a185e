"""Whether a worker can serve: its own view, and what the replicator says.

Owns readiness and the gathering of figures. A worker is ready when it can read the state and its replicator has caught
up to the head it knows of.
"""

from collections.abc import Mapping
from typing import NamedTuple

from replication.state.state_store import PARTITIONS, StateStore, partition_prefix
from services.region_node.metrics import CountsDirectory, render
from services.region_node.replicator.client import ReplicatorClient, ToldStatus
from shared.errors import KeytideError


class Readiness(NamedTuple):
    """`reason` says in one sentence what is lacking; `troubles`, by place, what hinders a log, ready or not;
    `peers`, how far they are (see docs/operations.md).
    """

    ready: bool
    reason: str
    troubles: Mapping[str, str] = {}
    peers: Mapping[str, Mapping[str, float]] = {}


class Health:
    """Of one worker."""

    def __init__(self, region: str, store: StateStore, replicator: ReplicatorClient, counts: CountsDirectory) -> None:
        self._region, self._store = region, store
        self._replicator, self._counts = replicator, counts

    async def readiness(self) -> Readiness:
        if not self._reads_state():
            return Readiness(False, "The state cannot be read; see the worker's log and the free space of the disk.")
        try:
            status = await self._replicator.status()
        except KeytideError as error:
            return Readiness(False, error.message)
        return Readiness(status.ready, status.reason, status.troubles, status.peers)

    async def metrics(self) -> bytes:
        """The exposition text of the whole region."""
        status: ToldStatus | None
        try:
            status = await self._replicator.status()
        except KeytideError:
            status = None
        return render(self._region, self._counts.read(), status, self._counts.read_auditor())

    def _reads_state(self) -> bool:
        try:
            with self._store.read() as snapshot:
                snapshot.get(PARTITIONS, partition_prefix(0))
        except Exception:
            return False
        return True
