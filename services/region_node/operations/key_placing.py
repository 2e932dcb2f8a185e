"""CreateKey in a custom key store: what another machine has to do before the key is recorded.

Owns the order. An external key is looked at, a cluster's key is made, and only then is the KMS key written down; so
what stands in the log has its counterpart outside. A key that was made for nothing is destroyed again, as far as that
can be known.
"""

import logging
from typing import TYPE_CHECKING

from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.operations.rehearsal import rehearsed
from services.region_node.operations.store_ciphers import told_of
from services.region_node.requests.call import Call
from shared.crypto import entropy
from shared.crypto.key_material import generate_material
from shared.errors import InternalFailure, KeytideError, KeyUnavailable
from shared.events import MaterialBorn
from shared.key_stores.lookup import known_key_store
from shared.key_stores.model import EXTERNAL_KEY_STORE, KeyStore
from shared.keys import decide
from shared.keys.commands import CreateKey

if TYPE_CHECKING:
    from services.region_node.key_stores.hsm_cluster import HsmCluster

log = logging.getLogger(__name__)

_MAY_BE_RECORDED = (InternalFailure, KeyUnavailable)
"""The log did not answer in time, or a later version has to take the record up: what was made may be needed yet."""


async def create_in_store(call: Call, command: CreateKey) -> str:
    """The id of the key that the command made when it was first seen. Errors: of `decide.create_key` and the causes."""
    seen = await rehearsed(call, lambda view: decide.create_key(command, view))
    if seen:
        return seen
    store = known_key_store(call.latest(), command.key.account, command.custom_key_store_id or "")
    try:
        if store.kind == EXTERNAL_KEY_STORE:
            return await _over_external_key(call, command, store)
        return await _in_cluster(call, command, call.key_stores.cluster(store))
    except OutsideFailed as failed:
        raise failed.cause.on_key(failed.cause.text) from None


async def _over_external_key(call: Call, command: CreateKey, store: KeyStore) -> str:
    """The external key encrypts what the key's own material has encrypted before."""
    await call.key_stores.proxy(store).require_key(command.external_key_id or "", told_of(call))
    account, key_id, material_id = command.key.account, command.key.key_id, entropy.material_id()
    wrapped = call.vault.wrap_material(account, key_id, material_id, generate_material(command.spec))
    return await _recorded(call, command, MaterialBorn(material_id, key_id, call.now, wrapped))


async def _in_cluster(call: Call, command: CreateKey, cluster: "HsmCluster") -> str:
    """The material lies in the cluster alone, under the key's id."""
    key_id = command.key.key_id
    await cluster.make_key(key_id)
    try:
        created = await _recorded(call, command, MaterialBorn(entropy.material_id(), key_id, call.now))
    except _MAY_BE_RECORDED:
        log.warning(
            "whether a key was recorded is unknown; its counterpart stays in the cluster", extra={"key": key_id}
        )
        raise
    except KeytideError:
        await _undo(cluster, key_id)
        raise
    if created != key_id:
        await _undo(cluster, key_id)
    return created


async def _recorded(call: Call, command: CreateKey, material: MaterialBorn) -> str:
    command = command._replace(material=material)
    return await call.change(lambda view: decide.create_key(command, view))


async def _undo(cluster: "HsmCluster", key_id: str) -> None:
    try:
        await cluster.destroy_key(key_id)
    except (OutsideFailed, KeytideError):
        log.warning("a key that was made for nothing stays in a cluster; destroy it there", extra={"key": key_id})
