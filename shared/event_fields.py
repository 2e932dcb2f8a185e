"""What the fields of an event may hold: the check between the bytes of a record and everything that reads its events.

Owns the types, which follow from the annotations of the event classes, and the forms of the values that state is keyed
or sorted by, or that say what kind of key it is. A peer signs what it likes: without this check a number where a region
belongs would stop the fold of every region that adopts it, and a key of a spec that nobody knows what is done with it.
"""

from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Any, NamedTuple, TypeAlias, Union, get_args, get_origin

from shared.events import MaterialBorn
from shared.identifiers import (
    ACCOUNT_PATTERN,
    ALIAS_PATTERN,
    ARCHIVE_PATTERN,
    KEY_ID_PATTERN,
    KEY_STORE_ID_PATTERN,
    REGION_PATTERN,
)
from shared.identity.naming import IDENTITY_FORMS
from shared.key_stores.model import CLOUDHSM, EXTERNAL_KEY_STORE
from shared.keys.specs import ALGORITHMS, MULTI_REGION_ORIGINS, USAGES
from shared.keys.times import ROTATION_PERIODS
from shared.keys.whole import is_whole

Check: TypeAlias = Callable[[Any], object]
"""Whether a value is as it should be (true), or not (false)."""
Require: TypeAlias = Callable[[Mapping[int, Any]], None]

ABSENT = object()
"""The default of a field that has none."""
SHAPES_MOST = 64
"""So many orders and types of members are remembered of a class, and none with fields of a later version: a peer may
think of any, of any size."""
MATERIALS = tuple[MaterialBorn, ...]
COUNT_BELOW = 1 << 63
RANDOM_ID_BYTES = 32
RANDOM_ID_DIGITS = 2 * RANDOM_ID_BYTES
DATE_DIGITS = 8
ORIGINS = MULTI_REGION_ORIGINS | {CLOUDHSM, EXTERNAL_KEY_STORE}


class Field(NamedTuple):
    """One field of a class. `hint`: its type as msgpack gives it."""

    number: int
    name: str
    hint: Any
    default: object


class _Column(NamedTuple):
    """One field: the types it may have (none: any), and what is checked of a value that is not None."""

    name: str
    types: frozenset[type]
    checks: tuple[Check, ...]


def _are(kind: type) -> Check:
    only = frozenset((kind,))
    return lambda values: only.issuperset(map(type, values))


def _are_pairs(values: tuple[Any, ...]) -> bool:
    return not values or all(type(pair) is tuple and tuple(map(type, pair)) == (str, str) for pair in values)


_is_count: Check = range(COUNT_BELOW).__contains__


def _are_regions(values: tuple[Any, ...]) -> bool:
    return all(map(REGION_PATTERN.fullmatch, values))


def _are_alias_names(values: tuple[Any, ...]) -> bool:
    return all(map(ALIAS_PATTERN.fullmatch, values))


def _is_date(value: str) -> bool:
    return len(value) == DATE_DIGITS and value.isascii() and value.isdecimal()


def _is_random_id(value: str) -> bool:
    """32 bytes, in hexadecimal digits. Bytes are of ASCII alone, and looked at five times as fast as characters."""
    return len(value) == RANDOM_ID_DIGITS and value.encode().isalnum()


def _are_random_ids(values: tuple[Any, ...]) -> bool:
    return all(map(_is_random_id, values))


def _is_sealed(value: Mapping[Any, Any]) -> bool:
    return all(type(region) is str and type(secret) is bytes for region, secret in value.items())


