"""The encryption of a key that lies in a custom key store, made ready: whom to ask is known, only bytes are missing.

Owns the two ways. With an external key everything is encrypted twice: here under the key's own material, then by the
external key. A key in a cluster of HSMs does it alone, and never leaves the cluster. What the machine cannot or will
not do is KMSInvalidStateException (AWS KMS Developer Guide, "Troubleshooting external key stores").
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.key_stores.messages import Told
from services.region_node.key_stores.proxy import ExternalKeyStore
from services.region_node.key_stores.proxy_causes import FOREIGN_CIPHERTEXT
from services.region_node.operations.resolve import arn_of
from services.region_node.operations.working import Elsewhere
from services.region_node.requests.call import Call
from shared.crypto import store_blob, symmetric
from shared.crypto.ciphertext_blob import MaterialIdentity
from shared.crypto.store_blob import EXTERNAL, IN_CLUSTER
from shared.errors import InvalidCiphertext, InvalidKeyState
from shared.key_stores.lookup import known_key_store
from shared.key_stores.model import EXTERNAL_KEY_STORE, KeyStore
from shared.keys.model import Key, KeyMaterial

if TYPE_CHECKING:
    from services.region_node.key_stores.hsm_cluster import HsmCluster

Result = TypeVar("Result")
Machine = TypeVar("Machine", ExternalKeyStore, "HsmCluster")


def store_encryption(call: Call, key: Key, context: Mapping[str, str]) -> Elsewhere:
    """From a plaintext to a blob. Errors, also of the cipher: InvalidKeyState, KeyUnavailable, Throttled."""
    material = key.current_material
    if key.origin == EXTERNAL_KEY_STORE:
        return _external_encryption(call, key, material, context)
    cluster, identity = _cluster(call, key), identity_of(key, material)
    bound = store_blob.bound(IN_CLUSTER, identity, context)

    async def encrypt(plaintext: bytes) -> bytes:
        made = await _answered(cluster.encrypt(key.key_id, plaintext, bound))
        return store_blob.join(IN_CLUSTER, identity, made)

    return Elsewhere(encrypt)


def store_decryption(call: Call, key: Key, material: KeyMaterial, context: Mapping[str, str]) -> Elsewhere:
    """From a blob to its plaintext. Errors: as of `store_encryption`, and InvalidCiphertext."""
    if key.origin == EXTERNAL_KEY_STORE:
        return _external_decryption(call, key, material, context)
    cluster = _cluster(call, key)
    bound = store_blob.bound(IN_CLUSTER, identity_of(key, material), context)

    async def decrypt(blob: bytes) -> bytes:
        return await _answered(cluster.decrypt(key.key_id, store_blob.split(IN_CLUSTER, blob), bound))

    return Elsewhere(decrypt)


def _external_encryption(call: Call, key: Key, material: KeyMaterial, context: Mapping[str, str]) -> Elsewhere:
    proxy, told, name = _proxy(call, key), told_of(call, key), key.external_key_id or ""
    secret, identity = call.vault.open_material(key, material), identity_of(key, material)
    bound = store_blob.bound(EXTERNAL, identity, context)

    async def encrypt(plaintext: bytes) -> bytes:
        inner = symmetric.encrypt(secret, identity, plaintext, context)
        return store_blob.join(EXTERNAL, identity, await _answered(proxy.encrypt(name, inner, bound, told)))

    return Elsewhere(encrypt)


def _external_decryption(call: Call, key: Key, material: KeyMaterial, context: Mapping[str, str]) -> Elsewhere:
    proxy, told, name = _proxy(call, key), told_of(call, key), key.external_key_id or ""
    secret, identity = call.vault.open_material(key, material), identity_of(key, material)
    bound = store_blob.bound(EXTERNAL, identity, context)

    async def decrypt(blob: bytes) -> bytes:
        inner = await _answered(proxy.decrypt(name, store_blob.split(EXTERNAL, blob), bound, told))
        try:
            return symmetric.decrypt(secret, identity, inner, context)
        except InvalidCiphertext:
            raise InvalidKeyState(FOREIGN_CIPHERTEXT.text) from None

    return Elsewhere(decrypt)


def told_of(call: Call, key: Key | None = None) -> Told:
    """On whose behalf a machine outside is asked, about `key` where there is one."""
    return Told(call.caller.arn, call.operation, call.request_id, None if key is None else arn_of(call, key))


def identity_of(key: Key, material: KeyMaterial) -> MaterialIdentity:
    return MaterialIdentity(key.account, key.key_id, material.material_id, material.born_key_id)


def _proxy(call: Call, key: Key) -> ExternalKeyStore:
    return _machine(call, key, call.key_stores.proxy)


def _cluster(call: Call, key: Key) -> "HsmCluster":
    return _machine(call, key, call.key_stores.cluster)


def _machine(call: Call, key: Key, machine_of: Callable[[KeyStore], Machine]) -> Machine:
    """What stands behind the store of `key`, and one more use of the store."""
    store = known_key_store(call.view, key.account, key.custom_key_store_id or "")
    call.key_stores.count_use(store)
    try:
        return machine_of(store)
    except OutsideFailed as failed:
        raise InvalidKeyState(failed.cause.text) from None


async def _answered(asked: Awaitable[Result]) -> Result:
    try:
        return await asked
    except OutsideFailed as failed:
        raise InvalidKeyState(failed.cause.text) from None
