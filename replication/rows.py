"""Rows of the STREAMS table and the indexes that follow from them.

Owns the encoding of a stream's row, [revision, kind, fields, frozen], and `STATE_VERSION`: a program whose version
differs from the one that built a state rebuilds it from the log. `frozen` marks a stream that a record of a later
version (or a body that does not fold) has touched: it is not served until a program that understands it has rebuilt.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgpack

from replication.state_store import row_key
from shared.aliases.model import Alias
from shared.evolve import State
from shared.identity.model import AccessKey, Account, Peer, SigningKeys, User
from shared.keys.model import Key, KeyMaterial

STATE_VERSION = 1
KINDS: Mapping[int, type[Any]] = {1: Key, 2: Alias, 3: Account, 4: User, 5: AccessKey, 6: Peer}
_KIND_OF = {cls: kind for kind, cls in KINDS.items()}
_KEY_ID = Key._fields.index("key_id")
_MATERIALS = Key._fields.index("materials")
_INDEXED = frozenset((Alias, AccessKey))
LONGEST_KEY = 511
"""Bytes that a key of the state store may have."""
_SIGNING_KEYS = AccessKey._fields.index("signing_keys")


_pack = msgpack.Packer().pack
"""Kept, because making a packer costs more than packing a row."""


class Row(NamedTuple):
    revision: int
    state: State | None
    frozen: bool


NO_ROW = Row(0, None, False)


def encode_row(revision: int, state: State | None, frozen: bool) -> bytes:
    """Errors: ValueError for a material id that is not hexadecimal."""
    kind = 0 if state is None else _KIND_OF[type(state)]
    fields: tuple[object, ...] | None = state
    if type(state) is Key:
        materials = [_material_fields(material, state.key_id) for material in state.materials]
        fields = (*state[:_MATERIALS], materials, *state[_MATERIALS + 1 :])
    encoded: bytes = _pack((revision, kind, fields, frozen))
    return encoded


def _material_fields(material: KeyMaterial, key_id: str) -> tuple[object, ...]:
    """A million keys are held: the id stands as its 32 bytes, and the key it was born under only where it differs."""
    material_id, born_key_id, created_at, wrapped = material
    return bytes.fromhex(material_id), None if born_key_id == key_id else born_key_id, created_at, wrapped


def _material(fields: tuple[Any, ...], key_id: str) -> KeyMaterial:
    material_id, born_key_id, created_at, wrapped = fields
    return KeyMaterial(material_id.hex(), born_key_id or key_id, created_at, wrapped)


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
        return Key._make((*fields[:_MATERIALS], materials, *fields[_MATERIALS + 1 :]))
    if kind == 5 and fields[_SIGNING_KEYS] is not None:
        bundle = SigningKeys._make(fields[_SIGNING_KEYS])
        return AccessKey._make((*fields[:_SIGNING_KEYS], bundle, *fields[_SIGNING_KEYS + 1 :]))
    state: State = KINDS[kind]._make(fields)
    return state


def alias_index(account: str, key_id: str, alias: str) -> str:
    return f"alias-of/{account}/{key_id}/{alias}"


def access_key_index(access_key_id: str) -> bytes:
    """Requests name an access key without its account, so this one index is not kept by partition."""
    return b"\xff\xffaccess-key/" + access_key_id.encode()


def index_changes(partition: int, before: State | None, after: State | None) -> Sequence[tuple[bytes, bytes | None]]:
    """The index rows that follow from a stream's change; None for one that goes. Errors: ValueError for a long name."""
    if type(before) not in _INDEXED and type(after) not in _INDEXED:
        return ()
    changes: dict[bytes, bytes | None] = {}
    if type(before) is Alias:
        changes[_alias_key(partition, before)] = None
    if type(after) is Alias:
        changes[_alias_key(partition, after)] = b""
    elif type(after) is AccessKey:
        changes[access_key_index(after.access_key_id)] = after.account.encode()
    if any(len(key) > LONGEST_KEY for key in changes):
        raise ValueError("an index name is too long")
    return tuple(changes.items())


def _alias_key(partition: int, alias: Alias) -> bytes:
    return row_key(partition, alias_index(alias.account, alias.key_id, alias.alias))
