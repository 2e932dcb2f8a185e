"""Rows of the STREAMS table.

Owns the encoding of a stream's row, [revision, kind, fields, frozen], and `STATE_VERSION`: a program whose version
differs from the one that built a state rebuilds it from the log. `frozen` marks a stream that a record of a later
version (or a body that does not fold) has touched: it is not served until a program that understands it has rebuilt.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgpack
import msgspec

from shared.aliases.model import Alias
from shared.erasure.model import Domain, SecretRequest
from shared.evolve import State
from shared.grants.model import EndedGrant, Grant
from shared.identity.model import (
    AccessKey,
    Account,
    Group,
    OidcProvider,
    Peer,
    Policy,
    PolicyVersion,
    Role,
    ServiceControl,
    SigningKeys,
    User,
)
from shared.key_stores.model import KeyStore
from shared.keys.model import CUSTOMER, Deletion, Key, KeyMaterial, Rotation

STATE_VERSION = 7
KINDS: Mapping[int, type[Any]] = {
    1: Key,
    2: Alias,
    3: Account,
    4: User,
    5: AccessKey,
    6: Peer,
    7: Grant,
    8: KeyStore,
    9: Group,
    10: Role,
    11: Policy,
    12: OidcProvider,
    13: ServiceControl,
    30: EndedGrant,
    40: Domain,
    41: SecretRequest,
}
_KIND_OF = {cls: kind for kind, cls in KINDS.items()}
_KEY_ID = Key._fields.index("key_id")
_MATERIALS = Key._fields.index("materials")
_MATERIAL_ID = KeyMaterial._fields.index("material_id")
_BORN_KEY_ID = KeyMaterial._fields.index("born_key_id")
_NESTED: Mapping[int, type[Any]] = {Key._fields.index("deletion"): Deletion, Key._fields.index("rotation"): Rotation}
_SIGNING_KEYS = AccessKey._fields.index("signing_keys")
_IN_COMMON = Key._fields.index("aliases")
_MANAGER = Key._fields.index("key_manager")
_COMMON_DEFAULTS: tuple[object, ...] = tuple(Key._field_defaults[name] for name in Key._fields[_IN_COMMON:])
_KEY_DEFAULTS: tuple[object, ...] = tuple(
    Key._field_defaults[name] for name in Key._fields[_MATERIALS + 1 : _MANAGER] if name in Key._field_defaults
)
_VERSIONS = Policy._fields.index("versions")
_DEFAULTS: Mapping[type[Any], tuple[object, ...]] = {
    kind: tuple(kind._field_defaults.values())
    for kind in (Account, User, AccessKey, Group, Role, Policy, OidcProvider, Peer)
}
_MATERIAL_DEFAULTS: tuple[object, ...] = tuple(KeyMaterial._field_defaults.values())


_write = msgspec.msgpack.Encoder().encode


class Row(NamedTuple):
    revision: int
    state: State | None
    frozen: bool


NO_ROW = Row(0, None, False)


def encode_row(revision: int, state: State | None, frozen: bool) -> bytes:
    """Errors: ValueError for a material id that is not hexadecimal."""
    kind = 0 if state is None else _KIND_OF[type(state)]
    fields: Sequence[object] | None = state
    if type(state) is Key:
        fields = _key_fields(state)
    elif state is not None and (defaults := _DEFAULTS.get(type(state))):
        fields = _without_end(state, defaults)
    return _write((revision, kind, fields, frozen))


def _key_fields(key: Key) -> list[object]:
    """The manager came late and what regions have in common last, so that rows without them are the older forms."""
    if key[_IN_COMMON:] != _COMMON_DEFAULTS:
        fields: list[object] = [*key]
    else:
        fields = _without_end(key[:_MANAGER] if key.key_manager == CUSTOMER else key[:_IN_COMMON], _KEY_DEFAULTS)
    fields[_MATERIALS] = [_material_fields(material, key.key_id) for material in key.materials]
    return fields


def _material_fields(material: KeyMaterial, key_id: str) -> list[object]:
    """A million keys are held: the id stands as its 32 bytes, and the key it was born under only where it differs."""
    fields = _without_end(material, _MATERIAL_DEFAULTS)
    fields[_MATERIAL_ID] = bytes.fromhex(material.material_id)
    if material.born_key_id == key_id:
        fields[_BORN_KEY_ID] = None
    return fields


def _without_end(fields: tuple[object, ...], defaults: tuple[object, ...]) -> list[object]:
    """`fields` without their end, where all of it is as most rows have it."""
    end = -len(defaults)
    return [*fields[:end]] if fields[end:] == defaults else [*fields]


def _material(fields: tuple[Any, ...], key_id: str) -> KeyMaterial:
    material_id, born_key_id, *rest = fields
    return KeyMaterial(material_id.hex(), born_key_id or key_id, *rest)


def decode_row(encoded: bytes | None) -> Row:
    """The row, or `NO_ROW` for a stream that never was."""
    if encoded is None:
        return NO_ROW
    revision, kind, fields, frozen = msgpack.unpackb(encoded, use_list=False)
    return Row(revision, _state(kind, fields), frozen)


def _state(kind: int, fields: tuple[Any, ...] | None) -> State | None:
    if fields is None:
        return None
    if kind == 1:
        materials = tuple([_material(material, fields[_KEY_ID]) for material in fields[_MATERIALS]])
        members = [_nested(number, value) for number, value in enumerate(fields)]
        members[_MATERIALS] = materials
        return Key(*members)
    if kind == 5 and fields[_SIGNING_KEYS] is not None:
        fields = _with_member(fields, _SIGNING_KEYS, SigningKeys._make(fields[_SIGNING_KEYS]))
    elif kind == 11:
        fields = _with_member(fields, _VERSIONS, tuple(map(PolicyVersion._make, fields[_VERSIONS])))
    state: State = KINDS[kind](*fields)
    return state


def _with_member(fields: tuple[Any, ...], number: int, value: object) -> tuple[Any, ...]:
    return *fields[:number], value, *fields[number + 1 :]


def _nested(number: int, value: Any) -> Any:
    nested = _NESTED.get(number)
    return value if nested is None or value is None else nested._make(value)
