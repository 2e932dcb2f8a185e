"""An entry as CloudTrail tells it: one JSON event of version 1.11.

Owns the event's fields and the tables behind them: sources, kinds of resources, codes that CloudTrail calls otherwise.
Who called is in `cloudtrail_identity.py`, how members are called in `cloudtrail_names.py`. What an entry does not know
is left out: `tlsDetails`, whose cipher suite only what ends TLS could tell.
Source: AWS CloudTrail User Guide, "CloudTrail record contents"; AWS KMS Developer Guide, "Logging AWS KMS API calls".
"""

from collections.abc import Mapping
from typing import Any

from shared.audit.cloudtrail_identity import AWS_INTERNAL, user_identity
from shared.audit.cloudtrail_names import told
from shared.audit.entry import AuditEntry, account_in, accounts_of
from shared.times import instant

EVENT_VERSION = "1.11"

EVENT_SOURCES: Mapping[str, str] = {
    "kms": "kms.amazonaws.com",
    "sts": "sts.amazonaws.com",
    "iam": "iam.amazonaws.com",
    "cloudtrail": "cloudtrail.amazonaws.com",
    "keytide": "keytide.alt",
}
"""Service of an entry -> eventSource. What AWS does not know has a name that no DNS can have (RFC 9476)."""

RESOURCE_TYPES: Mapping[tuple[str, str], str] = {
    ("kms", "key"): "AWS::KMS::Key",
    ("kms", "alias"): "AWS::KMS::Alias",
    ("iam", "user"): "AWS::IAM::User",
    ("iam", "group"): "AWS::IAM::Group",
    ("iam", "role"): "AWS::IAM::Role",
    ("iam", "policy"): "AWS::IAM::Policy",
    ("iam", "instance-profile"): "AWS::IAM::InstanceProfile",
    ("iam", "oidc-provider"): "AWS::IAM::OIDCProvider",
}
"""Service and kind of an ARN -> type, as CloudFormation calls it."""

SERVICE_EVENTS = frozenset(
    {"RotateKey", "DeleteKey", "DeleteExpiredKeyMaterial", "StartScreamTest", "StopScreamTest"}
)  # fmt: skip
"""What the service, or its operator, does without a call, not even one of its own: such an event has no requestID."""

_CODES: Mapping[str, str] = {"AccessDeniedException": "AccessDenied"}


def cloudtrail_event(
    entry: AuditEntry, region: str, event_id: str, shared_event_id: str, recipient_account: str
) -> dict[str, Any]:
    """The event as it stands in the trail of `recipient_account`, whose copy is `event_id`.

    `shared_event_id`: by which the copies of the other accounts know it; told where there are others.
    """
    return {
        "eventVersion": EVENT_VERSION,
        "userIdentity": user_identity(entry.identity, recipient_account),
        "eventTime": instant(entry.time),
        "eventSource": EVENT_SOURCES.get(entry.service, entry.service),
        "eventName": entry.operation,
        "awsRegion": region,
        **_origin(entry),
        **_error(entry),
        "requestParameters": told(entry.parameters),
        "responseElements": told(entry.response),
        **({} if entry.additional is None else {"additionalEventData": told(entry.additional)}),
        **({"requestID": entry.request_id} if entry.request_id else {}),
        "eventID": event_id,
        "readOnly": not entry.changes,
        **({"resources": [_resource(arn) for arn in entry.resources]} if entry.resources else {}),
        "eventType": "AwsServiceEvent" if _is_service_event(entry) else "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": recipient_account,
        **({"sharedEventID": shared_event_id} if _has_other_copies(entry, recipient_account) else {}),
        **({} if entry.details is None else {"serviceEventDetails": told(entry.details)}),
        "eventCategory": "Management",
    }


def error_code(code: str) -> str:
    """A refusal's code as CloudTrail calls it."""
    return _CODES.get(code, code)


def resource_type(arn: str) -> str | None:
    """What kind of thing it is; None where CloudTrail has no word for it."""
    parts = arn.split(":", 5)
    kind = parts[-1].replace(":", "/").partition("/")[0]
    return RESOURCE_TYPES.get((parts[2] if len(parts) > 2 else "", kind))


def _origin(entry: AuditEntry) -> dict[str, str]:
    if entry.identity is None:
        return {"sourceIPAddress": AWS_INTERNAL, "userAgent": AWS_INTERNAL}
    return {"sourceIPAddress": entry.source_address, "userAgent": entry.user_agent}


def _error(entry: AuditEntry) -> dict[str, str]:
    if entry.error is None:
        return {}
    code, message = entry.error
    return {"errorCode": error_code(code), **({"errorMessage": message} if message else {})}


def _resource(arn: str) -> dict[str, str]:
    account, kind = account_in(arn), resource_type(arn)
    return {
        **({"accountId": account} if account else {}),
        **({} if kind is None else {"type": kind}),
        "ARN": arn,
    }


def _is_service_event(entry: AuditEntry) -> bool:
    return entry.identity is None and entry.operation in SERVICE_EVENTS


def _has_other_copies(entry: AuditEntry, recipient: str) -> bool:
    return any(account != recipient for account in accounts_of(entry))
