"""The statements of some policies that may matter to one principal, action and resource.

Owns the split between those that hold whatever the request is, and those whose conditions have to be asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from shared.policy.compiled import CompiledStatement, compiled
from shared.policy.conditions import Test
from shared.policy.naming import Names, Naming, naming
from shared.policy.question import Context, PolicyText
from shared.policy.verdict import UNREADABLE, Deciding


class Candidate(NamedTuple):
    """A statement about this action and resource. `test` None: it has no conditions. `comparisons`: as compiled."""

    allows: bool
    naming: Naming
    test: Test | None
    deciding: Deciding
    comparisons: Mapping[str, int] = {}


class Candidates(NamedTuple):
    always: tuple[Deciding, ...]
    sometimes: tuple[tuple[Test, Deciding], ...]

    def first(self, context: Context) -> tuple[Deciding, ...]:
        """One statement that holds, if any does; those without conditions come first."""
        if self.always:
            return self.always[:1]
        for test, deciding in self.sometimes:
            if test(context):
                return (deciding,)
        return ()

    def every(self, context: Context) -> tuple[Deciding, ...]:
        """All statements that hold."""
        if not self.sometimes:
            return self.always
        return self.always + tuple([deciding for test, deciding in self.sometimes if test(context)])


def collected(candidates: Iterable[Candidate]) -> Candidates:
    given = tuple(candidates)
    return Candidates(
        tuple(candidate.deciding for candidate in given if candidate.test is None),
        tuple((candidate.test, candidate.deciding) for candidate in given if candidate.test is not None),
    )


def candidates_of(
    policy: PolicyText, action: str, resource: str, names: Names, has_boundary: bool
) -> Iterator[Candidate]:
    """What a policy says. One that cannot be read denies: it may have held a Deny, which no other policy could undo."""
    statements = compiled(policy.kind, policy.text)
    if statements is None:
        yield Candidate(False, Naming.ITSELF, None, Deciding(policy.kind, policy.name, UNREADABLE, ""))
        return
    action = action.lower()
    for statement in statements:
        if not statement.covers_action(action):
            continue
        how = _naming(statement, names, has_boundary)
        covers = how is not Naming.NOT and statement.covers_resource(resource)
        if covers is not False:
            deciding = Deciding(policy.kind, policy.name, statement.place, statement.sid)
            yield Candidate(statement.allows, how, _test(statement, covers), deciding, statement.comparisons)


def _naming(statement: CompiledStatement, names: Names, has_boundary: bool) -> Naming:
    if statement.principals is None:
        return Naming.ITSELF
    return naming(statement.principals, names, has_boundary)


def _test(statement: CompiledStatement, covers: bool | Test) -> Test | None:
    tests = statement.tests if isinstance(covers, bool) else (covers, *statement.tests)
    if len(tests) < 2:
        return tests[0] if tests else None

    def all_hold(context: Context) -> bool:
        for test in tests:  # noqa: SIM110 (a generator takes longer than the tests)
            if not test(context):
                return False
        return True

    return all_hold
