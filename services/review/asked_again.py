"""A recorded decision as the question that it was, over a state.

Owns the way back from a record to `shared.policy.question.Question`: what the record has not comes from the state.
"""

from typing import NamedTuple

from services.region_node.decisions.record import Recorded, digest_of
from shared.decision import StateView
from shared.grants.lookup import grants_for
from shared.identifiers import KEY_ID_PATTERN
from shared.identity.lookup import identity_policies
from shared.identity.model import Role
from shared.identity.naming import role_stream
from shared.keys.model import Key
from shared.policy.document import key_policy
from shared.policy.evaluate import evaluate
from shared.policy.question import PolicyKind, PolicyText, Question

_PARTS = 6


class Name(NamedTuple):
    """What an ARN names: its account, its kind (`key`, `role`), and the rest."""

    account: str
    kind: str
    name: str


def name_of(arn: str) -> Name | None:
    """None for what is no ARN."""
    parts = arn.split(":", _PARTS - 1)
    if len(parts) != _PARTS:
        return None
    kind, _, name = parts[-1].partition("/")
    return Name(parts[4], kind, name)


def region_of(arn: str) -> str | None:
    """The region that an ARN names, if it is one and names one."""
    parts = arn.split(":", _PARTS - 1)
    return parts[3] or None if len(parts) == _PARTS else None


def question_of(recorded: Recorded, view: StateView) -> Question:
    """The question as it would be asked over the state of `view`."""
    key = key_at(view, recorded.resource)
    identity = identity_policies(view, recorded.principal)
    return Question(
        principal=recorded.principal,
        identity=identity._replace(session=recorded.session),
        action=recorded.action,
        resource=recorded.resource,
        resource_account=recorded.resource_account,
        resource_policy=_resource_policy(view, recorded.resource, key) if recorded.has_resource_policy else None,
        context=recorded.context,
        grant_operation=recorded.grant_operation,
        grants=lambda: () if key is None else tuple(grants_for(view, key, recorded.principal)),
        cross_account=recorded.cross_account,
        encryption_context=recorded.encryption_context,
    )


def is_as_it_was(recorded: Recorded, question: Question) -> bool:
    """Whether the state gives the policies of then, and the answer of then by the same statements and grant."""
    return digest_of(question) == recorded.policies and evaluate(question) == recorded.verdict


def key_at(view: StateView, arn: str) -> Key | None:
    """The key with this ARN, if the region holds it."""
    name = name_of(arn)
    if name is None or name.kind != "key" or KEY_ID_PATTERN.fullmatch(name.name) is None:
        return None
    key = view.key(name.account, name.name)
    return key if key is not None and key.state is not None else None


def _resource_policy(view: StateView, arn: str, key: Key | None) -> PolicyText | None:
    if key is not None:
        return key_policy(arn, key.account, key.policy)
    name = name_of(arn)
    if name is None or name.kind != "role":
        return None
    role = view.state(role_stream(name.account, name.name.rpartition("/")[2]))
    return PolicyText(PolicyKind.TRUST, arn, role.trust_policy) if isinstance(role, Role) else None
