"""How a key's state stands in its row.

Owns the short form: a million keys are held, and a transaction of a rebuild copies nearly a page for each of them. What
most keys say with the same words stands as a number, ids stand as their bytes, and members at the end that are as most
keys have them do not stand at all. Members are only appended, with defaults, and read by their place.
"""

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

from shared.keys.model import Deletion, Key, KeyMaterial, Rotation, RotationUnderWay, ScreamTest, SharedChange

WORDS = (
    *("Enabled", "Disabled", "PendingDeletion", "PendingImport", "PendingReplicaDeletion"),
    *("AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"),
    *("ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"),
    *("SYMMETRIC_DEFAULT", "RSA_2048", "RSA_3072", "RSA_4096"),
    *("ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"),
    *("HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512", "SM2"),
    *("ML_DSA_44", "ML_DSA_65", "ML_DSA_87", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"),
    "ENCAPSULATE_DECAPSULATE",
)
"""States, origins, usages and specs: each stands as its place here, any other as itself. Words are only appended."""
_PLACES: Mapping[str | None, int] = {word: place for place, word in enumerate(WORDS)}
_KEY_ID, _MATERIALS, *_IN_WORDS = map(Key._fields.index, ("key_id", "materials", "spec", "usage", "origin", "state"))
_MATERIAL_ID, _BORN_KEY_ID = map(KeyMaterial._fields.index, ("material_id", "born_key_id"))
_DEFAULTS = tuple(Key._field_defaults.values())
_MATERIAL_DEFAULTS = tuple(KeyMaterial._field_defaults.values())
_HISTORY = Key._fields.index("history")
_SINCE = SharedChange._fields.index("since")
_NESTED: Sequence[tuple[int, type[Any]]] = (
    (Key._fields.index("deletion"), Deletion),
    (Key._fields.index("rotation"), Rotation),
    (Key._fields.index("under_way"), RotationUnderWay),
    (Key._fields.index("scream_test"), ScreamTest),
)


def key_fields(key: Key) -> list[Any]:
    """Errors: ValueError for an id that is not hexadecimal."""
    fields: list[Any] = [*key[: _end(key, _DEFAULTS)]]
    if key.history:
        fields[_HISTORY] = [change if change.since else change[:_SINCE] for change in key.history]
    key_id = key.key_id
    fields[_KEY_ID] = _short_id(key_id)
    fields[_MATERIALS] = [*map(_material_fields, key.materials, repeat(key_id))]
    for number in _IN_WORDS:
        fields[number] = _PLACES.get(fields[number], fields[number])
    return fields


def key_of(fields: Sequence[Any]) -> Key:
    """The key that `key_fields` was given; rows with all words spelled out are read too."""
    members = [*fields]
    for number, nested in _NESTED:
        if number < len(members) and members[number] is not None:
            members[number] = nested._make(members[number])
    key_id = members[_KEY_ID] = _long_id(fields[_KEY_ID])
    members[_MATERIALS] = tuple([_material(material, key_id) for material in fields[_MATERIALS]])
    for number in _IN_WORDS:
        members[number] = _word(fields[number])
    if len(members) > _HISTORY:
        members[_HISTORY] = tuple([SharedChange(*change) for change in members[_HISTORY]])
    return Key(*members)


def _material_fields(material: KeyMaterial, key_id: str) -> list[Any]:
    """The key that it was born under stands only where it is another."""
    fields: list[Any] = [*material[: _end(material, _MATERIAL_DEFAULTS)]]
    fields[_MATERIAL_ID] = bytes.fromhex(material.material_id)
    if material.born_key_id == key_id:
        fields[_BORN_KEY_ID] = None
    return fields


def _material(fields: tuple[Any, ...], key_id: str) -> KeyMaterial:
    material_id, born_key_id, *rest = fields
    return KeyMaterial(material_id.hex(), born_key_id or key_id, *rest)


def _end(members: tuple[Any, ...], defaults: tuple[object, ...]) -> int:
    """Where those members begin, all at the end, that hold their defaults."""
    first = len(members) - len(defaults)
    if members[first:] == defaults:
        return first
    return 1 + max(number for number, default in enumerate(defaults, first) if members[number] != default)


def _short_id(key_id: str) -> str | bytes:
    """The 16 bytes of a UUID; the id of a multi-region key as it is."""
    return bytes.fromhex(key_id.replace("-", "")) if key_id[8:9] == "-" else key_id


def _long_id(stored: str | bytes) -> str:
    if isinstance(stored, str):
        return stored
    digits = stored.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _word(stored: Any) -> Any:
    return WORDS[stored] if type(stored) is int else stored
