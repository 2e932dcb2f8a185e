"""The lockout check: a new key policy must leave somebody who can change it.

Owns a simple, sound form of AWS's check. It counts only statements without conditions, so it may refuse a document that
AWS would take (the bypass is there for those), and it never takes one that locks its author and the account out.
"""

from collections.abc import Iterable

from shared.errors import MalformedPolicy
from shared.policy.document import Principals, Statement
from shared.policy.principals import account_root

_ACTION = "kms:PutKeyPolicy"


def require_way_back(statements: Iterable[Statement], account: str, caller_arn: str, key_arn: str) -> None:
    """Refuse a document under which neither the caller nor the account may put the next. Errors: MalformedPolicy."""
    applicable = [statement for statement in statements if _applies(statement, key_arn)]
    callers = frozenset({"*", account, account_root(account), caller_arn})
    allowed = any(statement.allows and _names(statement.principals, callers) for statement in applicable)
    denied = any(not statement.allows and _names(statement.principals, callers) for statement in applicable)
    if denied or not allowed:
        raise MalformedPolicy("The new key policy will not allow you to update the key policy in the future.")


def _applies(statement: Statement, key_arn: str) -> bool:
    """Whether the statement, whatever the circumstances, speaks of putting this key's policy."""
    return (
        not statement.has_conditions
        and _covers(statement.actions, statement.actions_inverted, _ACTION)
        and _covers(statement.resources, statement.resources_inverted, key_arn)
    )


def _covers(patterns: tuple[str, ...], inverted: bool, value: str) -> bool:
    return bool(patterns) and any(_matches(pattern, value) for pattern in patterns) != inverted


def _matches(pattern: str, value: str) -> bool:
    """`*` and `?` as IAM reads them. Case never tells an action or a key ARN from another one."""
    return _glob(pattern.lower(), value.lower())


def _glob(pattern: str, value: str) -> bool:
    """At most the product of both lengths, whatever the pattern: a document must not be able to stall the node."""
    first, *rest = pattern.split("*")
    if not rest:
        return _same(first, value)
    if not _same(first, value[: len(first)]):
        return False
    position = len(first)
    for part in rest[:-1]:
        position = _find(part, value, position)
        if position < 0:
            return False
    last = rest[-1]
    return len(value) - position >= len(last) and _same(last, value[len(value) - len(last) :])


def _find(part: str, value: str, start: int) -> int:
    """The end of the first occurrence of `part` in `value` from `start`, or -1."""
    ends = (
        at + len(part) for at in range(start, len(value) - len(part) + 1) if _same(part, value[at : at + len(part)])
    )
    return next(ends, -1)


def _same(pattern: str, value: str) -> bool:
    return len(pattern) == len(value) and all(a in ("?", b) for a, b in zip(pattern, value, strict=True))


def _names(principals: Principals, callers: frozenset[str]) -> bool:
    named = any(name in callers for name in principals.names.get("AWS", ()))
    return named != principals.inverted
