"""The condition keys that a policy asks for.

Owns finding them: under conditions, and as variables in resources and values.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from shared.policy.compiled import compiled
from shared.policy.document_kinds import KINDS
from shared.policy.glob import Matcher
from shared.policy.parser import read
from shared.policy.question import PolicyKind, PolicyText
from shared.policy.statement import Statement

_VARIABLE = re.compile(r"\$\{\s*([^\s',{}:*?$]+:[^',{}]*[^\s',{}])")


def keys_asked(policy: PolicyText, action: str | None = None) -> Iterator[str]:
    """As written, in their order: for what the policy says about the action, or at all. An unreadable one has none."""
    wanted = None if action is None else action.lower()
    for covers_action, keys in _asking(policy.kind, policy.text):
        if wanted is None or covers_action(wanted):
            yield from keys


@lru_cache(maxsize=64)
def _asking(kind: PolicyKind, text: str) -> tuple[tuple[Matcher, tuple[str, ...]], ...]:
    """Of each statement the actions it is about, and its keys. Remembered: a simulation asks for many actions."""
    ready = compiled(kind, text)
    if ready is None:
        return ()
    document = read(text, KINDS[kind])
    return tuple(
        (prepared.covers_action, tuple(_keys_of(statement, document.variables)))
        for statement, prepared in zip(document.statements, ready, strict=True)
    )


def _keys_of(statement: Statement, variables: bool) -> Iterator[str]:
    values = [*statement.resources, *(value for condition in statement.conditions for value in condition.values)]
    yield from (condition.key for condition in statement.conditions)
    if variables:
        yield from (found for value in values for found in variables_in(value))


def variables_in(text: str) -> list[str]:
    """The condition keys that stand as variables in a resource or a value, as written."""
    return _VARIABLE.findall(text)
