"""Overtaken material that other regions of its key lack: who has it gives it, without a leader and without a request.

Owns the round over the keys of which this region has something to give (`shared/keys/decide_giving.py` says whose turn
it is). Made by two nodes at once, the second record is void.
"""

from collections.abc import Mapping

from replication.state.indexes import GIVING_MATERIAL
from replication.state.state_store import StateStore
from replication.state.view import SnapshotView
from services.region_node.changes.fresh_material import sealed_to
from services.region_node.keys.vault import RegionVault
from services.region_node.own_work.due_secrets import Change
from services.region_node.replicator.failures import Failures
from services.region_node.state.indexed_keys import indexed_keys
from shared.decision import Decision, StateView
from shared.keys.commands import KeyName
from shared.keys.decide_giving import give_material, to_give

_FAILED = "a key's overtaken material could not be given to its other regions; it is tried again"


class GivingMaterial:
    """Gives key by key."""

    def __init__(self, region: str, partitions: int, store: StateStore, vault: RegionVault, change: Change) -> None:
        self._region, self._partitions, self._store = region, partitions, store
        self._vault, self._change = vault, change
        self._failures = Failures[KeyName](_FAILED)

    async def run(self) -> None:
        """One round over all partitions. A key that fails keeps no other from its turn."""
        names = indexed_keys(self._store, self._partitions, self._region, GIVING_MATERIAL)
        self._failures.forget_others(names)
        for name in names:
            await self._failures.contained(name, self._give(name), key=name.key_id)

    async def _give(self, name: KeyName) -> None:
        def decide(view: StateView) -> Decision:
            return give_material(name, view, self._sealed(name, view))

        while self._has_any(name):
            await self._change(name.account, decide)

    def _sealed(self, name: KeyName, view: StateView) -> Mapping[str, Mapping[str, bytes]]:
        """The secrets for the regions whose cards are pinned here."""
        key = view.key(name.account, name.key_id)
        if key is None:
            return {}
        peers = self._vault.peer_regions()
        return {
            material.material_id: sealed_to(
                self._vault, key, material.material_id, self._vault.open_material(key, material), wanted
            )
            for material, regions in to_give(key, name.region)
            if (wanted := [region for region in regions if region in peers])
        }

    def _has_any(self, name: KeyName) -> bool:
        with self._store.read() as snapshot:
            key = SnapshotView(snapshot, self._partitions).key(name.account, name.key_id)
        peers = self._vault.peer_regions()
        return key is not None and any(peers.intersection(regions) for _, regions in to_give(key, name.region))
