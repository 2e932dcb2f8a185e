"""The one place where a caller's right is asked for and refused.

Owns the way from a call to `shared/policy`: whose policies, which resource, which grants. Everything is read from the
call's own snapshot, so that a change that was acknowledged binds the next request. The call notes what was judged.
"""

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from services.region_node.authorization.asked import Asked, Facts, Tables
from services.region_node.authorization.global_facts import GLOBAL_FACTS, GLOBAL_FAMILIES, LASTING_GLOBAL
from services.region_node.authorization.kms_facts import KMS_FACTS, KMS_FAMILIES, LASTING_KMS, encryption_context
from services.region_node.authorization.refusal import denied, denied_elsewhere, denied_role
from services.region_node.operations.rules import Rule
from services.region_node.requests.call import Call, Judged
from shared.errors import AccessDenied
from shared.grants.lookup import grants_for
from shared.grants.model import Grant
from shared.identifiers import alias_arn, key_arn
from shared.identity.lookup import identity_policies
from shared.identity.model import Role
from shared.keys.model import Key
from shared.policy.document import key_policy
from shared.policy.evaluate import evaluate, evaluate_ready
from shared.policy.offers import Offers
from shared.policy.question import Context, IdentityPolicies, PolicyKind, PolicyText, Question, RightAsked
from shared.policy.ready import MOST, Ready
from shared.policy.verdict import ALLOWING, Reason, Verdict

TABLES = Tables({**GLOBAL_FACTS, **KMS_FACTS}, {**GLOBAL_FAMILIES, **KMS_FAMILIES}, LASTING_GLOBAL | LASTING_KMS)
EVERYTHING = "*"
"""The resource of what is asked on the whole account."""
NO_CONTEXT: Context = {}


class _Standing(NamedTuple):
    """What all requests for one right have in common in one version of the state. `asked`: so a question begins."""

    asked: RightAsked
    ready: Ready


def require_on_key(call: Call, rule: Rule, key: Key, alias: str | None = None) -> None:
    """May the caller do this to the key? `alias`: by which the request named it. Errors: AccessDenied."""
    if call.decisions.watched:
        call.decisions.begin()
    standing = _standing(call, rule.action, key)
    asked = Asked(call, rule.action, key, alias)
    question = Question(  # by position: every request makes one
        *standing.asked,
        Facts(asked, TABLES, NO_CONTEXT, standing.ready.lasting),
        rule.grant_operation,
        partial(grants_for, call.view, key, call.caller.principal),
        rule.cross_account,
        encryption_context(asked),
    )
    _judge(call, question, evaluate_ready(standing.ready, question), alias)


def _standing(call: Call, action: str, key: Key) -> _Standing:
    """Sessions may bring much of their own, and there are as many as a client likes: nothing of those is kept."""
    caller = call.caller
    source, _, secure = call.arrival
    right = (_Standing, caller, action, key.account, key.key_id, source, secure)
    known: _Standing | None = call.view.derived.get(right)
    if known is None:
        kept = caller.session is None or caller.session.is_plain
        known = _read_standing(call, action, key, MOST if kept else 0)
        if kept:
            call.view.derived[right] = known
    return known


def _read_standing(call: Call, action: str, key: Key, contexts: int) -> _Standing:
    resource = key_arn(call.region, key.account, key.key_id)
    policy = key_policy(resource, key.account, key.policy)
    asked = RightAsked(call.caller.principal, _identity(call), action, resource, key.account, policy)
    return _Standing(asked, Ready(asked, _offers(call, action, key), contexts))


def _offers(call: Call, action: str, key: Key) -> Offers:
    """What grants offer is the same to all sessions of one name, whatever they bring."""
    name = (Offers, key.account, key.key_id, call.caller.principal, action)
    offers: Offers | None = call.view.derived.get(name)
    if offers is None:
        offers = call.view.derived[name] = Offers()
    return offers


def require_in_account(call: Call, action: str, resource: str = EVERYTHING, own: Context = NO_CONTEXT) -> None:
    """May the caller do this in its own account, where its identity policies alone speak?

    `own`: the condition keys that the operation itself tells. Errors: AccessDenied.
    """
    _require(call, _in_account(call, action, resource, own))


def _in_account(call: Call, action: str, resource: str, own: Context = NO_CONTEXT) -> Question:
    facts = Facts(Asked(call, action), TABLES, own)
    return Question(call.caller.principal, _identity(call), action, resource, call.caller.account, None, facts)


def require_not_denied(call: Call, action: str, resource: str) -> None:
    """What something else allows, within the service control policies, unless a policy of the caller's denies it.

    Errors: AccessDenied.
    """
    question = _in_account(call, action, resource)
    verdict = evaluate(question)
    refused = verdict.reason in (Reason.EXPLICIT_DENY, Reason.NO_SERVICE_CONTROL_POLICY)
    _note(call, question, verdict, None, refused=refused)
    if refused:
        raise denied(question, verdict)


def require_on_alias(call: Call, rule: Rule, alias: str) -> None:
    """May the caller do this to its account's alias? Errors: AccessDenied."""
    require_in_account(call, rule.action, alias_arn(call.region, call.caller.account, alias))


def require_on_role(call: Call, action: str, role: Role, own: Context) -> None:
    """May the caller do this to the role, for itself: become it? Errors: AccessDenied, the same as for no role."""
    trust = PolicyText(PolicyKind.TRUST, role.arn, role.trust_policy)
    facts = Facts(Asked(call, action), TABLES, own)
    question = Question(call.caller.principal, _identity(call), action, role.arn, role.account, trust, facts)
    verdict = evaluate(question)
    _note(call, question, verdict, None, refused=not verdict.allowed)
    if not verdict.allowed:
        raise denied_role(call.caller.principal, action, role.arn)


def refused_elsewhere(call: Call, rule: Rule, resource: str, account: str) -> AccessDenied:
    """The refusal for what another account does not have, or never gives to others; a client cannot tell which."""
    principal, context = call.caller.principal, Facts(Asked(call, rule.action), TABLES)
    question = Question(
        principal, _identity(call), rule.action, resource, account, None, context, cross_account=rule.cross_account
    )
    _note(call, question, evaluate(question), None, refused=True)
    return denied_elsewhere(principal.arn, rule.action)


def _require(call: Call, question: Question) -> None:
    _judge(call, question, evaluate(question))


def _judge(call: Call, question: Question, verdict: Verdict, alias: str | None = None) -> None:
    allowed = verdict.reason in ALLOWING
    _note(call, question, verdict, alias, refused=not allowed)
    if not allowed:
        raise denied(question, verdict)


def _note(call: Call, question: Question, verdict: Verdict, alias: str | None, *, refused: bool) -> None:
    call.judged.append(Judged(question, verdict))
    call.decisions.note(call, question, verdict, alias, refused=refused)


def _identity(call: Call) -> IdentityPolicies:
    caller = call.caller
    identity = identity_policies(call.view, caller.principal)
    session = caller.session
    return identity if session is None else identity._replace(session=session.policies)


def grants_on(call: Call, key: Key) -> Iterable[Grant]:
    """The grants in force on the key that are given to the caller, its role or its account."""
    return grants_for(call.view, key, call.caller.principal)
