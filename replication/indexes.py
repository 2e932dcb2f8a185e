"""The indexes of the state: what can be found without its stream's name.

Owns their names and which of them a state stands under. All follow from the rows of STREAMS, so that a rebuild gives
the same; they are kept by partition, and their rows hold nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shared.aliases.model import Alias
from shared.evolve import State
from shared.identifiers import key_stream
from shared.keys.due import due_at
from shared.keys.model import Key

DUE = "due/"
_TIME_DIGITS = 16


def alias_index(account: str, key_id: str, alias: str) -> str:
    return f"alias-of/{account}/{key_id}/{alias}"


def due_index(time: int, stream: str) -> str:
    """`time` is integer milliseconds; the names stand in the order of time."""
    return f"{DUE}{time:0{_TIME_DIGITS}}/{stream}"


def due_of(name: str) -> tuple[int, str]:
    """Time and stream of the name that `due_index` has made."""
    time, _, stream = name.removeprefix(DUE).partition("/")
    return int(time), stream


def _of_alias(alias: Alias, _region: str) -> Iterable[str]:
    return (alias_index(alias.account, alias.key_id, alias.alias),)


def _of_key(key: Key, region: str) -> Iterable[str]:
    time = due_at(key, region)
    return () if time is None else (due_index(time, key_stream(key.account, key.key_id)),)


_INDEXES: Mapping[type[Any], Callable[[Any, str], Iterable[str]]] = {Alias: _of_alias, Key: _of_key}


def indexes_of(state: State | None, region: str) -> frozenset[str]:
    """The names that `state`, as `region` holds it, stands under in its partition."""
    of = _INDEXES.get(type(state))
    return frozenset() if of is None else frozenset(of(state, region))
