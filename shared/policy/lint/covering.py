"""Which actions a statement is about, and whether one statement covers another.

Owns the comparison of patterns with patterns: `kms:Gen*` lies within `kms:*`. It errs to the safe side, so that what is
said to be covered is.
"""

from shared.policy.arns import any_arn_of
from shared.policy.glob import any_of, pieces
from shared.policy.lint.model import Linted
from shared.policy.statement import Principals, Statement, Texts


def actions_of(statement: Statement, linted: Linted) -> frozenset[str]:
    """Those of KMS that it names, as policies name them."""
    matches = any_of(pieces(action.lower()) for action in statement.actions)
    named = (action for action in linted.known.actions if matches(action.lower()) is not statement.actions_inverted)
    return frozenset(named)


def covers_resource(statement: Statement, arn: str) -> bool:
    matches = any_arn_of(pieces(resource) for resource in statement.resources)
    return matches(arn) is not statement.resources_inverted


def is_within(inner: Statement, outer: Statement, linted: Linted) -> bool:
    """Whether all that `inner` is about, `outer` is about too, whatever the request."""
    return (
        not outer.conditions
        and not inner.actions_inverted
        and not inner.resources_inverted
        and _principals_within(inner.principals, outer.principals)
        and actions_of(inner, linted) <= actions_of(outer, linted)
        and _resources_within(inner.resources, outer)
    )


def _principals_within(inner: Principals | None, outer: Principals | None) -> bool:
    if outer is None or inner is None:
        return outer is inner
    if outer.inverted or inner.inverted:
        return False
    everybody = "*" in outer.names.get("AWS", ())
    return everybody or all(set(names) <= set(outer.names.get(kind, ())) for kind, names in inner.names.items())


def _resources_within(inner: Texts, outer: Statement) -> bool:
    """A `?` in the outer pattern might stand for a `*` of the inner one: such patterns count only as they are."""
    if outer.resources_inverted:
        return False
    plain = [resource for resource in outer.resources if "?" not in resource and "${" not in resource]
    return all(_within_one(resource, outer.resources, plain) for resource in inner)


def _within_one(inner: str, same: Texts, patterns: list[str]) -> bool:
    return inner in same or any_arn_of(map(pieces, patterns))(inner)
