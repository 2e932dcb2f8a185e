"""The encryption of a key, symmetric or asymmetric, made ready: its secret is opened, and only bytes are missing.

Owns what the two kinds of encryption key differ in: a symmetric key binds an encryption context and names itself in its
blobs; an asymmetric one does neither.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias, cast

from services.region_node.call import Call
from shared.crypto import symmetric
from shared.crypto.ciphertext_blob import MaterialIdentity
from shared.crypto.opened_key import EncryptionKey
from shared.errors import ValidationFailed
from shared.keys.model import Key, KeyMaterial
from shared.keys.specs import SYMMETRIC_DEFAULT

Cipher: TypeAlias = Callable[[bytes], bytes]

_NO_CONTEXT_TAKEN = "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs."


def encryption(call: Call, key: Key, algorithm: str, context: Mapping[str, str]) -> Cipher:
    """From a plaintext to what only `key` opens, under its current material.

    Errors: KeyUnavailable; ValidationFailed for a context that the key does not take. Errors of the cipher:
    ValidationFailed for a plaintext that is too long for the key.
    """
    material = key.current_material
    if algorithm != SYMMETRIC_DEFAULT:
        return partial(_asymmetric(call, key, material, context).encrypt, algorithm)
    secret, identity = call.vault.open_material(key, material), _identity(key, material)
    return lambda plaintext: symmetric.encrypt(secret, identity, plaintext, context)


def decryption(call: Call, key: Key, material: KeyMaterial, algorithm: str, context: Mapping[str, str]) -> Cipher:
    """From what `material` of `key` encrypted to its plaintext.

    Errors: KeyUnavailable; ValidationFailed for a context that the key does not take. Errors of the cipher:
    InvalidCiphertext.
    """
    if algorithm != SYMMETRIC_DEFAULT:
        return partial(_asymmetric(call, key, material, context).decrypt, algorithm)
    secret, identity = call.vault.open_material(key, material), _identity(key, material)
    return lambda blob: symmetric.decrypt(secret, identity, blob, context)


def told_material(algorithm: str, material: KeyMaterial) -> str | None:
    """The material's id where an answer tells it: of symmetric keys alone."""
    return material.material_id if algorithm == SYMMETRIC_DEFAULT else None


def _asymmetric(call: Call, key: Key, material: KeyMaterial, context: Mapping[str, str]) -> EncryptionKey:
    if context:
        raise ValidationFailed(_NO_CONTEXT_TAKEN)
    return cast(EncryptionKey, call.vault.open_key(key, material))


def _identity(key: Key, material: KeyMaterial) -> MaterialIdentity:
    return MaterialIdentity(key.account, key.key_id, material.material_id, material.born_key_id)
