"""What each policy said to one request, statement by statement.

Owns finding what hindered a statement from speaking: every part that does not fit, with what the policy wants and what
the request has. It asks the compiled statements, which are those that decide.
"""

from collections.abc import Iterator

from shared.errors import MalformedPolicy
from shared.policy.compiled import CompiledStatement, compiled
from shared.policy.condition_keys import variables_in
from shared.policy.conditions import test_of
from shared.policy.document_kinds import KINDS
from shared.policy.naming import Names, Naming, names_of, naming
from shared.policy.parser import read
from shared.policy.question import Context, PolicyText, Question, Values
from shared.policy.statement import Condition, Document, Principals, Statement, Texts
from shared.policy.verdict import Verdict
from shared.policy.why.model import ExplainedPolicy, ExplainedStatement, Hindrance, Part


def policies_of(question: Question) -> tuple[PolicyText, ...]:
    """Every policy that applies, the resource's first."""
    identity = question.identity
    levels = (policy for level in identity.service_control for policy in level)
    single = (question.resource_policy, identity.boundary)
    found = (*identity.policies, *(identity.session or ()), *levels)
    return (*(policy for policy in single if policy is not None), *found)


def explained_policy(policy: PolicyText, question: Question, verdict: Verdict) -> ExplainedPolicy:
    """What the policy said; `verdict` is the question's."""
    document = reading(policy)
    if isinstance(document, str):
        return ExplainedPolicy(policy.kind, policy.name, document, ())
    decided = {one.place for one in verdict.statements if (one.kind, one.policy) == (policy.kind, policy.name)}
    prepared = compiled(policy.kind, policy.text) or ()
    statements = tuple(
        _explained(statement, ready, document.variables, question, ready.place in decided)
        for statement, ready in zip(document.statements, prepared, strict=True)
    )
    return ExplainedPolicy(policy.kind, policy.name, "", statements)


def reading(policy: PolicyText) -> Document | str:
    """The document, or why it cannot be read."""
    try:
        document = read(policy.text, KINDS[policy.kind])
        for statement in document.statements:
            for condition in statement.conditions:
                test_of(condition, document.variables)
    except MalformedPolicy as error:
        return error.message
    return document


def _explained(
    statement: Statement, ready: CompiledStatement, variables: bool, question: Question, decided: bool
) -> ExplainedStatement:
    names, bounded = names_of(question.principal), question.identity.boundary is not None
    named = Naming.ITSELF if ready.principals is None else naming(ready.principals, names, bounded)
    hindrances = (
        *_principal(statement.principals, named, names),
        *_action(statement, ready, question.action),
        *_resource(statement, ready, variables, question),
        *_conditions(statement, ready, variables, question.context),
    )
    return ExplainedStatement(ready.place, ready.sid, ready.allows, named, hindrances, decided and not hindrances)


def _principal(principals: Principals | None, named: Naming, names: Names) -> Iterator[Hindrance]:
    if principals is None or named is not Naming.NOT:
        return
    wanted = ", ".join(name for texts in principals.names.values() for name in texts)
    own = next((name for _, name in sorted(names.own[0][1], key=lambda one: -len(one[1]))), "")
    yield Hindrance(Part.PRINCIPAL, _inverted("NotPrincipal" if principals.inverted else "", wanted), own)


def _action(statement: Statement, ready: CompiledStatement, action: str) -> Iterator[Hindrance]:
    if not ready.covers_action(action.lower()):
        yield Hindrance(Part.ACTION, _listed(statement.actions, statement.actions_inverted, "NotAction"), action)


def _resource(
    statement: Statement, ready: CompiledStatement, variables: bool, question: Question
) -> Iterator[Hindrance]:
    covers = ready.covers_resource(question.resource)
    if covers if isinstance(covers, bool) else covers(question.context):
        return
    wanted = _listed(statement.resources, statement.resources_inverted, "NotResource")
    if variables:
        wanted += _with_variables(statement.resources, question.context)
    yield Hindrance(Part.RESOURCE, wanted, question.resource)


def _conditions(
    statement: Statement, ready: CompiledStatement, variables: bool, context: Context
) -> Iterator[Hindrance]:
    for condition, test in zip(statement.conditions, ready.tests, strict=True):
        if not test(context):
            wanted = written(condition) + (_with_variables(condition.values, context) if variables else "")
            yield Hindrance(Part.CONDITION, wanted, value_of(context, condition.key))


def written(condition: Condition) -> str:
    """A condition as people read it: operator, key, values."""
    return f"{condition.operator} {condition.key} {_listed(condition.values, False, '')}"


def value_of(context: Context, key: str) -> str:
    """The request's value of a condition key, "" where it has none."""
    return _shown(context.get(key.lower()))


def _shown(values: Values | None) -> str:
    return values if isinstance(values, str) else ", ".join(values or ())


def _with_variables(values: Texts, context: Context) -> str:
    found = {
        f"${{{key}}}": value_of(context, key) or "without a value" for text in values for key in variables_in(text)
    }
    return "".join(f" ({variable} is {value})" for variable, value in found.items())


def _listed(texts: Texts, inverted: bool, member: str) -> str:
    return _inverted(member if inverted else "", " or ".join(texts) or "nothing")


def _inverted(member: str, text: str) -> str:
    return f"{member}: {text}" if member else text