_FORMS: Mapping[str, Check] = {
    "account": ACCOUNT_PATTERN.fullmatch,
    "issuing_account": ACCOUNT_PATTERN.fullmatch,
    "key_id": KEY_ID_PATTERN.fullmatch,
    "born_key_id": KEY_ID_PATTERN.fullmatch,
    "material_id": _is_random_id,
    "material_ids": _are_random_ids,
    "grant_id": _is_random_id,
    "archive": ARCHIVE_PATTERN.fullmatch,
    "key_store_id": KEY_STORE_ID_PATTERN.fullmatch,
    "primary_region": REGION_PATTERN.fullmatch,
    "home_region": REGION_PATTERN.fullmatch,
    "replica_region": REGION_PATTERN.fullmatch,
    "region": REGION_PATTERN.fullmatch,
    "peer_region": REGION_PATTERN.fullmatch,
    "replica_regions": _are_regions,
    "regions": _are_regions,
    "former_region": REGION_PATTERN.fullmatch,
    "unheard": _are_regions,
    "shared_state": is_whole,
    "held_in": _are_regions,
    "stand_by_region": REGION_PATTERN.fullmatch,
    "aliases": _are_alias_names,
    "first_date": _is_date,
    "spec": ALGORITHMS.__contains__,
    "usage": USAGES.__contains__,
    "origin": ORIGINS.__contains__,
    "period_days": ROTATION_PERIODS.__contains__,
    "rotation_period_days": ROTATION_PERIODS.__contains__,
    "heir_key_id": KEY_ID_PATTERN.fullmatch,
    "unconfirmed": _are_regions,
    "in_vain": _are_regions,
    **IDENTITY_FORMS,
}
"""By the field's name, whatever event it stands in."""

_BINARY_FORMS: Mapping[str, Check] = {"material_id": lambda value: len(value) == RANDOM_ID_BYTES}
"""Of what stands in bytes."""

_PLAIN: Mapping[Any, tuple[Check, ...]] = {str: (), bytes: (), bool: (), int: (_is_count,), type(None): ()}


def requirement(fields: Sequence[Field], sure: frozenset[int] = frozenset()) -> Require:
    """A closure that checks the members of one class as they were read, by field number.

    It raises LookupError for a missing member, TypeError or ValueError for a wrong one. Built once a class: rebuilding
    a region reads millions of events. What the numbers and types that are there leave to be checked is found out once,
    the defaults of those that are not there included; few are right. Those that are `sure` may be missing.
    """
    columns = {field.number: _column(field.name, field.hint) for field in fields}
    defaults = {field.number: field.default for field in fields if field.default is not ABSENT}
    known: dict[tuple[object, ...], list[tuple[int, Check]]] = {}

    def require(members: Mapping[int, Any]) -> None:
        shape = tuple(members) + tuple(map(type, members.values()))
        checks = known.get(shape)
        if checks is None:
            checks = _checks(columns, defaults, members, sure)
            if members.keys() <= columns.keys() and len(known) < SHAPES_MOST:
                known[shape] = checks
        for number, check in checks:
            if not check(members[number]):
                raise ValueError(f"{columns[number].name} has no form that it may have")

    return require


def _checks(
    columns: Mapping[int, _Column], defaults: Mapping[int, object], members: Mapping[int, Any], sure: frozenset[int]
) -> list[tuple[int, Check]]:
    """What is to be checked of members of these types, now that those which are missing have been."""
    checks = []
    for number, column in columns.items():
        if number in members:
            checks += [(number, check) for check in _typed(column, members[number])]
        elif number not in sure:
            default = defaults[number]
            if not all(check(default) for check in _typed(column, default)):
                raise ValueError(f"{column.name} has no form that it may have")
    return checks


def _typed(column: _Column, value: object) -> tuple[Check, ...]:
    """What is to be checked of a value of this type. Errors: TypeError where it is not of its field."""
    found = type(value)
    if column.types and found not in column.types:
        raise TypeError(f"{column.name} is of type {found.__name__}")
    return () if value is None else column.checks


def _column(name: str, hint: Any) -> _Column:
    if hint == MATERIALS:
        return _Column(name, frozenset(), ())  # each is checked where it is made, and the tuple is ours
    hints = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    types, checks = zip(*map(_plain_or_nested, hints), strict=True)
    form = (hint is bytes and _BINARY_FORMS.get(name)) or _FORMS.get(name)
    return _Column(name, frozenset(types), (*sum(checks, ()), *filter(None, (form,))))


def _plain_or_nested(hint: Any) -> tuple[type, tuple[Check, ...]]:
    """The type of a field as msgpack gives it, and what is checked inside it."""
    if hint in _PLAIN:
        return hint, _PLAIN[hint]
    if get_origin(hint) is not tuple:
        return dict, (_is_sealed,)
    element = get_args(hint)[0]
    return tuple, (_are_pairs if get_origin(element) is tuple else _are(element),)
