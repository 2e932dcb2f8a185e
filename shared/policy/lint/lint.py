"""All that is found in a policy: the one table of checks.

Owns their order, and the lockout check, which looks at the whole of a key's policy.
"""

from collections.abc import Callable, Iterator

from shared.errors import MalformedPolicy
from shared.policy.lint import access, dead
from shared.policy.lint.condition_checks import conditions
from shared.policy.lint.model import WHOLE, Finding, Known, Linted, Placed, Severity
from shared.policy.lockout import require_way_back
from shared.policy.principals import account_of, account_root, is_principal_arn
from shared.policy.question import PolicyText, Principal, PrincipalKind
from shared.policy.why.statements import reading

CHECKS: tuple[Callable[[Placed], Iterator[Finding]], ...] = (
    access.public,
    access.wildcards,
    access.inverted,
    dead.empty,
    dead.actions,
    dead.resources,
    dead.shadowed,
    dead.principals,
    conditions,
)


def lint(policy: PolicyText, account: str, resource: str, known: Known) -> tuple[Finding, ...]:
    """What is found, the worst first. `resource`: the ARN of what the policy stands with, or ""."""
    document = reading(policy)
    if isinstance(document, str):
        says = f"cannot be read, and denies everything: {document}"
        return (Finding(Severity.HIGH, "unreadable", policy.name, WHOLE, "", says, "write it anew"),)
    linted = Linted(policy, document, account, resource, known)
    placed = [Placed(place, statement, linted) for place, statement in enumerate(document.statements)]
    found = [finding for one in placed for check in CHECKS for finding in check(one)]
    return tuple(sorted([*_lockout(linted), *found], key=lambda finding: (-finding.severity, finding.place)))


def _lockout(linted: Linted) -> Iterator[Finding]:
    """Nobody of the key's account could put the next policy."""
    if not linted.is_key_policy or not linted.account or any(_can_put(linted, arn) for arn in _authors(linted)):
        return
    yield Finding(
        Severity.HIGH,
        "lockout",
        linted.policy.name,
        WHOLE,
        "",
        "lets nobody of the key's account put the next policy, unless under a condition",
        f"allow kms:PutKeyPolicy to {account_root(linted.account)}, and do not deny it to everybody",
    )


def _can_put(linted: Linted, arn: str) -> bool:
    try:
        require_way_back(linted.policy.text, _author(linted.account, arn), linted.resource or "*")
    except MalformedPolicy:
        return False
    return True


def _author(account: str, arn: str) -> Principal:
    """Whom an ARN means, as far as a key's policy asks."""
    if arn == account_root(account):
        return Principal(PrincipalKind.ROOT, account, arn)
    if ":assumed-role/" in arn:
        return Principal(PrincipalKind.SESSION, account, arn)
    return Principal(PrincipalKind.USER, account, arn)


def _authors(linted: Linted) -> Iterator[str]:
    """The account, and all of it who are named."""
    yield account_root(linted.account)
    for statement in linted.document.statements:
        for name in statement.principals.names.get("AWS", ()) if statement.principals is not None else ():
            if is_principal_arn(name) and account_of(name) == linted.account:
                yield name
