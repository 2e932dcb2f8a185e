"""What a permission is asked for, and the request's facts as policies name them.

Owns `Asked` and `Facts`, the condition keys of one request: each is made only when a policy asks for it, since most
policies ask for none. The tables of keys are in `global_facts.py` and `kms_facts.py`.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias, TypeVar

from services.region_node.requests.call import Call
from shared.errors import KeytideError
from shared.keys.model import Key
from shared.policy.question import Context, Values
from shared.policy.ready import Lasting

_NOTHING: Context = {}
_UNKNOWN = object()
LASTING_MOST = 32
"""Condition keys that are remembered beyond a request."""
WAYS_MOST = 4096
"""Condition keys of which it is remembered who tells them."""
_PREFIX = re.compile("[^:/]*:[^:/]*[:/]")
Result = TypeVar("Result")


class Asked(NamedTuple):
    """`action` as policies name it (`kms:Encrypt`). `key` None: the action is on no key, or on none that there is yet.

    `alias`: the alias (with `alias/`) by which the request named the key, if it did.
    """

    call: Call
    action: str
    key: Key | None = None
    alias: str | None = None

    @property
    def request(self) -> object:
        """The typed request; each operation has its own type."""
        return self.call.request


Fact: TypeAlias = Callable[[Asked], Values | None]
"""The values of one condition key; None where the request has none."""

Family: TypeAlias = Callable[[Asked], Mapping[str, Values]]
"""The values of all condition keys of one prefix, such as `aws:requesttag/`, by what follows it in lower case."""


class _Way(NamedTuple):
    """Who tells the values of a condition key: its fact, or its family, by `name`; or neither of them."""

    fact: Fact | None
    family: Family | None
    name: str
    lasts: bool


class Tables:
    """`facts`: by the key's name in lower case. `families`: by the prefix in lower case, its separator with it.

    `lasting`: of both those that follow from caller, address, region and key alone, in one version of the state.
    """

    def __init__(
        self,
        facts: Mapping[str, Fact],
        families: Mapping[str, Family],
        lasting: frozenset[str] = frozenset(),
    ) -> None:
        self.facts, self.families, self.lasting = facts, families, lasting
        self.way_to = lru_cache(maxsize=WAYS_MOST)(self._way_to)

    def _way_to(self, key: str) -> _Way:
        if (fact := self.facts.get(key)) is not None:
            return _Way(fact, None, key, key in self.lasting)
        prefix, name = _parted(key)
        return _Way(None, self.families.get(prefix), name, prefix in self.lasting)


class Facts(Mapping[str, Values]):
    """The condition keys of one request, in lower case: implements `shared.policy.question.Context`.

    `own`: those that the operation itself tells; the tables say the others. Each is found once, however many statements
    ask for it. `lasting`: what other requests for the same have found that outlasts them; this one adds to it.
    """

    __slots__ = ("_asked", "_known", "_lasting", "_own", "_tables")

    def __init__(self, asked: Asked, tables: Tables, own: Context = _NOTHING, lasting: Lasting | None = None) -> None:
        self._asked, self._tables, self._own = asked, tables, own
        self._lasting = {} if lasting is None else lasting
        self._known: dict[Any, Any] = {**own}  # by condition key, and family

    def __getitem__(self, key: str) -> Values:
        values: Values | None = self.get(key)
        if values is None:
            raise KeyError(key)
        return values

    def get(self, key: str, default: Any = None) -> Any:
        """Policies ask for what is not there as often as for what is: without an exception."""
        values = self._known.get(key, _UNKNOWN)
        if values is _UNKNOWN:
            values = self._known[key] = self._lasting[key] if key in self._lasting else self._found(key)
        return default if values is None else values

    def _found(self, key: str) -> Values | None:
        fact, family, name, lasts = self._tables.way_to(key)
        if fact is not None:
            values = fact(self._asked)
        elif family is not None:
            values = self._told_by(family).get(name)
        else:
            values = self._vouched_for().get(key)
        if lasts and len(self._lasting) < LASTING_MOST:
            self._lasting[key] = values
        return values

    def _told_by(self, family: Family) -> Mapping[str, Values]:
        told: Mapping[str, Values] | None = self._known.get(family)
        if told is None:
            told = self._known[family] = family(self._asked)
        return told

    def _vouched_for(self) -> Mapping[str, Values]:
        """What an identity provider's token said of the session."""
        session = self._asked.call.caller.session
        return _NOTHING if session is None else dict(session.facts)

    def told(self) -> dict[str, Values]:
        """Every key that has a value here: for explanations, not for judging. What cannot be told is left out."""
        found: dict[str, Values] = {}
        for prefix, family in self._tables.families.items():
            found.update((prefix + name, value) for name, value in _known(family, self._asked, _NOTHING).items())
        for key, fact in self._tables.facts.items():
            if (value := _known(fact, self._asked, None)) is not None:
                found[key] = value
        return {**self._vouched_for(), **found, **self._own}

    def __iter__(self) -> Iterator[str]:
        return iter(self.told())

    def __len__(self) -> int:
        return len(self.told())


def told(context: Context) -> Mapping[str, Values]:
    """All of a question's context, which later changes of the state do not touch."""
    return context.told() if isinstance(context, Facts) else dict(context)


def _known(tell: Callable[[Asked], Result], asked: Asked, otherwise: Result) -> Result:
    """What a row of the tables says; `otherwise` where the request is such that it refuses."""
    try:
        return tell(asked)
    except KeytideError:
        return otherwise


def _parted(key: str) -> tuple[str, str]:
    """The prefix of a condition key whose last part people choose, as in `aws:requesttag/team`, and that part."""
    prefix = _PREFIX.match(key)
    return ("", key) if prefix is None else (prefix[0], key[prefix.end() :])


def flag(value: bool) -> str:
    """A boolean as policies write it."""
    return "true" if value else "false"


def without_case(pairs: Collection[tuple[str, str]]) -> Mapping[str, Values]:
    """Values by their names in lower case. Of names that differ in case only none is told.

    Else who may set `team` alone would overrule `Team`. Source: IAM User Guide, "Controlling access to AWS resources
    using tags": a condition matches a key in either form, but not both.
    """
    told: dict[str, Values] = {name.lower(): value for name, value in pairs}
    if len(told) == len(pairs):
        return told
    times = Counter(name.lower() for name, _ in pairs)
    return {name: value for name, value in told.items() if times[name] == 1}
