"""What may be changed so that a refused request gets one step further: the one table, by the reason of the refusal.

Owns each change as a question with the change in it, and how a person makes it. Whether it helps, `plans.py` finds out.
"""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from shared.errors import KeytideError
from shared.grants.model import Grant
from shared.policy.document import formatted
from shared.policy.document_kinds import KINDS
from shared.policy.parser import parse
from shared.policy.question import GONE, PolicyKind, PolicyText, PrincipalKind, Question
from shared.policy.verdict import UNREADABLE, Deciding, Reason, Verdict
from shared.policy.why import edited
from shared.policy.why.model import Change
from shared.policy.why.replaced import policy_named, with_policy


class Changed(NamedTuple):
    """The question as it would be, and the change that makes it so."""

    question: Question
    change: Change


_Option: TypeAlias = Callable[[Question, Verdict], Iterator[Changed]]


def changes_for(question: Question, verdict: Verdict) -> Iterator[Changed]:
    """The smallest first; `verdict` is the question's. None where nobody can change what refused."""
    for option in _OPTIONS.get(verdict.reason, ()):
        yield from option(question, verdict)


def _deny(question: Question, verdict: Verdict) -> Iterator[Changed]:
    """About the first statement that denies; the others have their turn after it."""
    if not verdict.statements:  # too much to compare
        return
    deciding = verdict.statements[0]
    policy = policy_named(question, deciding)
    if policy is None or policy.name == GONE:
        return
    if deciding.place == UNREADABLE:
        yield from _rewrite(question, policy)
        return
    where = _where(deciding)
    if exception := _readable(edited.excepted(policy, deciding.place, question.principal)):
        statement = edited.statement_at(exception, deciding.place)
        says = f"except {_own_name(question)} from {where}: put it as"
        yield Changed(with_policy(question, policy, exception), Change(says, formatted(statement)))
    without = edited.removed(policy, deciding.place)
    if without is not None:
        yield Changed(with_policy(question, policy, without), Change(f"remove {where}"))
    elif policy.kind is PolicyKind.IDENTITY:
        yield Changed(with_policy(question, policy, None), Change(f"detach {policy.name}, which says nothing else"))


def _rewrite(question: Question, policy: PolicyText) -> Iterator[Changed]:
    """What cannot be read can only be written anew."""
    named = question.principal if policy.kind in (PolicyKind.RESOURCE, PolicyKind.TRUST) else None
    statement = _statement(policy.kind, question, named)
    anew = policy._replace(text=edited.alone(statement))
    says = f"write {policy.name} anew, which cannot be read and so denies everything: what it meant, and"
    yield Changed(with_policy(question, policy, anew), Change(says, formatted(statement)))


def _widen(kind: PolicyKind) -> _Option:
    """Add a statement to a policy of this kind that has to allow and does not."""

    def option(question: Question, _verdict: Verdict) -> Iterator[Changed]:
        statement = _statement(kind, question)
        for policy in _limits(question, kind):
            if widened := _readable(edited.added(policy, statement)):
                change = Change(f"widen the {kind.value} {policy.name} by", formatted(statement))
                yield Changed(with_policy(question, policy, widened), change)

    return option


def _limits(question: Question, kind: PolicyKind) -> tuple[PolicyText, ...]:
    """One of each: that of the boundary, the session's first, of every level the first."""
    identity = question.identity
    if kind is PolicyKind.BOUNDARY:
        return () if identity.boundary is None else (identity.boundary,)
    if kind is PolicyKind.SESSION:
        return (identity.session or ())[:1]
    return tuple(level[0] for level in identity.service_control if level)


def _let_in(question: Question, _verdict: Verdict) -> Iterator[Changed]:
    policy = question.resource_policy
    if policy is None:
        return
    statement = _statement(policy.kind, question, question.principal)
    if let_in := _readable(edited.added(policy, statement)):
        key = _key(question)
        command = _command("kms put-key-policy", key_id=key, policy="file://policy.json") if key else ""
        change = Change(f"add to the policy of {policy.name}", formatted(statement), command)
        yield Changed(with_policy(question, policy, let_in), change)


