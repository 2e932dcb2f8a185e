"""Using a key: what every cryptographic operation asks before it does anything.

Owns the checks of usage, algorithm and encryption context, and the choice of key and material to decrypt with.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from services.region_node.authorization.permission import require_on_key
from services.region_node.operations.resolve import arn_of, require_state, resolve_key
from services.region_node.operations.rules import Rule
from services.region_node.requests.call import Call
from services.region_node.wire.shapes import missing_member
from shared.crypto.blob_versions import place_of_key
from shared.crypto.ciphertext_blob import BlobHeader
from shared.errors import (
    AccessDenied,
    IncorrectKey,
    InvalidCiphertext,
    InvalidKeyUsage,
    ValidationFailed,
)
from shared.keys.heirs import key_of_blob
from shared.keys.model import Key, KeyMaterial
from shared.keys.scream_test import require_spared
from shared.keys.specs import ALGORITHMS, ENCRYPT_DECRYPT, SYMMETRIC_DEFAULT

Value = TypeVar("Value")

MAXIMUM_CONTEXT_BYTES = 8192
"""AWS publishes no limit; its external key stores are bound to take this much."""

_LONGEST_CHARACTER = 4
"""Bytes of UTF-8."""
_NO_CONTEXT: Mapping[str, str] = {}
_UNKNOWN_KEY = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, "
    "or you are not allowed to access."
)
_INCORRECT_KEY = "The key ID in the request does not identify a CMK that can perform this operation."


class Source(NamedTuple):
    """The key to decrypt with. `place`: what the blob said of it, where it had to be asked."""

    key: Key
    place: BlobHeader | None = None


def usable_key(call: Call, identifier: str, usage: str, algorithm: str, rule: Rule) -> Key:
    """The key to use with `algorithm`. Errors: of resolving, of the key's state, InvalidKeyUsage."""
    key = resolve_key(call, identifier, rule)
    require_usable(call, key, usage, algorithm, rule)
    return key


def require_usable(call: Call, key: Key, usage: str, algorithm: str, rule: Rule) -> None:
    """Errors: of the key's state, KeyStale, InvalidKeyUsage, ScreamTestHit."""
    require_state(call, key, rule)
    call.staleness.require(key, call.now)
    if key.usage != usage:
        operation = rule.action.removeprefix("kms:")
        raise InvalidKeyUsage(f"{arn_of(call, key)} key usage is {key.usage} which is not valid for {operation}.")
    _require_algorithm(key, algorithm)
    _require_spared(call, key)


def encryption_key(call: Call, identifier: str, algorithm: str, rule: Rule) -> Key:
    """The key to encrypt under. Errors: of resolving, of the key's state, InvalidKeyUsage."""
    return usable_key(call, identifier, ENCRYPT_DECRYPT, algorithm, rule)


def decryption_key(call: Call, identifier: str | None, blob: bytes, algorithm: str, rule: Rule) -> Source:
    """The key to decrypt with: the one that is named, or else the symmetric one that `blob` names.

    Whether it may decrypt `blob` is the matter of `decryption_material`.
    Errors: of resolving, ValidationFailed, InvalidCiphertext, AccessDenied.
    """
    if identifier is not None:
        return Source(resolve_key(call, identifier, rule))
    if algorithm != SYMMETRIC_DEFAULT:
        raise ValidationFailed(f"KeyId is required for the encryption algorithm {algorithm}.")
    return _named_by_blob(call, blob, rule)


def decryption_material(call: Call, source: Source, blob: bytes | None, algorithm: str, rule: Rule) -> KeyMaterial:
    """The material to open `blob` with: the one that a symmetric blob names. A dry run may have no blob.

    A key of another usage is the wrong key, as at AWS, and the blob is read before the algorithm is compared.
    Errors: of the key's state, KeyStale, MaterialUnheard, InvalidCiphertext, IncorrectKey, InvalidKeyUsage,
    ScreamTestHit.
    """
    material = _material_named(call, source, blob, algorithm, rule)
    _require_spared(call, source.key)
    return material


def _material_named(call: Call, source: Source, blob: bytes | None, algorithm: str, rule: Rule) -> KeyMaterial:
    key = source.key
    require_state(call, key, rule)
    call.staleness.require(key, call.now)
    if key.usage != ENCRYPT_DECRYPT:
        raise IncorrectKey(_INCORRECT_KEY)
    if blob is None or algorithm != SYMMETRIC_DEFAULT:
        _require_algorithm(key, algorithm)
        return key.current_material
    header = source.place or place_of_key(blob)
    _require_algorithm(key, algorithm)
    material = key.material(header.material_id)
    if material is None and (header.account, header.key_id) == (key.account, key.key_id):
        call.staleness.require_news(key, call.now)
        raise InvalidCiphertext  # it says that it is this key's, and no material of the key made it: it is damaged
    if material is None or header.account != key.account:
        raise IncorrectKey(_INCORRECT_KEY)
    return material


def _require_spared(call: Call, key: Key) -> None:
    """A dry run does not use the key. Errors: ScreamTestHit."""
    if key.scream_test is not None and not getattr(call.request, "dry_run", False):
        require_spared(key.scream_test, arn_of(call, key), call.request_id, call.now)


def _named_by_blob(call: Call, blob: bytes, rule: Rule) -> Source:
    place = place_of_key(blob)
    key = key_of_blob(call.view, place.account, place.key_id, place.material_id)
    if key is None:
        raise AccessDenied(_UNKNOWN_KEY)
    _require_on_named(call, rule, key)
    if key.spec != SYMMETRIC_DEFAULT:
        raise InvalidCiphertext  # no such key writes its name into what it encrypts
    return Source(key, place)


def _require_on_named(call: Call, rule: Rule, key: Key) -> None:
    """A refusal about another account's key reads as if there were none. Errors: AccessDenied."""
    try:
        require_on_key(call, rule, key)
    except AccessDenied:
        if key.account == call.caller.account:
            raise
        raise AccessDenied(_UNKNOWN_KEY) from None


def _require_algorithm(key: Key, algorithm: str) -> None:
    if algorithm not in ALGORITHMS[key.spec][key.usage]:
        raise InvalidKeyUsage(f"Algorithm {algorithm} is incompatible with key spec {key.spec}.")


def checked_context(context: Mapping[str, str] | None) -> Mapping[str, str]:
    """Errors: ValidationFailed for more than `MAXIMUM_CONTEXT_BYTES` bytes of UTF-8 in all."""
    if not context:
        return _NO_CONTEXT
    characters = sum(map(len, context)) + sum(map(len, context.values()))
    if characters * _LONGEST_CHARACTER > MAXIMUM_CONTEXT_BYTES and _bytes_of(context) > MAXIMUM_CONTEXT_BYTES:
        raise ValidationFailed(f"The encryption context is longer than {MAXIMUM_CONTEXT_BYTES} bytes.")
    return context


def _bytes_of(context: Mapping[str, str]) -> int:
    return sum(len(key.encode()) + len(value.encode()) for key, value in context.items())


def required(value: Value | None, path: str) -> Value:
    """A member that only some requests may leave out. Errors: ValidationFailed."""
    if value is None:
        raise missing_member(path)
    return value
