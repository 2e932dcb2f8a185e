"""Checks for statements, or parts of them, that never match.

Source: AWS KMS Developer Guide, "Key policies", "AWS KMS permissions reference"; IAM User Guide, "Grammar of the IAM
JSON policy language".
"""

from collections.abc import Iterator

from shared.policy.glob import any_of, pieces
from shared.policy.lint.covering import actions_of, covers_resource, is_within
from shared.policy.lint.model import Finding, Placed, Severity

_CHECK = "dead statement"


def empty(placed: Placed) -> Iterator[Finding]:
    """A key policy's statement without actions or resources."""
    statement, linted = placed.statement, placed.linted
    if not linted.is_key_policy:
        return
    for member, texts in (("Action", statement.actions), ("Resource", statement.resources)):
        if not texts:
            yield placed.finding(Severity.MEDIUM, _CHECK, f"has no {member} and does nothing", f"add {member}")


def actions(placed: Placed) -> Iterator[Finding]:
    """Actions that are none, and those about which a key's policy is never asked."""
    statement, linted = placed.statement, placed.linted
    if not linted.has_actions_of_kms:
        return
    for action in statement.actions:
        matches = any_of([pieces(action.lower())])
        named = {known for known in linted.known.actions if matches(known.lower())}
        service = action.partition(":")[0].lower()
        if service == "kms" and not named:
            yield placed.finding(
                Severity.MEDIUM, "unknown action", f"{action} is no action of KMS", "see whether it is misspelt"
            )
        elif linted.is_key_policy and service not in ("kms", "*"):
            yield placed.finding(Severity.LOW, "foreign action", f"{action} is asked of no key", "remove it")
        elif linted.is_key_policy and named and named <= linted.known.account_actions:
            yield placed.finding(
                Severity.LOW,
                "account-wide action",
                f"{action} is asked on no key: only identity policies speak about it",
                "put it into an identity policy",
            )
        elif linted.is_key_policy and named == {"kms:RetireGrant"}:
            yield placed.finding(
                Severity.LOW,
                "RetireGrant",
                "who may retire a grant is said by the grant, and for its account by identity policies",
                "remove it, or allow kms:RevokeGrant",
            )


def resources(placed: Placed) -> Iterator[Finding]:
    """Resources that are never asked about."""
    statement, linted = placed.statement, placed.linted
    if linted.is_key_policy and linted.resource and statement.resources:
        if not covers_resource(statement, linted.resource):
            yield placed.finding(
                Severity.MEDIUM,
                _CHECK,
                f"is about {', '.join(statement.resources)}, and stands in the policy of another key",
                'write Resource "*", which means this key',
            )
        return
    if linted.is_key_policy or statement.resources_inverted or statement.actions_inverted:
        return
    named = actions_of(statement, linted)
    if named and named <= linted.known.account_actions and "*" not in statement.resources:
        yield placed.finding(
            Severity.MEDIUM,
            _CHECK,
            f"names resources for {', '.join(sorted(named))}, which is asked on * alone",
            'write Resource "*"',
        )


def shadowed(placed: Placed) -> Iterator[Finding]:
    """What a Deny of the same policy takes back in every case."""
    if not placed.statement.allows or not placed.statement.actions:
        return
    for place, other in enumerate(placed.linted.document.statements):
        if not other.allows and is_within(placed.statement, other, placed.linted):
            yield placed.finding(
                Severity.MEDIUM,
                _CHECK,
                f"never allows anything: statement {place + 1} denies all of it, without a condition",
                "remove the one or the other, or say in the Deny whom it is not about",
            )
            return


def principals(placed: Placed) -> Iterator[Finding]:
    """Principals of accounts that are known, and that do not exist."""
    named = placed.statement.principals
    if named is None:
        return
    every = [name for name in named.names.get("AWS", ()) if name != "*"]
    gone = [name for name in every if placed.linted.known.exists(name) is False]
    if not gone:
        return
    alone = len(gone) == len(every) and len(named.names) == 1 and not named.inverted
    yield placed.finding(
        Severity.MEDIUM if alone else Severity.LOW,
        _CHECK if alone else "unknown principal",
        f"names {', '.join(gone)}: there is no such principal" + (", and no other is named" if alone else ""),
        "remove it; whoever is made under this name later would be let in",
    )
