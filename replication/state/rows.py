"""Rows of the STREAMS table.

Owns the encoding of a stream's row, [revision, kind, fields, frozen], and `STATE_VERSION`: a program whose version
differs from the one that built a state rebuilds it from the log. `frozen` marks a stream that a record of a later
version (or a body that does not fold) has touched: it is not served until a program that understands it has rebuilt.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgpack
import msgspec

from replication.state.key_rows import key_fields, key_of
from shared.aliases.model import Alias
from shared.backups.model import Backup
from shared.drills.model import Recovery
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
from shared.keys.model import Key
from shared.nodes.model import Node
from shared.rebuild.model import Forgotten, Readmission, Rebuild

STATE_VERSION = 8
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
    42: Node,
    50: Backup,
    60: Rebuild,
    61: Readmission,
    70: Recovery,
    71: Forgotten,
}
_KIND_OF = {cls: kind for kind, cls in KINDS.items()}
_SIGNING_KEYS = AccessKey._fields.index("signing_keys")
_VERSIONS = Policy._fields.index("versions")
_DEFAULTS: Mapping[type[Any], tuple[object, ...]] = {
    kind: tuple(kind._field_defaults.values())
    for kind in (Account, User, AccessKey, Group, Grant, Role, Policy, OidcProvider, Peer, SecretRequest)
} | {Node: tuple(Node._field_defaults.values())[-2:], Domain: (Domain._field_defaults["earlier"],)}
"""The end of a row that is left out where all of it is so; of a node and a domain, what came late."""
_LATE: Mapping[type[Any], tuple[int, ...]] = {Account: (2, 1)}
"""How many fields came late, the latest first, so that rows that are without them are the older forms."""


_write = msgspec.msgpack.Encoder().encode


class Row(NamedTuple):
    revision: int
    state: State | None
    frozen: bool


NO_ROW = Row(0, None, False)


def encode_row(revision: int, state: State | None, frozen: bool) -> bytes:
    """Errors: ValueError for an id that is not hexadecimal."""
    kind = 0 if state is None else _KIND_OF[type(state)]
    fields: Sequence[object] | None = state
    if type(state) is Key:
        fields = key_fields(state)
    elif state is not None and (defaults := _DEFAULTS.get(type(state))):
        fields = _without_late(state, defaults)
    return _write((revision, kind, fields, frozen))


def _without_late(state: State, defaults: tuple[object, ...]) -> list[object]:
    """`state` without its end, and without what came late, where all of that is as most rows have it."""
    fields: tuple[object, ...] = state
    for late in _LATE.get(type(state), ()):
        if fields[-late:] != defaults[-late:]:
            break
        fields, defaults = fields[:-late], defaults[:-late]
    return _without_end(fields, defaults)


def _without_end(fields: tuple[object, ...], defaults: tuple[object, ...]) -> list[object]:
    """`fields` without their end, where all of it is as most rows have it."""
    end = -len(defaults)
    return [*fields[:end]] if fields[end:] == defaults else [*fields]


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
        return key_of(fields)
    if kind == 5 and fields[_SIGNING_KEYS] is not None:
        fields = _with_member(fields, _SIGNING_KEYS, SigningKeys._make(fields[_SIGNING_KEYS]))
    elif kind == 11:
        fields = _with_member(fields, _VERSIONS, tuple(map(PolicyVersion._make, fields[_VERSIONS])))
    state: State = KINDS[kind](*fields)
    return state


def _with_member(fields: tuple[Any, ...], number: int, value: object) -> tuple[Any, ...]:
    return *fields[:number], value, *fields[number + 1 :]
