"""What a region's state knows of the material that peers hand over, and who is told of a wrong one.

Owns the look into the state: whether the birth of a material has said that its id commits to it; and how much one giver
can have written about what he gives.
"""

from functools import partial

from replication.fold.judge import Verdict
from replication.state.state_store import StateStore
from services.region_node.changes.recording import row_of
from services.region_node.erasure.rewrapping import Adopter, say_unopened
from services.region_node.replicator.status import ReplicatorStatus
from shared.identifiers import key_stream
from shared.keys.model import Key

TOLD_MOST = 100
"""Different things that one giver is blamed for in the log of one partition. The metric counts on."""


def commits(store: StateStore, partition: int, account: str, key_id: str, material_id: str) -> bool | None:
    """None: the material is not known."""
    with store.read() as snapshot:
        key = row_of(snapshot, partition, key_stream(account, key_id)).state
    material = key.material(material_id) if isinstance(key, Key) else None
    return None if material is None else material.id_commits


class Blamed:
    """What one giver is blamed for, in one partition: once each, and no more than `TOLD_MOST` different things."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def is_new(self, what: str) -> bool:
        """Whether it is to be said. A peer names what it likes, and would fill the log, and hide what others do."""
        if what in self._told or len(self._told) >= TOLD_MOST:
            return False
        self._told.add(what)
        return True


def checking(adopter: Adopter, store: StateStore, status: ReplicatorStatus, giver: str) -> Adopter:
    """`adopter`, of what the region `giver` says: by the state, and with an alarm that names the giver."""
    blamed = Blamed()

    def wrong(what: str) -> None:
        if blamed.is_new(what):
            status.mirror_alarm(adopter.partition, Verdict.REJECTED, f"{giver} has handed over {what}")
        else:
            status.alarms[str(Verdict.REJECTED)] += 1

    def unopened(secret_id: str) -> None:
        if blamed.is_new(secret_id):
            say_unopened(secret_id)

    known = partial(commits, store, adopter.partition)
    return adopter._replace(commits=known, wrong=wrong, unopened=unopened)
