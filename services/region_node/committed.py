"""What a region's state knows of the material that peers hand over, and who is told of a wrong one.

Owns the look into the state: whether the birth of a material has said that its id commits to it.
"""

from functools import partial

from replication.judge import Verdict
from replication.state_store import StateStore
from services.region_node.recording import row_of
from services.region_node.replicator_status import ReplicatorStatus
from services.region_node.rewrapping import Adopter
from shared.identifiers import key_stream
from shared.keys.model import Key


def commits(store: StateStore, partition: int, account: str, key_id: str, material_id: str) -> bool | None:
    """None: the material is not known."""
    with store.read() as snapshot:
        key = row_of(snapshot, partition, key_stream(account, key_id)).state
    material = key.material(material_id) if isinstance(key, Key) else None
    return None if material is None else material.id_commits


def checking(adopter: Adopter, store: StateStore, status: ReplicatorStatus, giver: str) -> Adopter:
    """`adopter`, of what the region `giver` says: by the state, and with an alarm that names the giver."""

    def wrong(what: str) -> None:
        status.mirror_alarm(adopter.partition, Verdict.REJECTED, f"{giver} has handed over {what}")

    return adopter._replace(commits=partial(commits, store, adopter.partition), wrong=wrong)
