"""Who called, as CloudTrail's `userIdentity` tells it.

Owns its forms, one row a kind of caller.
Source: AWS CloudTrail User Guide, "CloudTrail userIdentity element".
"""

from collections.abc import Callable, Mapping
from typing import Any

from shared.audit.entry import Identity
from shared.times import instant

AWS_INTERNAL = "AWS Internal"
"""How CloudTrail calls the service itself, where it says who, from where and with what."""


def user_identity(identity: Identity | None, recipient_account: str) -> dict[str, Any]:
    """`identity` None: the region itself. The trail of another account than the caller's tells less of him."""
    if identity is None:
        return {"accountId": recipient_account, "invokedBy": AWS_INTERNAL}
    if identity.kind in _FORMS_WITHOUT_ACCOUNT:
        return _FORMS_WITHOUT_ACCOUNT[identity.kind](identity)
    if identity.account != recipient_account:
        return {"type": "AWSAccount", "principalId": identity.principal_id, "accountId": identity.account}
    return {
        "type": identity.kind,
        "principalId": identity.principal_id,
        "arn": identity.arn,
        "accountId": identity.account,
        "accessKeyId": identity.access_key_id,
        **_FORMS.get(identity.kind, _plain)(identity),
    }


def user_name(identity: Identity) -> str:
    """As CloudTrail calls a user, or the role behind a session: the last part of its ARN; "" for root."""
    arn = identity.role_arn or identity.arn
    return "" if identity.kind == "Root" else arn.rpartition("/")[2]


def _plain(identity: Identity) -> dict[str, Any]:
    """Of a session of temporary credentials its attributes besides."""
    return {} if identity.issued_at is None else {"sessionContext": {"attributes": _attributes(identity.issued_at)}}


def _user(identity: Identity) -> dict[str, Any]:
    return {"userName": user_name(identity), **_plain(identity)}


def _session(identity: Identity) -> dict[str, Any]:
    issuer = {
        "type": "Role",
        "principalId": identity.principal_id.partition(":")[0],
        "arn": identity.role_arn,
        "accountId": identity.account,
        "userName": user_name(identity),
    }
    federation = {"federatedProvider": identity.provider, "attributes": {}} if identity.provider else {}
    return {
        "sessionContext": {
            "sessionIssuer": issuer,
            "webIdFederationData": federation,
            "attributes": _attributes(identity.issued_at or 0),
            **({"sourceIdentity": identity.source_identity} if identity.source_identity else {}),
        }
    }


def _attributes(issued_at: int) -> dict[str, str]:
    return {"creationDate": instant(issued_at), "mfaAuthenticated": "false"}


def _service(identity: Identity) -> dict[str, Any]:
    return {"type": "AWSService", "invokedBy": identity.arn}


def _web_identity(identity: Identity) -> dict[str, Any]:
    """`principal_id` is `provider:audience:subject`."""
    return {
        "type": "WebIdentityUser",
        "principalId": identity.principal_id,
        "userName": identity.principal_id.rpartition(":")[2],
        "identityProvider": identity.provider,
    }


_FORMS: Mapping[str, Callable[[Identity], dict[str, Any]]] = {
    "Root": _plain,
    "IAMUser": _user,
    "AssumedRole": _session,
}
_FORMS_WITHOUT_ACCOUNT: Mapping[str, Callable[[Identity], dict[str, Any]]] = {
    "AWSService": _service,
    "WebIdentityUser": _web_identity,
}
"""Of callers that are in no account."""
