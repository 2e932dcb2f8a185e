"""Who called, as an audit entry tells it.

Owns the way from a `Caller` to an `Identity`.
"""

from collections.abc import Mapping
from typing import Any

from services.region_node.requests.call import Caller
from shared.audit.entry import Identity
from shared.policy.question import PrincipalKind

KINDS: Mapping[PrincipalKind, str] = {
    PrincipalKind.ROOT: "Root",
    PrincipalKind.USER: "IAMUser",
    PrincipalKind.SESSION: "AssumedRole",
    PrincipalKind.FEDERATED: "WebIdentityUser",
    PrincipalKind.SERVICE: "AWSService",
}
"""As CloudTrail calls them."""


def identity_of(caller: Caller, response: Any = None) -> Identity:
    """Who that is. Whom an identity provider has vouched for is known by the answer, once it was made."""
    principal, session = caller.principal, caller.session
    kind = KINDS[principal.kind]
    if principal.kind is PrincipalKind.FEDERATED:
        return Identity(kind, caller.account, caller.arn, _subject(response), "", provider=caller.arn)
    if session is None:
        return Identity(kind, caller.account, caller.arn, caller.user_id, caller.access_key_id)
    return Identity(
        kind,
        caller.account,
        caller.arn,
        caller.user_id,
        caller.access_key_id,
        principal.role_arn,
        session.issued_at,
        session.provider,
        session.source_identity,
    )


def _subject(response: Any) -> str:
    """CloudTrail's principalId of a WebIdentityUser."""
    if response is None:
        return ""
    return f"{response.provider}:{response.audience}:{response.subject_from_web_identity_token}"
