"""A request that nobody has sent, as the tables of condition keys read one.

Owns what is assumed of it: parameters have their defaults, and what only a real request has (where it came from,
whether over TLS, what it proves) is absent. What the owner says of it stands above all.
"""

from collections.abc import Mapping
from typing import Any, cast

from services.region_node.authorization.asked import Asked, Facts, Tables
from services.region_node.authorization.permission import TABLES
from services.region_node.operations import rules
from services.region_node.operations.rules import Rule, Scope
from services.region_node.requests.call import Arrival, Call, Caller
from services.region_node.requests.quotas import Quotas
from shared.crypto.attestation.model import Rules
from shared.decision import StateView
from shared.keys.model import Key
from shared.keys.specs import SYMMETRIC_DEFAULT
from shared.policy.question import Principal, PrincipalKind, Values

_UNKNOWN = frozenset(
    {
        "aws:securetransport",
        "kms:reencryptonsamekey",
        "kms:trailingdayswithoutkeyusage",
    }
)
_TABLES = Tables(
    {key: fact for key, fact in TABLES.facts.items() if key not in _UNKNOWN},
    {prefix: family for prefix, family in TABLES.families.items() if prefix != "kms:recipientattestation:"},
)
RULES: Mapping[str, Rule] = {rule.action: rule for rule in vars(rules).values() if isinstance(rule, Rule)}
"""By the action as policies name it."""


class _Request:
    """Every parameter that is not known is left out."""

    tags = ()
    encryption_algorithm = source_encryption_algorithm = destination_encryption_algorithm = SYMMETRIC_DEFAULT

    def __init__(self, encryption_context: Mapping[str, str] | None) -> None:
        self.encryption_context = encryption_context
        self.source_encryption_context = self.destination_encryption_context = encryption_context

    def __getattr__(self, _name: str) -> None:
        return None


def rule_of(action: str) -> Rule | None:
    """None for an action that is no operation of KMS."""
    by_lower = {name.lower(): rule for name, rule in RULES.items()}
    return by_lower.get(action.lower())


def is_on_key(rule: Rule | None) -> bool:
    return rule is not None and rule.scope is Scope.KEY


class Imagined:
    """Who, where, when, and what the owner says of the request. `now` in milliseconds."""

    def __init__(self, principal: Principal, region: str, view: StateView, now: int) -> None:
        nothing = cast(Any, None)
        self.call = Call(
            region, "", _caller(principal), "", now, view, nothing, Quotas(), nothing, nothing, nothing, nothing,
            nothing, nothing, Rules((), 0), Arrival(), nothing, nothing,
        )  # fmt: skip

    def facts(
        self,
        action: str,
        key: Key | None,
        alias: str | None,
        encryption_context: Mapping[str, str] | None,
        own: Mapping[str, Values],
    ) -> Facts:
        """`own`: condition keys in lower case."""
        self.call.request = _Request(encryption_context)
        return Facts(Asked(self.call, action, key, alias), _TABLES, own)


def _caller(principal: Principal) -> Caller:
    user_id = principal.unique_id
    if principal.kind is PrincipalKind.SESSION:
        user_id = f"{principal.unique_id}:{principal.arn.rpartition('/')[2]}"
    return Caller(principal.account, principal.arn, user_id, "", principal)
