"""An explanation as a value.

Owns the shapes: what every policy, statement and grant said, the steps of the evaluation in their order, and the plans
that would allow what was refused. `text.py` writes it for people; `plain` makes of it what JSON can hold.
"""

from enum import Enum
from typing import Any, NamedTuple

from shared.policy.naming import Naming
from shared.policy.question import PolicyKind
from shared.policy.verdict import Verdict


class Part(Enum):
    """What of a statement or grant does not fit the request."""

    PRINCIPAL = "principal"
    ACTION = "action"
    RESOURCE = "resource"
    CONDITION = "condition"
    ENCRYPTION_CONTEXT = "encryption context"
    SOURCE = "source"

    __hash__ = object.__hash__


class Hindrance(NamedTuple):
    """`wanted`: what the policy asks for, as written. `found`: what the request has; "" for nothing."""

    part: Part
    wanted: str
    found: str


class ExplainedStatement(NamedTuple):
    """`place` from 0. `named`: how it calls the principal. No hindrances: it speaks about this request."""

    place: int
    sid: str
    allows: bool
    named: Naming
    hindrances: tuple[Hindrance, ...]
    decided: bool


class ExplainedPolicy(NamedTuple):
    """`unreadable`: why the policy cannot be read, and therefore denies; "" for one that can."""

    kind: PolicyKind
    name: str
    unreadable: str
    statements: tuple[ExplainedStatement, ...]


class ExplainedGrant(NamedTuple):
    """No hindrances, and not `decided`: boundary, session or identity policies do not allow what it gives."""

    grant_id: str
    name: str
    grantee: str
    hindrances: tuple[Hindrance, ...]
    decided: bool


class Step(NamedTuple):
    """One rule of the evaluation. `holds`: whether the request passed it; `because`: whose word that was."""

    rule: str
    holds: bool
    because: str


class Change(NamedTuple):
    """`says`: what to do, in a sentence. `document`: JSON to be put, or ""; `command`: how, or ""."""

    says: str
    document: str = ""
    command: str = ""


class Plan(NamedTuple):
    """Changes that together allow the request: evaluated again with them, it was allowed."""

    changes: tuple[Change, ...]


class Explanation(NamedTuple):
    """`missing`: condition keys that a policy asks for about the action, and that the request has no value for."""

    principal: str
    action: str
    resource: str
    verdict: Verdict
    steps: tuple[Step, ...]
    policies: tuple[ExplainedPolicy, ...]
    grants: tuple[ExplainedGrant, ...]
    missing: tuple[str, ...]
    plans: tuple[Plan, ...]


def plain(value: Any) -> Any:
    """The same as objects, lists and texts."""
    if isinstance(value, Naming):
        return value.name.lower().replace("_", " ")
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "_asdict"):
        return {name: plain(member) for name, member in value._asdict().items()}
    return [plain(member) for member in value] if isinstance(value, tuple) else value
