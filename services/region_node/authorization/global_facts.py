"""The condition keys `aws:…`: who calls, from where, when, and what is tagged how.

Owns their table. Keys of what a Keytide region never sees are absent, as they are at AWS for a call that comes without
them: VPC endpoints, organizations, services that call for somebody (`aws:ViaAWSService` is always false).
Source: IAM User Guide, "AWS global condition context keys".
"""

from collections.abc import Iterable, Mapping

from services.region_node.authorization.asked import Asked, Fact, Family, flag, without_case
from services.region_node.operations.types.common import Tag
from shared.identity.lookup import tags_of
from shared.policy.question import PrincipalKind, Values
from shared.times import instant

_PRINCIPAL_TYPES: Mapping[PrincipalKind, str] = {
    PrincipalKind.ROOT: "Account",
    PrincipalKind.USER: "User",
    PrincipalKind.SESSION: "AssumedRole",
    PrincipalKind.FEDERATED: "FederatedUser",
    PrincipalKind.SERVICE: "Service",
}


def _principal_arn(asked: Asked) -> Values | None:
    """Of a session the ARN of its role."""
    principal = asked.call.caller.principal
    return None if principal.kind is PrincipalKind.SERVICE else principal.role_arn or principal.arn


def _user_name(asked: Asked) -> Values | None:
    principal = asked.call.caller.principal
    return principal.arn.rpartition("/")[2] if principal.kind is PrincipalKind.USER else None


def _service_name(asked: Asked) -> Values | None:
    principal = asked.call.caller.principal
    return principal.arn if principal.kind is PrincipalKind.SERVICE else None


def _token_issue_time(asked: Asked) -> Values | None:
    session = asked.call.caller.session
    return None if session is None else instant(session.issued_at)


def _multi_factor(asked: Asked) -> Values | None:
    """Absent for long-term access keys; no session here was begun with a second factor."""
    return None if asked.call.caller.session is None else "false"


def _provider(asked: Asked) -> Values | None:
    session = asked.call.caller.session
    return (session and session.provider) or None


def _source_identity(asked: Asked) -> Values | None:
    session = asked.call.caller.session
    return (session and session.source_identity) or None


def _source_ip(asked: Asked) -> Values | None:
    return asked.call.arrival.source or None


def _resource_account(asked: Asked) -> Values | None:
    return asked.call.caller.account if asked.key is None else asked.key.account


def _tag_keys(asked: Asked) -> Values | None:
    """The keys of the tags that the request sets or takes away."""
    taken = getattr(asked.request, "tag_keys", None) if asked.action.startswith("kms:") else None
    return tuple(taken if taken is not None else (tag.tag_key for tag in _requested(asked))) or None


def _requested(asked: Asked) -> Iterable[Tag]:
    """Of an operation of KMS; others tell their own."""
    tags: Iterable[Tag] = getattr(asked.request, "tags", ()) if asked.action.startswith("kms:") else ()
    return tags


def _principal_tags(asked: Asked) -> Mapping[str, Values]:
    """A session's own tags stand above those of its role."""
    caller = asked.call.caller
    session = caller.session.tags if caller.session is not None else ()
    return {name.lower(): value for name, value in (*tags_of(asked.call.view, caller.principal), *session)}


def _request_tags(asked: Asked) -> Mapping[str, Values]:
    return without_case([(tag.tag_key, tag.tag_value) for tag in _requested(asked)])


def _resource_tags(asked: Asked) -> Mapping[str, Values]:
    return {} if asked.key is None else without_case(asked.key.tags)


GLOBAL_FACTS: Mapping[str, Fact] = {
    "aws:currenttime": lambda asked: instant(asked.call.now),
    "aws:epochtime": lambda asked: str(asked.call.now // 1000),
    "aws:federatedprovider": _provider,
    "aws:multifactorauthpresent": _multi_factor,
    "aws:principalaccount": lambda asked: asked.call.caller.account,
    "aws:principalarn": _principal_arn,
    "aws:principalisawsservice": lambda asked: flag(asked.call.caller.principal.kind is PrincipalKind.SERVICE),
    "aws:principalservicename": _service_name,
    "aws:principaltype": lambda asked: _PRINCIPAL_TYPES[asked.call.caller.principal.kind],
    "aws:requestedregion": lambda asked: asked.call.region,
    "aws:resourceaccount": _resource_account,
    "aws:securetransport": lambda asked: flag(asked.call.arrival.secure),
    "aws:sourceidentity": _source_identity,
    "aws:sourceip": _source_ip,
    "aws:tagkeys": _tag_keys,
    "aws:tokenissuetime": _token_issue_time,
    "aws:useragent": lambda asked: asked.call.arrival.user_agent or None,
    "aws:userid": lambda asked: asked.call.caller.user_id,
    "aws:username": _user_name,
    "aws:viaawsservice": lambda _asked: "false",
}

LASTING_GLOBAL = frozenset(
    {
        "aws:federatedprovider",
        "aws:multifactorauthpresent",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalservicename",
        "aws:principaltag/",
        "aws:principaltype",
        "aws:requestedregion",
        "aws:resourceaccount",
        "aws:resourcetag/",
        "aws:securetransport",
        "aws:sourceidentity",
        "aws:sourceip",
        "aws:tokenissuetime",
        "aws:userid",
        "aws:username",
        "aws:viaawsservice",
    }
)
"""What follows from caller, address, region and key alone, families too."""

GLOBAL_FAMILIES: Mapping[str, Family] = {
    "aws:principaltag/": _principal_tags,
    "aws:requesttag/": _request_tags,
    "aws:resourcetag/": _resource_tags,
}
