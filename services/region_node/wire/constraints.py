"""The words in which a request or response type states its members' constraints.

Owns the markers that stand in `Annotated[...]`, and the sentence AWS says when a value breaks one. Source of the
sentences: ValidationException texts recorded from AWS KMS.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, NamedTuple, Protocol, TypeAlias


class Wire(NamedTuple):
    """The name on the wire, where it is not the member's name in PascalCase."""

    name: str


# No named tuples: empty ones of two classes are equal, and `Annotated` takes one for the other.
@dataclass(frozen=True)
class Sensitive:
    """The value never stands in an error, nor in an audit entry, nor does a list that has such elements."""


@dataclass(frozen=True)
class EpochSeconds:
    """The number is a time: seconds since 1970, with a fraction."""


@dataclass(frozen=True)
class PercentEncoded:
    """The text goes out percent-encoded (RFC 3986), as IAM does with policy documents."""


Timestamp: TypeAlias = Annotated[float, EpochSeconds()]


class Constraint(Protocol):
    """A rule for one value, and AWS's sentence about it."""

    def breach(self, value: object) -> str | None:
        """AWS's sentence where the value breaks the rule, None where it keeps it."""

    def sentences(self) -> tuple[str, ...]:
        """Everything that the rule demands, for the error of a list whose elements must keep it."""


UNBOUNDED = 2**31 - 1
"""The upper end where a model names none: the size of a request is bounded long before."""


class Length(NamedTuple):
    """Length of a text (characters), a blob (bytes), a list or a map; both ends included."""

    least: int
    most: int

    def breach(self, value: object) -> str | None:
        length = len(value)  # type: ignore[arg-type]  # the decoder has settled the type
        if length > self.most:
            return self.sentences()[0]
        return self.sentences()[1] if length < self.least else None

    def sentences(self) -> tuple[str, ...]:
        return (
            f"Member must have length less than or equal to {self.most}",
            f"Member must have length greater than or equal to {self.least}",
        )


class Range(NamedTuple):
    """A number's bounds, both included."""

    least: int
    most: int

    def breach(self, value: object) -> str | None:
        if value > self.most:  # type: ignore[operator]  # the decoder has settled the type
            return self.sentences()[0]
        return self.sentences()[1] if value < self.least else None  # type: ignore[operator]

    def sentences(self) -> tuple[str, ...]:
        return (
            f"Member must have value less than or equal to {self.most}",
            f"Member must have value greater than or equal to {self.least}",
        )


class Choice(NamedTuple):
    """The texts allowed, in the order in which the error lists them."""

    values: tuple[str, ...]

    def breach(self, value: object) -> str | None:
        return None if value in self.values else self.sentences()[0]

    def sentences(self) -> tuple[str, ...]:
        return (f"Member must satisfy enum value set: [{', '.join(self.values)}]",)


_CATEGORIES = (
    (r"\p{L}", r"\w"),
    (r"\p{N}", ""),
    (r"\p{Z}", " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"),
)
"""Unicode's categories in the words of Python: letters and numbers are `\\w` but for the underscore, which every
pattern of AWS that names letters lists too."""


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> re.Pattern[str]:
    """A pattern as AWS means it: `\\w` and `\\d` are ASCII, unless it names Unicode's categories."""
    python = expression
    for category, characters in _CATEGORIES:
        python = python.replace(category, characters)
    return re.compile(python, re.ASCII if python == expression else re.UNICODE)


class Pattern(NamedTuple):
    """A regular expression that the whole text must match."""

    expression: str

    def breach(self, value: object) -> str | None:
        matched = _compiled(self.expression).fullmatch(value)  # type: ignore[call-overload]  # the decoder has settled the type
        return None if matched else self.sentences()[0]

    def sentences(self) -> tuple[str, ...]:
        return (f"Member must satisfy regular expression pattern: {self.expression}",)


CONSTRAINTS = (Length, Range, Choice, Pattern)
