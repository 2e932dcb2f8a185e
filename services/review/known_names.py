"""What the policies of a region may speak of: its actions, its condition keys, the principals of its state.

Owns the answer to whether a principal exists.
"""

import re
from collections.abc import Callable

from services.region_node.authorization.permission import TABLES
from services.region_node.operations.rules import Scope
from services.review.imagined import RULES
from services.review.principals import principal_named
from shared.decision import StateView
from shared.identifiers import ACCOUNT_PATTERN, account_stream
from shared.identity.model import Account
from shared.policy.lint.model import Known

_ACCOUNT_OF = re.compile(r"arn:aws:(?:iam|sts)::([0-9]{12}):")


def known_in(view: StateView | None) -> Known:
    """`view` None: nobody is known."""
    account_wide = frozenset(action for action, rule in RULES.items() if rule.scope is Scope.ACCOUNT)
    exists: Callable[[str], bool | None] = _nobody_knows if view is None else lambda name: _exists(view, name)
    return Known(frozenset(RULES), account_wide, frozenset(TABLES.facts), tuple(TABLES.families), exists)


def _nobody_knows(_name: str) -> bool | None:
    return None


def _exists(view: StateView, name: str) -> bool | None:
    """Of accounts that the state does not know, and of unique ids, nothing is known."""
    found = _ACCOUNT_OF.match(name)
    account = found[1] if found else name if ACCOUNT_PATTERN.fullmatch(name) else None
    if account is None or not isinstance(view.state(account_stream(account)), Account):
        return None
    if ":federated-user/" in name:
        return None
    return principal_named(view, name) is not None
