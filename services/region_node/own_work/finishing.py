"""Rotations under way: new material becomes current once every region of its key has said that it has it.

Owns the waiting, without a leader and without a request. Which record gave the material is not remembered: when a
rotation is first seen here, its record is surely not behind what its region has shared by then, and that number is
waited for. A replica that is given the key meanwhile gets the material with it. Two nodes write the same command.
"""

import hashlib
import logging
from collections.abc import Callable
from typing import NamedTuple, Protocol

from replication.records.position import EMPTY_HEAD
from replication.state.indexes import UNDER_WAY
from replication.state.partition_head import PartitionHead
from replication.state.state_store import StateStore
from replication.state.view import SnapshotView
from services.region_node.own_work.due import Change
from services.region_node.replicator.failures import Failures
from services.region_node.settings.settings import NodeSettings
from services.region_node.state.indexed_keys import indexed_keys
from services.region_node.wire.authentication import COMMAND_ID_LENGTH
from shared.decision import Decision, StateView
from shared.identifiers import partition_of
from shared.keys.commands import KeyName
from shared.keys.decide_rotation import finish_rotation
from shared.keys.model import RotationUnderWay

log = logging.getLogger(__name__)

_FAILED = "a rotation could not be finished; it is tried again"


class Confirmations(Protocol):
    """What the peers have said of themselves."""

    def adopted_by(self, region: str, partition: int, number: int) -> frozenset[str]: ...


class Found(NamedTuple):
    """A rotation under way, and the partition of its key."""

    name: KeyName
    partition: int
    rotation: RotationUnderWay


class Finishing:
    """Of the keys whose primary one region has. `head(partition)`: what is applied. `now` gives milliseconds."""

    def __init__(
        self,
        settings: NodeSettings,
        store: StateStore,
        change: Change,
        head: Callable[[int], PartitionHead],
        confirmations: Confirmations,
        now: Callable[[], int],
    ) -> None:
        self._region, self._partitions = settings.region, settings.partitions
        self._patience = settings.rotation.confirm_seconds * 1000
        self._store, self._change, self._head = store, change, head
        self._confirmations, self._now = confirmations, now
        self._numbers: dict[Found, int] = {}
        self._failures = Failures[Found](_FAILED)

    async def run(self) -> None:
        """One round over all partitions. A key that fails keeps no other from its turn."""
        found = self._found()
        self._failures.forget_others(found)
        self._numbers = {rotation: self._number(rotation) for rotation in found}
        for rotation in found:
            await self._failures.contained(rotation, self._finish(rotation), key=rotation.name.key_id)

    def _found(self) -> list[Found]:
        found = []
        names = indexed_keys(self._store, self._partitions, self._region, UNDER_WAY)
        with self._store.read() as snapshot:
            view = SnapshotView(snapshot, self._partitions)
            for name in names:
                key = view.last_known_key(name.account, name.key_id)
                if key is not None and key.under_way is not None:
                    found.append(Found(name, partition_of(name.account, self._partitions), key.under_way))
        return found

    def _number(self, found: Found) -> int:
        """The number that the region which began the rotation has come to here, when it was first seen."""
        if found in self._numbers:
            return self._numbers[found]
        head = self._head(found.partition)
        began = found.rotation.region
        return (head.shared if began == self._region else head.adopted.get(began, EMPTY_HEAD)).sequence

    async def _finish(self, found: Found) -> None:
        began, overdue = found.rotation.region, self._now() >= found.rotation.started_at + self._patience
        confirmed = self._confirmations.adopted_by(began, found.partition, self._numbers[found]) | {began}

        lacking: tuple[str, ...] = ()

        def decide(view: StateView) -> Decision:
            nonlocal lacking
            decision = finish_rotation(found.name, view, found.rotation, confirmed, overdue=overdue)
            lacking = tuple(region for event in decision.events for region in getattr(event, "unconfirmed", ()))
            return decision

        await self._change(found.name.account, decide, command_id(found))
        if lacking:
            extra = {"key": found.name.key_id, "unconfirmed": lacking}
            log.warning("new key material encrypts though not every region is known to have it", extra=extra)


def command_id(found: Found) -> bytes:
    """The same for every node that finishes the same rotation."""
    named = f"finish/{found.name.account}/{found.name.key_id}/{found.rotation.material_id}"
    return hashlib.sha256(named.encode()).digest()[:COMMAND_ID_LENGTH]
