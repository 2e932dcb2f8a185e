"""Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and `${*}`, `${?}`, `${$}` as themselves.

Owns their syntax and what they stand for in a request. What is put in their place is plain text: a principal that is
named `*` matches nothing but a `*`.
Source: IAM User Guide, "IAM policy elements: Variables and tags".
"""

import re
from typing import NamedTuple, TypeAlias

from shared.errors import MalformedPolicy
from shared.policy.glob import Piece, Pieces, Wildcard, pieces
from shared.policy.question import Context


class Variable(NamedTuple):
    """`key` in lower case. `default` None: without a value there is none."""

    key: str
    default: str | None


Template: TypeAlias = tuple[Piece | Variable, ...]

_PLACE = re.compile(r"\$\{([^{}]*)\}")
_VARIABLE = re.compile(r"([^\s',{}:]+:[^',{}]*[^\s',{}])(?:\s*,\s*'([^'{}]*)')?")
_ITSELF = frozenset("*?$")


def varies(text: str) -> bool:
    """Whether variables stand in a value, in a policy that has them."""
    return "${" in text


def plain(text: str, wildcards: bool) -> Pieces:
    """A value without variables; `wildcards`: whether `*` and `?` are such in it."""
    return pieces(text) if wildcards else (text,)


def template(text: str, wildcards: bool) -> Template:
    """A value with variables. Errors: MalformedPolicy for a `${` that opens none."""
    parts = _PLACE.split(text)
    if any(varies(literal) for literal in parts[::2]):
        raise MalformedPolicy("Policy contains a variable that does not end.")
    read: list[Piece | Variable] = []
    for literal, place in zip(parts[::2], [*parts[1::2], None], strict=True):
        read.extend(plain(literal, wildcards))
        if place is not None:
            read.append(place if place in _ITSELF else _variable(place))
    return tuple(read)


def resolved(parts: Template, context: Context) -> Pieces | None:
    """What it says in a request; None where a variable has no value, or several."""
    found: list[Piece] = []
    for part in parts:
        value = _value(part, context) if isinstance(part, Variable) else part
        if value is None:
            return None
        found.append(value)
    return tuple(found)


def resolved_text(parts: Template, context: Context) -> str | None:
    """The same of a template without wildcards."""
    found = resolved(parts, context)
    return None if found is None else "".join(piece for piece in found if isinstance(piece, str))


def begins(parts: Template, text: str, context: Context) -> int:
    """How far a text agrees with the template before its first wildcard; -1 where it does not."""
    place = 0
    for part in parts:
        if isinstance(part, Wildcard):
            break
        value = _value(part, context) if isinstance(part, Variable) else part
        if value is None or not text.startswith(value, place):
            return -1
        place += len(value)
    return place


def _value(variable: Variable, context: Context) -> str | None:
    value = context.get(variable.key)
    if isinstance(value, tuple):
        return None if value else variable.default
    return variable.default if value is None else value


def _variable(place: str) -> Variable:
    written = _VARIABLE.fullmatch(place.strip())
    if written is None:
        raise MalformedPolicy(f"Policy contains the variable ${{{place}}}, which is not understood.")
    return Variable(written[1].lower(), written[2])
