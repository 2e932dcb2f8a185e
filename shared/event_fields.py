"""What the fields of an event may hold: the check between the bytes of a record and everything that reads its events.

Owns the types, which follow from the annotations of the event classes, and the forms of the values that state is keyed
or sorted by, or that say what kind of key it is. A peer signs what it likes: without this check a number where a region
belongs would stop the fold of every region that adopts it, and a key of a spec that nobody knows what is done with it.
"""

from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Any, NamedTuple, TypeAlias, Union, get_args, get_origin, get_type_hints

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
Require: TypeAlias = Callable[[Sequence[Any]], None]

COUNT_BELOW = 1 << 63
RANDOM_ID_DIGITS = 64
DATE_DIGITS = 8
ORIGINS = MULTI_REGION_ORIGINS | {CLOUDHSM, EXTERNAL_KEY_STORE}


class _Column(NamedTuple):
    """One field of a class: the types it may have, and what is checked of a value that is not None."""

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
    **IDENTITY_FORMS,
}
"""By the field's name, whatever event it stands in."""

_PLAIN: Mapping[Any, tuple[Check, ...]] = {str: (), bytes: (), bool: (), int: (_is_count,), type(None): ()}


def requirement(event_type: type[Any], sure: frozenset[str] = frozenset()) -> Require:
    """A closure that checks the values of one class, in the order of its fields. It raises TypeError or ValueError.

    Built once a class: rebuilding a region reads millions of events. What a combination of types leaves to be checked
    is found out once; there are few that are right. Of the fields that are `sure` the type alone is looked at.
    """
    columns = [_column(name, hint, name in sure) for name, hint in get_type_hints(event_type).items()]
    known: dict[tuple[type, ...], list[tuple[int, Check]]] = {}

    def require(values: Sequence[Any]) -> None:
        types = tuple(map(type, values))
        checks = known.get(types)
        if checks is None:
            checks = known[types] = _checks(columns, types)
        for number, check in checks:
            if not check(values[number]):
                raise ValueError(f"{columns[number].name} has no form that it may have")

    return require


def _checks(columns: list[_Column], types: tuple[type, ...]) -> list[tuple[int, Check]]:
    """What is to be checked of values of these types. Errors: TypeError where one is not of its field."""
    for column, found in zip(columns, types, strict=True):
        if found not in column.types:
            raise TypeError(f"{column.name} is of type {found.__name__}")
    absent = type(None)
    return [
        (number, check)
        for number, (column, found) in enumerate(zip(columns, types, strict=True))
        if found is not absent
        for check in column.checks
    ]


def _column(name: str, hint: Any, is_sure: bool) -> _Column:
    hints = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    types, checks = zip(*map(_plain_or_nested, hints), strict=True)
    form = (_FORMS[name],) if name in _FORMS and not is_sure else ()
    return _Column(name, frozenset(types), (*sum(checks, ()), *form))


def _plain_or_nested(hint: Any) -> tuple[type, tuple[Check, ...]]:
    """The type of a field as msgpack gives it, and what is checked inside it."""
    if hint in _PLAIN:
        return hint, _PLAIN[hint]
    if get_origin(hint) is not tuple:
        return dict, (_is_sealed,)
    element = get_args(hint)[0]
    if element is MaterialBorn:
        return tuple, ()  # each is made, and checked, before its event is
    return tuple, (_are_pairs if get_origin(element) is tuple else _are(element),)
