"""Wildcards and policy variables: a value of a policy becomes tokens, and tokens are matched letter by letter.

Source: IAM User Guide, "IAM policy elements: Variables and tags"; "IAM JSON policy elements: Resource".
"""

from collections.abc import Sequence
from enum import Enum
from typing import TypeAlias

from shared.policy.question import Context


class Wildcard(Enum):
    ANY = "any letters"
    ANY_IN_PART = "any letters but a colon"
    ONE = "one letter"


Token: TypeAlias = str | Wildcard
Tokens: TypeAlias = list[Token]


def matches(pattern: Sequence[Token], text: str) -> bool:
    reachable = {0}
    for token in pattern:
        reachable = {after for place in reachable for after in _places_after(token, text, place)}
    return len(text) in reachable


def _places_after(token: Token, text: str, place: int) -> Sequence[int]:
    rest = text[place:]
    if token is Wildcard.ANY:
        return range(place, len(text) + 1)
    if token is Wildcard.ANY_IN_PART:
        return range(place, place + len(rest.partition(":")[0]) + 1)
    if rest and token in (Wildcard.ONE, rest[0]):
        return [place + 1]
    return []


def with_wildcards(text: str) -> Tokens:
    meaning: dict[str, Token] = {"*": Wildcard.ANY, "?": Wildcard.ONE}
    return [meaning.get(letter, letter) for letter in text]


def without_wildcards(text: str) -> Tokens:
    return list(text)


def expand(value: str, context: Context | None, wildcards: bool) -> Tokens | None:
    """`value` with its variables replaced by literal letters; None where one has no value.

    `context` None: the policy's version knows no variables.
    """
    literal = with_wildcards if wildcards else without_wildcards
    if context is None:
        return literal(value)
    tokens: Tokens = []
    while "${" in value:
        before, _, after = value.partition("${")
        variable, _, value = after.partition("}")
        replacement = _value_of(variable, context)
        if replacement is None:
            return None
        tokens += literal(before) + without_wildcards(replacement)
    return tokens + literal(value)


def _value_of(variable: str, context: Context) -> str | None:
    if variable in ("*", "?", "$"):
        return variable
    key, comma, default = variable.partition(",")
    value = context.get(key.strip().lower())
    if isinstance(value, str):
        return value
    return default.strip()[1:-1] if comma else None


def resource_matches(value: str, context: Context | None, resource: str) -> bool:
    """A star that ends a part of the ARN goes on over colons, any other stays in its part; missing parts are stars."""
    if value == "*":
        return True
    tokens: Tokens = []
    for place, part in enumerate(_six_parts(value)):
        expanded = expand(part, context if place >= 5 else None, wildcards=True)
        if expanded is None:
            return False
        last = len(expanded) - 1
        tokens += [":"] if place else []
        tokens += [
            Wildcard.ANY_IN_PART if token is Wildcard.ANY and index != last else token
            for index, token in enumerate(expanded)
        ]
    return matches(tokens, resource)


def _six_parts(arn: str) -> list[str]:
    parts = arn.split(":", 5)
    return parts + ["*"] * (6 - len(parts))


def arn_matches(value: str, context: Context | None, arn: str) -> bool:
    """`ArnLike`: each of the six parts by itself."""
    theirs = arn.split(":", 5)
    expanded = [expand(part, None, wildcards=True) for part in value.split(":", 5)[:5]]
    expanded.append(expand(value.split(":", 5)[5], context, wildcards=True))
    return len(theirs) == 6 and all(
        mine is not None and matches(mine, part) for mine, part in zip(expanded, theirs, strict=True)
    )
