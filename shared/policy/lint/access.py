"""Checks of who is let in to what: the public, wildcards, and what is inverted.

Source: AWS KMS Developer Guide, "Best practices for IAM policies"; IAM User Guide, "IAM JSON policy elements".
"""

from collections.abc import Iterator

from shared.policy.conditions import operator_name
from shared.policy.lint.covering import actions_of
from shared.policy.lint.model import Finding, Placed, Severity
from shared.policy.operators import OPERATORS
from shared.policy.principals import account_root
from shared.policy.question import PolicyKind
from shared.policy.statement import Condition

_RESTRICTING = frozenset(
    f"aws:{name}"
    for name in (
        "principalaccount", "principalarn", "principalorgid", "principalorgpaths", "sourceaccount", "sourcearn",
        "sourceip", "sourceorgid", "sourcevpc", "sourcevpce", "userid",
    )
) | {"kms:calleraccount", "kms:viaservice"}  # fmt: skip
"""Condition keys whose values only some principals have."""
_DECRYPTING = frozenset({"kms:Decrypt", "kms:ReEncryptFrom"})


def public(placed: Placed) -> Iterator[Finding]:
    """Everybody of every account is let in."""
    statement = placed.statement
    if not statement.allows or statement.principals is None or statement.principals.inverted:
        return
    if "*" in statement.principals.names.get("AWS", ()) and not any(map(_restricts, statement.conditions)):
        yield placed.finding(
            Severity.HIGH,
            "public access",
            "lets in every principal of every account: no condition says who",
            "name the principals, or add a condition such as StringEquals kms:CallerAccount",
        )


def _restricts(condition: Condition) -> bool:
    name = operator_name(condition.operator)
    operator = OPERATORS.get(name.plain) if name else None
    if name is None or operator is None or operator.negated or name.if_exists or name.quantifier == "ForAllValues:":
        return False
    return condition.key.lower() in _RESTRICTING and all(value.strip("*?:/.0") for value in condition.values)


def wildcards(placed: Placed) -> Iterator[Finding]:
    """Every action, or decryption under every key."""
    statement, linted = placed.statement, placed.linted
    if not statement.allows or statement.actions_inverted or not linted.has_actions_of_kms:
        return
    every = [action for action in statement.actions if action.lower() in ("*", "*:*", "kms:*")]
    if linted.is_key_policy:
        if every and (named := _besides_the_account(placed)):
            yield placed.finding(
                Severity.MEDIUM,
                "wildcard action",
                f"gives {every[0]}, the policy of the key and its deletion too, to {', '.join(named)}",
                "name the actions that are needed",
            )
        return
    if linted.policy.kind is PolicyKind.IDENTITY and "*" in statement.resources and not statement.conditions:
        decrypts = actions_of(statement, linted) & _DECRYPTING
        if every or decrypts:
            yield placed.finding(
                Severity.MEDIUM,
                "wildcard resource",
                f"gives {every[0] if every else ' and '.join(sorted(decrypts))} on every key that lets the account in",
                "name the keys by their ARNs, or add a condition",
            )


def _besides_the_account(placed: Placed) -> list[str]:
    """Who else than the key's own account is named."""
    account, principals = placed.linted.account, placed.statement.principals
    if principals is None or principals.inverted:
        return []
    own = {account, account_root(account)}
    return [name for names in principals.names.values() for name in names if name not in own and name != "*"]


def inverted(placed: Placed) -> Iterator[Finding]:
    """What is said by what it is not grows by itself."""
    statement = placed.statement
    if statement.allows and statement.actions_inverted:
        yield placed.finding(
            Severity.MEDIUM,
            "NotAction",
            f"allows everything but {', '.join(statement.actions)}, and what comes to be later too",
            "name the actions that are needed under Action",
        )
    if statement.allows and statement.resources_inverted:
        yield placed.finding(
            Severity.MEDIUM,
            "NotResource",
            f"allows on everything but {', '.join(statement.resources)}, and what comes to be later too",
            "name the resources that are needed under Resource",
        )
    if statement.principals is not None and statement.principals.inverted:
        yield placed.finding(
            Severity.LOW,
            "NotPrincipal",
            "denies who is not listed with user or role, session and account, and everybody with a boundary",
            'write Principal "*" with ArnNotEquals aws:PrincipalArn',
        )
