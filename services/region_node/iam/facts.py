"""The condition keys that operations of IAM bring.

Owns their one table: what each is read from, the request and what it is about.
Source: Service Authorization Reference, "AWS Identity and Access Management", condition keys.
"""

from typing import Any

from services.region_node.iam.subjects import Entity, Subject
from services.region_node.requests.call import Call
from shared.identity.model import Group, Role, User
from shared.policy.question import Context

_HOLDER_NAMES = ("user_name", "group_name", "role_name")


def facts_about(subject: Subject, call: Call, request: Any) -> Context:
    """The condition keys, in lower case; one that has no value is absent."""
    entity = subject.found(call, request)
    return {**_boundary(entity, request), **_policy(request), **_requested_tags(request), **_own_tags(entity)}


def _boundary(entity: Entity | None, request: Any) -> Context:
    """The one that the request sets, or else the one that stands: some may administer only what is bounded."""
    boundary = getattr(request, "permissions_boundary", None)
    if boundary is None and isinstance(entity, User | Role):
        boundary = entity.boundary
    return {} if boundary is None else {"iam:permissionsboundary": boundary}


def _policy(request: Any) -> Context:
    """Of attaching and detaching."""
    attaches = hasattr(request, "policy_arn") and any(hasattr(request, name) for name in _HOLDER_NAMES)
    return {"iam:policyarn": request.policy_arn} if attaches else {}


def _requested_tags(request: Any) -> Context:
    tags = {f"aws:requesttag/{tag.key.lower()}": tag.value for tag in getattr(request, "tags", ())}
    keys = tuple(tag.key for tag in getattr(request, "tags", ())) or tuple(getattr(request, "tag_keys", ()))
    return {**tags, "aws:tagkeys": keys} if keys else {}


def _own_tags(entity: Entity | None) -> Context:
    if entity is None or isinstance(entity, Group):
        return {}
    return {f"{prefix}:resourcetag/{key.lower()}": value for key, value in entity.tags for prefix in ("aws", "iam")}