def _attach(question: Question, _verdict: Verdict) -> Iterator[Changed]:
    kind, _, name = (question.principal.role_arn or question.principal.arn).rpartition(":")[2].partition("/")
    if kind not in ("user", "role"):
        return
    statement = _statement(PolicyKind.IDENTITY, question)
    name, policy_name = name.rpartition("/")[2], _title(question.action)
    text = edited.alone(statement)
    policy = PolicyText(PolicyKind.IDENTITY, f"{kind}/{name}/policy/{policy_name}", text)
    identity = question.identity._replace(policies=(*question.identity.policies, policy))
    command = _command(
        f"iam put-{kind}-policy", **{f"{kind}_name": name}, policy_name=policy_name, policy_document=text
    )
    says = f"attach to the {kind} {name} of account {question.principal.account} a policy with"
    yield Changed(question._replace(identity=identity), Change(says, formatted(statement), command))


def _grant(question: Question, _verdict: Verdict) -> Iterator[Changed]:
    key, operation, principal = _key(question), question.grant_operation, question.principal
    if (
        operation is None
        or key is None
        or question.resource_policy is None
        or principal.kind in (PrincipalKind.SERVICE, PrincipalKind.FEDERATED)
    ):
        return
    grantee, context = principal.role_arn or principal.arn, question.encryption_context
    account, pairs = question.resource_account, tuple((context or {}).items()) or None
    made = Grant(account, key, "", 0, account, (operation,), "", grantee, None, None, None, pairs, None, None, 0)
    before = question.grants
    constraints = {"constraints": json.dumps({"EncryptionContextEquals": context})} if pairs else {}
    command = _command("kms create-grant", key_id=key, grantee_principal=grantee, operations=operation, **constraints)
    changed = question._replace(grants=lambda: (*before(), made))
    yield Changed(changed, Change(f"create a grant of {operation} for {grantee}", command=command))


def _command(words: str, **options: str) -> str:
    """A command of the AWS CLI, to be copied into a shell: what a client has chosen stays one word of it."""
    parts = [(f"--{name.replace('_', '-')}", value) for name, value in options.items()]
    return shlex.join(["aws", *words.split(), *(word for part in parts for word in part)])


def _statement(kind: PolicyKind, question: Question, named: object = None) -> edited.Statement:
    """In a resource's policy the resource is that itself; a trust policy has none."""
    resource = "*" if kind is PolicyKind.RESOURCE else question.resource
    principal = None if named is None else question.principal
    statement = edited.allowing(question.action, resource, principal)
    return {name: value for name, value in statement.items() if kind is not PolicyKind.TRUST or name != "Resource"}


def _readable(policy: PolicyText) -> PolicyText | None:
    """The policy, if it could be put like this: it may have grown too long."""
    try:
        parse(policy.text, KINDS[policy.kind])
    except KeytideError:
        return None
    return policy


def _where(deciding: Deciding) -> str:
    sid = f" ({deciding.sid})" if deciding.sid else ""
    return f"statement {deciding.place + 1}{sid} of {deciding.policy}"


def _own_name(question: Question) -> str:
    return question.principal.role_arn or question.principal.arn


def _key(question: Question) -> str | None:
    return question.resource if ":key/" in question.resource else None


def _title(action: str) -> str:
    return f"Allow{action.partition(':')[2]}"


_OPTIONS: Mapping[Reason, tuple[_Option, ...]] = {
    Reason.EXPLICIT_DENY: (_deny,),
    Reason.NO_SERVICE_CONTROL_POLICY: (_widen(PolicyKind.SERVICE_CONTROL),),
    Reason.NO_RESOURCE_POLICY: (_let_in, _grant),
    Reason.NO_IDENTITY_POLICY: (_attach, _let_in, _grant),
    Reason.NO_BOUNDARY: (_widen(PolicyKind.BOUNDARY),),
    Reason.NO_SESSION_POLICY: (_widen(PolicyKind.SESSION),),
}
