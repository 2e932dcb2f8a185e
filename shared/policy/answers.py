"""What a program has answered before, to the same facts.

Owns the remembering of verdicts. An evaluation asks for the facts of a request one after the other, and which comes
next follows from those before it alone: where the same facts come again the answer is known without a comparison. So
the answers of a program are a tree: a fact that is asked for, a branch for each of its values, a verdict at every end.
Nothing is ever stale here, for a program follows from its policies' texts; and it is bounded, since clients choose
facts.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from shared.policy.question import Context, Values
from shared.policy.verdict import Verdict

MOST = 24
"""Facts and ends of one program that are remembered. A program that meets more kinds of requests evaluates the rest."""
LONGEST = 128
"""Characters of a value by which anything is remembered; a multivalued one may have a few such texts."""
_FEW = 4
MOST_COMPARISONS = 20_000
"""Of the values of multivalued condition keys, in one request: they take some ten milliseconds."""

_Told: TypeAlias = Values | None


class _Fork(NamedTuple):
    """A fact, and how the evaluation goes on by its value."""

    key: str
    branches: "dict[_Told, Step]"


Step: TypeAlias = _Fork | Verdict
"""How far an evaluation is that has been done before: at a fact, or at its end."""


def follow(step: Step | None, context: Context) -> Verdict | None:
    """The answer to which these facts lead from `step`, if it is known."""
    while type(step) is _Fork:
        step = step.branches.get(context.get(step.key))
    return step  # type: ignore[return-value]  # what is no fork is an end, or nothing


class Answers:
    """Of one program."""

    __slots__ = ("_beginning", "_room")

    def __init__(self) -> None:
        self._beginning: dict[_Told, Step] = {}
        self._room = MOST

    def find(self, context: Context) -> Verdict | None:
        """The answer to these facts, if it is known."""
        return follow(self._beginning.get(None), context)

    def beyond(self, known: Mapping[str, Values | None]) -> Step | None:
        """Where every evaluation goes on to whose facts are all like `known`, as far as that reaches."""
        step = self._beginning.get(None)
        while isinstance(step, _Fork) and step.key in known:
            step = step.branches.get(known[step.key])
        return step

    def keep(self, facts: "Listening", verdict: Verdict) -> None:
        """Remember what was answered to `facts`, where there is room for it."""
        heard = facts.heard
        if len(heard) >= self._room or not all(map(_is_small, heard.values())):
            return
        branches, value = self._beginning, None
        for key, told in heard.items():
            step = branches.get(value)
            if not isinstance(step, _Fork):
                step = branches[value] = _Fork(key, {})
                self._room -= 1
            branches, value = step.branches, told
        branches[value] = verdict
        self._room -= 1


def _is_small(told: _Told) -> bool:
    if isinstance(told, tuple):
        return len(told) <= _FEW and all(map(_is_small, told))
    return told is None or len(told) <= LONGEST


class TooMuchToCompare(Exception):
    """A request has so many values of a condition key that its policies would stall the node: it is denied."""


class Noting(Mapping[str, Values]):
    """The facts of a request, which are looked up in `context`, and what was heard of those asked for: a `Context`."""

    __slots__ = ("_context", "heard")

    def __init__(self, context: Context) -> None:
        self._context = context
        self.heard: dict[str, _Told] = {}

    def get(self, key: str, default: Any = None) -> Any:
        told = self.heard[key] if key in self.heard else self._asked(key)
        return default if told is None else told

    def _asked(self, key: str) -> _Told:
        told: _Told = self._context.get(key)
        self.heard[key] = told
        return told

    def __getitem__(self, key: str) -> Values:
        values: Values | None = self.get(key)
        if values is None:
            raise KeyError(key)
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(self._context)

    def __len__(self) -> int:
        return len(self._context)


class Listening(Noting):
    """`comparisons`: how many each value of a condition key takes. Errors of `get`: TooMuchToCompare."""

    __slots__ = ("_comparisons", "_left")

    def __init__(self, context: Context, comparisons: Mapping[str, int]) -> None:
        super().__init__(context)
        self._comparisons, self._left = comparisons, MOST_COMPARISONS

    def _asked(self, key: str) -> _Told:
        told = super()._asked(key)
        if isinstance(told, tuple):
            self._left -= len(told) * self._comparisons.get(key, 0)
            if self._left < 0:
                raise TooMuchToCompare(key)
        return told
