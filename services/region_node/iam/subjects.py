"""What an operation of IAM is about: the ARN that its permission is asked for, and what stands there.

Owns the one way from a request to both, and what has to be permitted besides. What exists has its own path in its ARN;
what is to be made has the path that the request wants; what is missing has the path `/`, for want of another.
Source: Service Authorization Reference, "AWS Identity and Access Management".
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias, TypeVar

from services.region_node.iam.holders import HOLDERS, own_name, policy_at, provider_at
from services.region_node.requests.call import Call
from services.region_node.requests.query_operation import Further, Resource
from shared.errors import KeytideError
from shared.identity.model import Group, OidcProvider, Policy, Role, User
from shared.identity.naming import GROUP, OIDC_PROVIDER, POLICY, ROLE, USER

Entity: TypeAlias = User | Group | Role | Policy | OidcProvider
Found = TypeVar("Found")


class Subject(NamedTuple):
    """`found(call, request)`: what the request is about, None where it does not exist (yet)."""

    resource: Resource
    found: Callable[[Call, Any], Entity | None]


def _nothing(_call: Call, _request: Any) -> None:
    return None


def _holder(kind: str) -> Subject:
    """The user, group or role that the request names; the caller where it may leave the name out."""

    def named(call: Call, request: Any) -> str:
        name = getattr(request, f"{kind}_name")
        return own_name(call) if name is None else str(name)

    def found(call: Call, request: Any) -> Entity | None:
        return _unless_refused(HOLDERS[kind], call, named(call, request))

    def resource(call: Call, request: Any) -> str:
        name, entity = named(call, request), found(call, request)
        if not name:
            return _root_arn(call)
        return _arn(call, kind, "/", name) if entity is None else entity.arn

    return Subject(resource, found)


def _new(kind: str) -> Subject:
    def resource(call: Call, request: Any) -> str:
        return _arn(call, kind, request.path or "/", getattr(request, f"{kind}_name"))

    return Subject(resource, _nothing)


def _all(kind: str) -> Subject:
    """Those that a listing goes through."""

    def resource(call: Call, request: Any) -> str:
        return _arn(call, kind, getattr(request, "path_prefix", None) or "/", "*")

    return Subject(resource, _nothing)


def tagging(action: str, subject: Subject) -> Further:
    """What is made with tags needs the permission to tag it."""

    def further(call: Call, request: Any) -> Iterable[tuple[str, str]]:
        return [(action, subject.resource(call, request))] if request.tags else []

    return further


def renaming(action: str, kind: str) -> Further:
    """What gets another name or path needs the permission for what it becomes too: policies go by both.

    Its name stays as it is written, in whichever letters the request has it: they would get round a policy otherwise.
    """

    def further(call: Call, request: Any) -> Iterable[tuple[str, str]]:
        name = getattr(request, f"{kind}_name")
        holder = _unless_refused(HOLDERS[kind], call, name)
        path, own = ("/", name) if holder is None else (holder.path, getattr(holder, f"{kind}_name"))
        return [(action, _arn(call, kind, request.new_path or path, getattr(request, f"new_{kind}_name") or own))]

    return further


def _by_arn(member: str, find: Callable[[Call, str], Entity]) -> Subject:
    def found(call: Call, request: Any) -> Entity | None:
        return _unless_refused(find, call, getattr(request, member))

    return Subject(lambda _call, request: str(getattr(request, member)), found)


def _new_provider(call: Call, request: Any) -> str:
    return f"arn:aws:iam::{call.caller.account}:{OIDC_PROVIDER}/{request.url.removeprefix('https://')}"


def _all_providers(call: Call, _request: Any) -> str:
    return f"arn:aws:iam::{call.caller.account}:{OIDC_PROVIDER}/*"


def _unless_refused(find: Callable[[Call, str], Found], call: Call, name: str) -> Found | None:
    try:
        return find(call, name)
    except KeytideError:
        return None


def _root_arn(call: Call) -> str:
    return f"arn:aws:iam::{call.caller.account}:root"


def _arn(call: Call, kind: str, path: str, name: str) -> str:
    return f"arn:aws:iam::{call.caller.account}:{kind}{path}{name}"


NEW_USER, A_USER, USERS = _new(USER), _holder(USER), _all(USER)
NEW_GROUP, A_GROUP, GROUPS = _new(GROUP), _holder(GROUP), _all(GROUP)
NEW_ROLE, A_ROLE, ROLES = _new(ROLE), _holder(ROLE), _all(ROLE)
NEW_POLICY, A_POLICY, POLICIES = _new(POLICY), _by_arn("policy_arn", policy_at), _all(POLICY)
NEW_PROVIDER = Subject(_new_provider, _nothing)
A_PROVIDER = _by_arn("openid_connect_provider_arn", provider_at)
PROVIDERS = Subject(_all_providers, _nothing)
A_SOURCE = Subject(lambda _call, request: str(request.policy_source_arn), _nothing)
NO_SUBJECT = Subject(lambda _call, _request: "*", _nothing)
