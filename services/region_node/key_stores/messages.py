"""What is said to a proxy of external key stores and what it may answer: JSON, read strictly.

Owns the forms, the sizes and the integrity value. An answer with anything amiss is malformed as a whole.
Source: External Key Store Proxy API Specification, version 1.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from services.region_node.key_stores.causes import Cause, OutsideFailed
from services.region_node.key_stores.proxy_causes import MALFORMED, PROXY_ERRORS, UNHEALTHY
from shared.crypto.store_blob import INITIALIZATION_VECTOR_LENGTHS, MOST_METADATA, TAG_LENGTH, ForeignCiphertext

ALGORITHM = "AES_GCM"
INTEGRITY_ALGORITHM = "SHA_256"
MOST_USAGES = 10
MOST_MANAGERS = 10
LONGEST_WORD = 64
"""Characters of a key's spec, status or usage."""
_HEALTH = frozenset({"ACTIVE", "DEGRADED", "UNAVAILABLE"})


class Told(NamedTuple):
    """On whose behalf the proxy is asked. `key_arn` is None where there is no key yet."""

    principal_arn: str
    operation: str
    request_id: str
    key_arn: str | None = None


class ExternalKey(NamedTuple):
    spec: str
    usages: tuple[str, ...]
    status: str


def metadata_request(told: Told) -> bytes:
    return _encoded({}, told)


def health_request(told: Told) -> bytes:
    return orjson.dumps({"requestMetadata": {"kmsRequestId": told.request_id, "kmsOperation": told.operation}})


def encrypt_request(told: Told, plaintext: bytes, bound: bytes) -> bytes:
    members = {
        "plaintext": _base64(plaintext),
        "encryptionAlgorithm": ALGORITHM,
        "additionalAuthenticatedData": _base64(bound),
        "ciphertextDataIntegrityValueAlgorithm": INTEGRITY_ALGORITHM,
    }
    return _encoded(members, told)


def decrypt_request(told: Told, made: ForeignCiphertext, bound: bytes) -> bytes:
    members = {
        "ciphertext": _base64(made.ciphertext),
        "encryptionAlgorithm": ALGORITHM,
        "additionalAuthenticatedData": _base64(bound),
        "initializationVector": _base64(made.initialization_vector),
        "authenticationTag": _base64(made.tag),
    }
    if made.metadata:
        members["ciphertextMetadata"] = _base64(made.metadata)
    return _encoded(members, told)


def read_encrypted(body: bytes, length: int, bound: bytes) -> ForeignCiphertext:
    """The ciphertext of a plaintext of `length` bytes. Errors: OutsideFailed."""
    document = _document(body)
    made = ForeignCiphertext(
        _bytes(document, "initializationVector"),
        _bytes(document, "authenticationTag"),
        _bytes(document, "ciphertext"),
        _bytes(document, "ciphertextMetadata") if document.get("ciphertextMetadata") is not None else b"",
    )
    _require(len(made.initialization_vector) in INITIALIZATION_VECTOR_LENGTHS)
    _require(len(made.tag) == TAG_LENGTH and len(made.metadata) <= MOST_METADATA and len(made.ciphertext) == length)
    hashed = sha256(bound + made.metadata + made.initialization_vector + made.ciphertext + made.tag).digest()
    _require(hmac.compare_digest(_bytes(document, "ciphertextDataIntegrityValue"), hashed))
    return made


def read_decrypted(body: bytes, length: int) -> bytes:
    """The plaintext of a ciphertext of `length` bytes. Errors: OutsideFailed."""
    plaintext = _bytes(_document(body), "plaintext")
    _require(len(plaintext) == length)
    return plaintext


def read_key(body: bytes) -> ExternalKey:
    """Errors: OutsideFailed."""
    document = _document(body)
    usages = _list(document, "keyUsage")
    _require(len(usages) <= MOST_USAGES)
    key = ExternalKey(_word(document.get("keySpec")), tuple(map(_word, usages)), _word(document.get("keyStatus")))
    _require(key.status in ("ENABLED", "DISABLED"))
    return key


def require_health(body: bytes) -> None:
    """Errors: OutsideFailed, also where every key manager behind the proxy is unavailable."""
    document = _document(body)
    size, managers = document.get("xksProxyFleetSize"), _list(document, "ekmFleetDetails")
    _require(isinstance(size, int) and size > 0 and not isinstance(size, bool))
    _require(all(isinstance(document.get(name), str) for name in ("xksProxyVendor", "xksProxyModel", "ekmVendor")))
    _require(0 < len(managers) <= MOST_MANAGERS)
    states = {_state_of_manager(manager) for manager in managers}
    if states == {"UNAVAILABLE"}:
        raise OutsideFailed(UNHEALTHY)


def read_refusal(body: bytes) -> Cause:
    """What an answer other than 200 says. Its text is read by nobody."""
    try:
        name = _document(body).get("errorName")
    except OutsideFailed as failed:
        return failed.cause
    return PROXY_ERRORS.get(name, MALFORMED) if isinstance(name, str) else MALFORMED


def _state_of_manager(manager: Any) -> str:
    _require(isinstance(manager, dict))
    _require(isinstance(manager.get("id"), str) and isinstance(manager.get("model"), str))
    state = manager.get("healthStatus")
    _require(isinstance(state, str) and state in _HEALTH)
    return str(state)


def _encoded(members: Mapping[str, object], told: Told) -> bytes:
    metadata = {
        "awsPrincipalArn": told.principal_arn,
        "kmsOperation": told.operation,
        "kmsRequestId": told.request_id,
    }
    if told.key_arn is not None:
        metadata["kmsKeyArn"] = told.key_arn
    return orjson.dumps({"requestMetadata": metadata, **members})


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except ValueError:
        raise OutsideFailed(MALFORMED) from None
    if not isinstance(document, dict):
        raise OutsideFailed(MALFORMED)
    return document


def _bytes(document: Mapping[str, Any], name: str) -> bytes:
    value = document.get(name)
    if not isinstance(value, str):
        raise OutsideFailed(MALFORMED)
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise OutsideFailed(MALFORMED) from None


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    if not isinstance(value, list):
        raise OutsideFailed(MALFORMED)
    return value


def _word(value: Any) -> str:
    """A short name in capitals: the only thing of a proxy's answer that a client may hear."""
    _require(isinstance(value, str) and 0 < len(value) <= LONGEST_WORD)
    _require(value.isascii() and value.replace("_", "").isalnum())
    return str(value)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _require(holds: bool) -> None:
    if not holds:
        raise OutsideFailed(MALFORMED)
