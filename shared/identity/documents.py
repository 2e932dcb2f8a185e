"""Policy documents as IAM takes them: the seam to `shared/policy`, with IAM's names for what it refuses."""

from collections.abc import Mapping

from shared.errors import LimitExceeded, MalformedPolicy
from shared.identity.errors import IdentityLimitExceeded, MalformedPolicyDocument
from shared.identity.model import Group, PolicyHolder, Role, User
from shared.policy.document_kinds import (
    GROUP_POLICY,
    MANAGED_POLICY,
    ROLE_POLICY,
    SERVICE_CONTROL_POLICY,
    TRUST_POLICY,
    USER_POLICY,
    DocumentKind,
    without_white_space,
)
from shared.policy.parser import parse

__all__ = ["MANAGED_POLICY", "SERVICE_CONTROL_POLICY", "TRUST_POLICY", "require_document", "require_inline"]

_INLINE: Mapping[type[object], DocumentKind] = {User: USER_POLICY, Group: GROUP_POLICY, Role: ROLE_POLICY}


def require_document(text: str, kind: DocumentKind) -> None:
    """Errors: MalformedPolicyDocument, IdentityLimitExceeded."""
    try:
        parse(text, kind)
    except MalformedPolicy as refusal:
        raise MalformedPolicyDocument(refusal.message) from None
    except LimitExceeded as refusal:
        raise IdentityLimitExceeded(refusal.message) from None


def require_inline(holder: PolicyHolder, name: str, policy_name: str, text: str) -> None:
    """`name` is the holder's. Its inline policies share one maximum. Errors: as `require_document`."""
    kind = _INLINE[type(holder)]
    require_document(text, kind)
    others = sum(without_white_space(other) for other_name, other in holder.inline if other_name != policy_name)
    if others + without_white_space(text) > kind.maximum:
        what = type(holder).__name__.lower()
        raise IdentityLimitExceeded(f"Maximum policy size of {kind.maximum} bytes exceeded for {what} {name}")
