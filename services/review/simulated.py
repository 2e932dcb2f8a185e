"""Would this principal have been allowed to do this? The question that a simulation asks.

Owns reading what the owner names into a `Question` over a state.
"""

from collections.abc import Mapping
from typing import NamedTuple

from services.review.asked_again import name_of
from services.review.imagined import Imagined, is_on_key, rule_of
from services.review.keys_named import NotThere, key_of
from services.review.principals import principal_named
from shared.decision import StateView
from shared.grants.lookup import grants_for
from shared.identifiers import key_arn
from shared.identity.lookup import identity_policies
from shared.keys.model import Key
from shared.policy.document import key_policy
from shared.policy.question import Principal, Question, Values


class Scenario(NamedTuple):
    """`context`: condition keys in lower case -> values. `now` in milliseconds."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, Values]
    encryption_context: Mapping[str, str] | None
    region: str
    now: int


class _Target(NamedTuple):
    resource: str
    account: str
    key: Key | None = None
    alias: str | None = None


def simulated(scenario: Scenario, view: StateView) -> Question:
    """Errors: NotThere."""
    principal = principal_named(view, scenario.principal)
    if principal is None:
        raise NotThere(f"there is no principal {scenario.principal}; name a user, a role, a session, or an account")
    rule = rule_of(scenario.action)
    target = _on_key(scenario, view, principal) if is_on_key(rule) else _in_account(scenario, principal)
    key = target.key
    action = scenario.action if rule is None else rule.action
    return Question(
        principal=principal,
        identity=identity_policies(view, principal),
        action=action,
        resource=target.resource,
        resource_account=target.account,
        resource_policy=None if key is None else key_policy(target.resource, key.account, key.policy),
        context=_facts(scenario, view, principal, action, target),
        grant_operation=None if rule is None else rule.grant_operation,
        grants=lambda: () if key is None else tuple(grants_for(view, key, principal)),
        cross_account=True if rule is None else rule.cross_account,
        encryption_context=scenario.encryption_context,
    )


def _facts(
    scenario: Scenario, view: StateView, principal: Principal, action: str, target: _Target
) -> Mapping[str, Values]:
    imagined = Imagined(principal, scenario.region, view, scenario.now)
    return imagined.facts(action, target.key, target.alias, scenario.encryption_context, scenario.context).told()


def _in_account(scenario: Scenario, principal: Principal) -> _Target:
    return _Target(scenario.resource, principal.account)


def _on_key(scenario: Scenario, view: StateView, principal: Principal) -> _Target:
    key, alias = key_of(view, scenario.region, scenario.resource, principal.account)
    return _Target(key_arn(scenario.region, key.account, key.key_id), key.account, key, alias)


def accounts_of(scenario: Scenario) -> frozenset[str]:
    """Whose state the simulation reads: of the principal and of the resource."""
    names = (name_of(scenario.principal), name_of(scenario.resource))
    found = {name.account for name in names if name is not None and name.account}
    return frozenset(found or {scenario.principal})
