"""What time brings: deletions, rotations and expiries whose time has come become records, without a leader.

Owns the scan of what is due and the one table from kind to decision. Every node may do it: the command id is made from
the stream and the due time, so that the second record of the same is void. A node whose clock is behind its log's time
by more than `CLOCK_BEHIND_MOST`, or differs from those of most peers, does nothing; what only forbids is enforced at
use and does not wait for this.
"""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from typing import NamedTuple, TypeAlias

from replication.state.indexes import DUE, due_of
from replication.state.partition_head import PartitionHead
from replication.state.state_store import INDEXES, PARTITIONS, Snapshot, StateStore, partition_prefix, row_key
from replication.state.view import SnapshotView
from services.region_node.changes.fresh_material import fresh_material
from services.region_node.replicator.failures import Failures
from services.region_node.requests.call import Vault
from services.region_node.wire.authentication import COMMAND_ID_LENGTH
from shared.crypto.entropy import random_bytes
from shared.decision import Decision, StateView
from shared.grants.decide import revoke_grants_of
from shared.key_stores.model import KeyStore
from shared.keys.commands import KeyName
from shared.keys.decide_deletion import delete_key, deletion_is_due
from shared.keys.decide_import import expire_material
from shared.keys.decide_rotation import rotate_when_due, rotation_is_due
from shared.keys.expiry import expiries
from shared.keys.model import Key

log = logging.getLogger(__name__)

CLOCK_BEHIND_MOST = 5 * 60 * 1000
"""Milliseconds."""
ROUND_MOST = 200
"""So many keys of a partition in one round, and as many again that have failed before; the others are in the next."""
_FAILED = "what is due for a key could not be done; it is tried again"

Decide: TypeAlias = Callable[[StateView], Decision]
Change: TypeAlias = Callable[[str, Decide, bytes], Awaitable[None]]
"""(account, decision, command id): decide against a fresh snapshot and write, as for every other change."""
Destroy: TypeAlias = Callable[[Key, KeyStore | None], Awaitable[None]]
"""Destroy what a key that goes has in its custom key store, as far as that can be done. It may be called again."""


class Due(NamedTuple):
    """`time` is when it was due, in milliseconds."""

    time: int
    name: KeyName


class DueChanges:
    """Brings about what is due in one region. `now` gives integer milliseconds.

    `clock_agrees`: whether the clock fits to most of the pulses heard in the last minute.
    """

    def __init__(
        self,
        region: str,
        partitions: int,
        store: StateStore,
        vault: Vault,
        change: Change,
        destroy: Destroy,
        now: Callable[[], int],
        clock_agrees: Callable[[], bool],
    ) -> None:
        self._region = region
        self._partitions = partitions
        self._store = store
        self._vault = vault
        self._change = change
        self._destroy = destroy
        self._now = now
        self._clock_agrees = clock_agrees
        self._failures = [Failures[Due](_FAILED) for _ in range(partitions)]

    async def run(self) -> None:
        """One round over all partitions. A key that fails keeps no other from its turn."""
        if not self._clock_agrees():
            log.error("the clock differs from those of most peers: nothing is done that is due")
            return
        for partition, failures in enumerate(self._failures):
            for due in self._found(partition):
                await failures.contained(due, self._bring(due), key=due.name.key_id)

    def _found(self, partition: int) -> list[Due]:
        """What has failed before comes last: it takes the place of nothing else."""
        now, failures = self._now(), self._failures[partition]
        with self._store.read() as snapshot:
            if now < _log_time(snapshot, partition) - CLOCK_BEHIND_MOST:
                log.error("the clock is behind the log: nothing is done that is due", extra={"partition": partition})
                return []
            fresh = (due for due in _scan(snapshot, partition, now, self._region) if due not in failures)
            return [*islice(fresh, ROUND_MOST), *failures.longest_ago(ROUND_MOST)]

    async def _bring(self, due: Due) -> None:
        now = self._now()
        await self._revoke_grants(due.name, now)
        await self._destroy_outside(due, now)

        def decide(view: StateView) -> Decision:
            key = view.key(due.name.account, due.name.key_id)
            return Decision(()) if key is None else decide_due(Turn(key, due.name, view, now, self._vault))

        await self._change(due.name.account, decide, command_id(due))

    async def _destroy_outside(self, due: Due, now: int) -> None:
        """Before the record: a deletion that is due cannot be cancelled any more."""
        with self._store.read() as snapshot:
            view = SnapshotView(snapshot, self._partitions)
            key = view.key(due.name.account, due.name.key_id)
            if key is None or key.custom_key_store_id is None or not deletion_is_due(key, now):
                return
            store = view.key_store(key.account, key.custom_key_store_id)
        await self._destroy(key, store)

    async def _revoke_grants(self, name: KeyName, now: int) -> None:
        """The grants of a key that goes, however many, go before it, in records of their own."""
        left = True

        def decide(view: StateView) -> Decision:
            nonlocal left
            key = view.key(name.account, name.key_id)
            goes = key is not None and deletion_is_due(key, now)
            decision = revoke_grants_of(name, view) if goes else Decision(())
            left = bool(decision.events)
            return decision

        while left:
            # Each batch is another command; made by two nodes at once, the second is void and finds the next.
            await self._change(name.account, decide, random_bytes(COMMAND_ID_LENGTH))


class Turn(NamedTuple):
    """A key for which something may be due, and what deciding about it takes. The view shows what is recorded."""

    key: Key
    name: KeyName
    view: StateView
    now: int
    vault: Vault


def decide_due(turn: Turn) -> Decision:
    """What is due for the key first, or nothing: somebody else may have been here before."""
    return next((decide(turn) for is_due, decide in _KINDS if is_due(turn)), Decision(()))


def _rotation(turn: Turn) -> Decision:
    return rotate_when_due(turn.name, turn.view, turn.now, fresh_material(turn.vault, turn.key, turn.now))


_KINDS: tuple[tuple[Callable[[Turn], bool], Callable[[Turn], Decision]], ...] = (
    (lambda turn: deletion_is_due(turn.key, turn.now), lambda turn: delete_key(turn.name, turn.view)),
    (lambda turn: rotation_is_due(turn.key, turn.name, turn.now), _rotation),
    (lambda turn: bool(expiries(turn.key, turn.now)), lambda turn: expire_material(turn.name, turn.view, turn.now)),
)


def _scan(snapshot: Snapshot, partition: int, now: int, region: str) -> Iterator[Due]:
    prefix = row_key(partition, DUE)
    for name, _ in snapshot.scan(INDEXES, prefix, prefix):
        time, stream = due_of(name[len(partition_prefix(partition)) :].decode())
        if time > now:
            return
        _, account, key_id = stream.split("/")
        yield Due(time, KeyName(region, account, key_id))


def _log_time(snapshot: Snapshot, partition: int) -> int:
    return PartitionHead.decode(snapshot.get(PARTITIONS, partition_prefix(partition))).log_time


def command_id(due: Due) -> bytes:
    """The same for every node that finds the same thing due."""
    named = f"due/{due.name.account}/{due.name.key_id}/{due.time}"
    return hashlib.sha256(named.encode()).digest()[:16]
