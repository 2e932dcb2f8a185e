"""The encryption of a key, symmetric or asymmetric, made ready: its secret is opened, and only bytes are missing.

Owns what the kinds of encryption key differ in: a symmetric key binds an encryption context and names itself in its
blobs; an asymmetric one does neither; one that lies in a custom key store does its work elsewhere.
"""

from collections.abc import Mapping
from functools import partial
from typing import cast

from services.region_node.operations.store_ciphers import identity_of, store_decryption, store_encryption
from services.region_node.operations.weights import WEIGHTS
from services.region_node.operations.working import Cipher, Here
from services.region_node.requests.call import Call
from shared.crypto import symmetric
from shared.crypto.opened_key import EncryptionKey
from shared.errors import ValidationFailed
from shared.keys.model import Key, KeyMaterial
from shared.keys.specs import SYMMETRIC_DEFAULT

_NO_CONTEXT_TAKEN = "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs."


def encryption(call: Call, key: Key, algorithm: str, context: Mapping[str, str]) -> Cipher:
    """From a plaintext to what only `key` opens, under its current material.

    Errors: KeyUnavailable; ValidationFailed for a context that the key does not take. Errors of the cipher:
    ValidationFailed for a plaintext that is too long for the key; those of `store_ciphers`.
    """
    if key.custom_key_store_id is not None:
        call.used.append((key, key.current_material))
        return store_encryption(call, key, context)
    return encryption_here(call, key, algorithm, context)


def encryption_here(call: Call, key: Key, algorithm: str, context: Mapping[str, str]) -> Here:
    """As `encryption`, of a key that lies in the region itself."""
    material, weight = key.current_material, WEIGHTS[key.spec].public
    call.used.append((key, material))
    if algorithm != SYMMETRIC_DEFAULT:
        return Here(weight, partial(_asymmetric(call, key, material, context).encrypt, algorithm))
    secret, identity = call.vault.open_material(key, material), identity_of(key, material)
    return Here(weight, partial(symmetric.encrypt, secret, identity, context=context))


def decryption(call: Call, key: Key, material: KeyMaterial, algorithm: str, context: Mapping[str, str]) -> Cipher:
    """From what `material` of `key` encrypted to its plaintext.

    Errors: KeyUnavailable; ValidationFailed for a context that the key does not take. Errors of the cipher:
    InvalidCiphertext; those of `store_ciphers`.
    """
    call.used.append((key, material))
    if key.custom_key_store_id is not None:
        return store_decryption(call, key, material, context)
    weight = WEIGHTS[key.spec].secret
    if algorithm != SYMMETRIC_DEFAULT:
        return Here(weight, partial(_asymmetric(call, key, material, context).decrypt, algorithm))
    secret, identity = call.vault.open_material(key, material), identity_of(key, material)
    return Here(weight, partial(symmetric.decrypt, secret, identity, context=context))


def told_material(algorithm: str, material: KeyMaterial) -> str | None:
    """The material's id where an answer tells it: of symmetric keys alone."""
    return material.material_id if algorithm == SYMMETRIC_DEFAULT else None


def _asymmetric(call: Call, key: Key, material: KeyMaterial, context: Mapping[str, str]) -> EncryptionKey:
    if context:
        raise ValidationFailed(_NO_CONTEXT_TAKEN)
    return cast(EncryptionKey, call.vault.open_key(key, material))
