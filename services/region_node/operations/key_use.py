"""Using the material of a key: what every cryptographic operation has in common.

Owns the checks of usage, algorithm and encryption context, the choice of the material, and the end of a dry run.
"""

from collections.abc import Mapping
from typing import NoReturn

from services.region_node.call import Call
from services.region_node.operations.resolve import arn_of, require_state, resolve_allowed, resolve_key
from services.region_node.operations.rules import Rule
from shared.crypto import ciphertext_blob, symmetric
from shared.crypto.ciphertext_blob import MaterialIdentity
from shared.errors import (
    AccessDenied,
    DryRunSucceeded,
    IncorrectKey,
    InvalidCiphertext,
    InvalidKeyUsage,
    ValidationFailed,
)
from shared.keys.model import Key, KeyMaterial
from shared.keys.specs import ALGORITHMS, ENCRYPT_DECRYPT, SYMMETRIC_DEFAULT

MAXIMUM_CONTEXT_BYTES = 8192
"""AWS publishes no limit; its external key stores are bound to take this much."""

_NO_CONTEXT: Mapping[str, str] = {}
_UNKNOWN_KEY = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, "
    "or you are not allowed to access."
)
_INCORRECT_KEY = "The key ID in the request does not identify a CMK that can perform this operation."
_DRY_RUN = "The request would have succeeded, but the DryRun option is set."


def encryption_key(call: Call, identifier: str, algorithm: str, rule: Rule) -> Key:
    """The key to encrypt under. Errors: of resolving, of the key's state, InvalidKeyUsage."""
    key = resolve_allowed(call, identifier, rule)
    if key.usage != ENCRYPT_DECRYPT:
        operation = rule.action.removeprefix("kms:")
        raise InvalidKeyUsage(f"{arn_of(call, key)} key usage is {key.usage} which is not valid for {operation}.")
    _require_algorithm(key, algorithm)
    return key


def decryption_key(
    call: Call, identifier: str | None, blob: bytes, algorithm: str, rule: Rule
) -> tuple[Key, KeyMaterial]:
    """The key and the material that the blob names; `identifier`, where given, must name that key.

    Errors: of resolving, of the key's state, InvalidCiphertext, IncorrectKey, InvalidKeyUsage, AccessDenied.
    """
    if identifier is None:
        return _named_by_blob(call, blob, algorithm, rule)
    key = named_decryption_key(call, identifier, algorithm, rule)
    header = ciphertext_blob.parse(blob)
    material = _material(key, header.material_id)
    if material is None and (header.account, header.key_id) == (key.account, key.key_id):
        raise InvalidCiphertext  # it says that it is this key's, and no material of the key made it: it is damaged
    if material is None or header.account != key.account:
        raise IncorrectKey(_INCORRECT_KEY)
    return key, material


def named_decryption_key(call: Call, identifier: str, algorithm: str, rule: Rule) -> Key:
    """The key to decrypt under, named by the request. A key of another usage is the wrong key, as at AWS."""
    key = resolve_key(call, identifier, rule)
    if key.usage != ENCRYPT_DECRYPT:
        raise IncorrectKey(_INCORRECT_KEY)
    require_state(call, key, rule)
    _require_algorithm(key, algorithm)
    return key


def _named_by_blob(call: Call, blob: bytes, algorithm: str, rule: Rule) -> tuple[Key, KeyMaterial]:
    if algorithm != SYMMETRIC_DEFAULT:
        raise ValidationFailed(f"KeyId is required for the encryption algorithm {algorithm}.")
    account, key_id, material_id = ciphertext_blob.parse(blob)
    key = call.view.key(account, key_id) if account == call.caller.account else None
    if key is None or key.state is None:
        raise AccessDenied(_UNKNOWN_KEY)
    require_state(call, key, rule)
    material = _material(key, material_id)
    if material is None:
        raise InvalidCiphertext
    return key, material


def _material(key: Key, material_id: str) -> KeyMaterial | None:
    return next((material for material in key.materials if material.material_id == material_id), None)


def _require_algorithm(key: Key, algorithm: str) -> None:
    if algorithm not in ALGORITHMS[key.spec][ENCRYPT_DECRYPT]:
        raise InvalidKeyUsage(f"Algorithm {algorithm} is incompatible with key spec {key.spec}.")


def encrypt_under(call: Call, key: Key, plaintext: bytes, context: Mapping[str, str]) -> bytes:
    """The blob under the key's current material. Errors: KeyUnavailable."""
    material = key.materials[-1]
    return symmetric.encrypt(call.vault.open_material(key, material), _identity(key, material), plaintext, context)


def decrypt_under(call: Call, key: Key, material: KeyMaterial, blob: bytes, context: Mapping[str, str]) -> bytes:
    """Errors: KeyUnavailable, InvalidCiphertext."""
    return symmetric.decrypt(call.vault.open_material(key, material), _identity(key, material), blob, context)


def _identity(key: Key, material: KeyMaterial) -> MaterialIdentity:
    return MaterialIdentity(key.account, key.key_id, material.material_id, material.born_key_id)


def checked_context(context: Mapping[str, str] | None) -> Mapping[str, str]:
    """Errors: ValidationFailed for more than `MAXIMUM_CONTEXT_BYTES` bytes of UTF-8 in all."""
    if not context:
        return _NO_CONTEXT
    if sum(len(key.encode()) + len(value.encode()) for key, value in context.items()) > MAXIMUM_CONTEXT_BYTES:
        raise ValidationFailed(f"The encryption context is longer than {MAXIMUM_CONTEXT_BYTES} bytes.")
    return context


def finish_dry_run(call: Call, *keys: Key) -> NoReturn:
    """Ends a dry run that came this far. Errors: DryRunSucceeded; KeyUnavailable where a secret cannot be opened."""
    for key in keys:
        call.vault.open_material(key, key.current_material)
    raise DryRunSucceeded(_DRY_RUN)
