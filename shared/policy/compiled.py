"""Policies made ready to be asked: patterns and conditions read once.

Owns the compiled form and its being remembered, by the policy's kind and its very text: a policy that has changed is
another text, so no older form can ever answer for it, and nothing has to be told that it changed.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from shared.errors import MalformedPolicy
from shared.policy.arns import any_arn_of, completed
from shared.policy.conditions import Test, comparisons_of, test_of
from shared.policy.document_kinds import KINDS, Member
from shared.policy.glob import Matcher, any_of, joined, pieces
from shared.policy.parser import read, require_size
from shared.policy.question import Context, PolicyKind
from shared.policy.remembered import Kept, Remembered
from shared.policy.statement import Principals, Statement, Texts
from shared.policy.variables import resolved, template, varies

Covers: TypeAlias = Callable[[str], bool | Test]
"""Whether a resource is meant: known, or to be asked of each request where variables stand."""


class CompiledStatement(NamedTuple):
    """As `Statement`; `tests` all have to hold. `comparisons`: of each value of a condition key, in lower case."""

    place: int
    sid: str
    allows: bool
    principals: Principals | None
    covers_action: Matcher
    covers_resource: Covers
    tests: tuple[Test, ...]
    comparisons: Mapping[str, int]


CompiledPolicy: TypeAlias = tuple[CompiledStatement, ...] | None
"""None: it cannot be read."""

_compiled: Remembered[tuple[str, str], tuple[CompiledPolicy]] = Remembered(1_000_000)
"""Weighed by characters; a compiled policy takes up to thirty times its text: 60 MB in the worst case."""


def compiled(kind: PolicyKind, text: str) -> CompiledPolicy:
    found = _compiled.get((kind.value, text))
    return _remember(kind, text, _compile_or_none(kind, text)) if found is None else found[0]


def require_readable(kind: PolicyKind, text: str, maximum: int) -> None:
    """What a client has sent, and a request may soon ask. Errors: LimitExceeded, MalformedPolicy."""
    require_size(text, KINDS[kind], maximum)
    if compiled(kind, text) is None:
        _compile(kind, text)  # says why


def kept() -> Kept:
    """How the memory of compiled policies does."""
    return _compiled.kept()


def _remember(kind: PolicyKind, text: str, policy: CompiledPolicy) -> CompiledPolicy:
    _compiled.put((kind.value, text), (policy,), len(text))
    return policy


def _compile_or_none(kind: PolicyKind, text: str) -> CompiledPolicy:
    try:
        return _compile(kind, text)
    except MalformedPolicy:
        return None


def _compile(kind: PolicyKind, text: str) -> tuple[CompiledStatement, ...]:
    """Errors: MalformedPolicy."""
    document, has_resources = read(text, KINDS[kind]), KINDS[kind].resource is not Member.FORBIDDEN
    return tuple(
        _statement(place, statement, document.variables, has_resources)
        for place, statement in enumerate(document.statements)
    )


def _statement(place: int, statement: Statement, variables: bool, has_resources: bool) -> CompiledStatement:
    return CompiledStatement(
        place,
        statement.sid,
        statement.allows,
        statement.principals,
        _covers_action(statement.actions, statement.actions_inverted),
        _covers_resource(statement, variables) if has_resources else _all_resources,
        tuple(test_of(condition, variables) for condition in statement.conditions),
        _comparisons(statement, variables),
    )


def _comparisons(statement: Statement, variables: bool) -> Mapping[str, int]:
    found = Counter[str]()
    for condition in statement.conditions:
        found[condition.key.lower()] += comparisons_of(condition, variables)
    return found


def _covers_action(actions: Texts, inverted: bool) -> Matcher:
    """Case never tells one action from another; the action is asked for in lower case."""
    matches = any_of(pieces(action.lower()) for action in actions)
    return (lambda action: not matches(action)) if inverted else matches


def _all_resources(_resource: str) -> bool:
    return True


def _covers_resource(statement: Statement, variables: bool) -> Covers:
    resources, inverted = statement.resources, statement.resources_inverted
    always = any_arn_of(pieces(completed(resource)) for resource in resources if not (variables and varies(resource)))
    varying = tuple(template(resource, True) for resource in resources if variables and varies(resource))
    if not varying:
        return (lambda resource: not always(resource)) if inverted else always

    def covers(resource: str) -> bool | Test:
        if always(resource):
            return not inverted

        def test(context: Context) -> bool:
            found = [resolved(parts, context) for parts in varying]
            if inverted and None in found and statement.allows:
                return False  # what a NotResource would have left out is unknown
            return any_arn_of(joined(parts) for parts in found if parts is not None)(resource) is not inverted

        return test

    return covers
