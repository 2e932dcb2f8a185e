"""The users, groups, roles, policies and providers that requests name.

Owns finding them in the caller's account, AWS's words where there is none, and whom a request means that names no user.
"""

from collections.abc import Callable, Mapping
from typing import NoReturn

from services.region_node.call import Call
from shared.errors import ValidationFailed
from shared.identifiers import user_stream
from shared.identity.errors import NoSuchEntity
from shared.identity.model import Group, OidcProvider, Policy, PolicyHolder, Role, User
from shared.identity.naming import (
    GROUP,
    ROLE,
    USER,
    group_name_index,
    group_stream,
    oidc_provider_stream,
    parse_oidc_provider_arn,
    parse_policy_arn,
    policy_stream,
    role_stream,
)

_NO_USER_NAME = "Must specify userName when calling with non-User credentials"


def user_named(call: Call, name: str) -> User:
    """Errors: NoSuchEntity."""
    user = call.view.state(user_stream(call.caller.account, name))
    return user if isinstance(user, User) else _missing(USER, name)


def group_named(call: Call, name: str) -> Group:
    """Errors: NoSuchEntity."""
    account = call.caller.account
    group_id = next(call.view.indexed(account, group_name_index(account, name), ""), "")
    group = call.view.state(group_stream(account, group_id))
    return group if isinstance(group, Group) else _missing(GROUP, name)


def role_named(call: Call, name: str) -> Role:
    """Errors: NoSuchEntity."""
    role = call.view.state(role_stream(call.caller.account, name))
    return role if isinstance(role, Role) else _missing(ROLE, name)


HOLDERS: Mapping[str, Callable[[Call, str], PolicyHolder]] = {USER: user_named, GROUP: group_named, ROLE: role_named}


def policy_at(call: Call, arn: str) -> Policy:
    """The customer managed policy with this ARN. Errors: NoSuchEntity; ValidationFailed for what is no ARN of one."""
    parsed = parse_policy_arn(arn)
    if parsed is None:
        raise ValidationFailed(f"ARN {arn} is not valid.")
    policy = call.view.state(policy_stream(call.caller.account, parsed.policy_name))
    if not isinstance(policy, Policy) or policy.arn != arn:
        raise NoSuchEntity(f"Policy {arn} was not found.")
    return policy


def provider_at(call: Call, arn: str) -> OidcProvider:
    """Errors: NoSuchEntity."""
    url = parse_oidc_provider_arn(call.caller.account, arn)
    provider = None if url is None else call.view.state(oidc_provider_stream(call.caller.account, url))
    if not isinstance(provider, OidcProvider):
        raise NoSuchEntity(f"OpenIDConnect Provider not found for arn {arn}")
    return provider


def own_name(call: Call) -> str:
    """The name of the user who asks; "" for the root user. Errors: ValidationFailed for a session, which is no user."""
    resource = call.caller.arn.rsplit(":", 1)[-1]
    if resource == "root":
        return ""
    if not resource.startswith(f"{USER}/"):
        raise ValidationFailed(_NO_USER_NAME)
    return resource.rsplit("/", 1)[-1]


def _missing(kind: str, name: str) -> NoReturn:
    raise NoSuchEntity(f"The {kind} with name {name} cannot be found.")
