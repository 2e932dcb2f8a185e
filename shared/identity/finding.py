"""Finding what a request names in its account, in IAM's words where there is none."""

from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn

from shared.decision import StateView
from shared.errors import ValidationFailed
from shared.identifiers import user_stream
from shared.identity.aws_managed import AWS_MANAGED
from shared.identity.errors import InvalidInput, NoSuchEntity
from shared.identity.model import AccessKey, Group, OidcProvider, Policy, PolicyHolder, Role, User
from shared.identity.naming import (
    AWS_OWNED,
    GROUP,
    ROLE,
    USER,
    PolicyArn,
    access_keys_index,
    group_name_index,
    group_stream,
    oidc_provider_stream,
    parse_oidc_provider_arn,
    parse_policy_arn,
    policy_stream,
    role_stream,
)
from shared.identity.policy_commands import Named


def user_named(view: StateView, account: str, name: str) -> User:
    """Errors: NoSuchEntity."""
    user = view.state(user_stream(account, name))
    return user if isinstance(user, User) else _missing(USER, name)


def find_group(view: StateView, account: str, name: str) -> Group | None:
    for group_id in view.indexed(account, group_name_index(account, name), ""):
        group = view.state(group_stream(account, group_id))
        if isinstance(group, Group):
            return group
    return None


def group_named(view: StateView, account: str, name: str) -> Group:
    """Errors: NoSuchEntity."""
    return find_group(view, account, name) or _missing(GROUP, name)


def role_named(view: StateView, account: str, name: str) -> Role:
    """Errors: NoSuchEntity."""
    role = view.state(role_stream(account, name))
    return role if isinstance(role, Role) else _missing(ROLE, name)


HOLDERS: Mapping[str, Callable[[StateView, str, str], PolicyHolder]] = {
    USER: user_named,
    GROUP: group_named,
    ROLE: role_named,
}


def holder_named(view: StateView, account: str, entity: Named) -> PolicyHolder:
    """Errors: NoSuchEntity; InvalidInput for what has no policies."""
    find = HOLDERS.get(entity.kind)
    if find is None:
        raise InvalidInput(f"A {entity.kind} has no policies.")
    return find(view, account, entity.name)


def parsed_policy_arn(arn: str) -> PolicyArn:
    """Errors: ValidationFailed."""
    parsed = parse_policy_arn(arn)
    if parsed is None:
        raise ValidationFailed(f"ARN {arn} is not valid.")
    return parsed


def find_policy(view: StateView, account: str, arn: str) -> Policy | None:
    """The customer managed policy of the account with this ARN. Errors: ValidationFailed."""
    policy = view.state(policy_stream(account, parsed_policy_arn(arn).policy_name))
    return policy if isinstance(policy, Policy) and policy.arn == arn else None


def own_policy(view: StateView, account: str, arn: str) -> Policy:
    """Errors: ValidationFailed, InvalidInput for a policy of others, NoSuchEntity."""
    if parsed_policy_arn(arn).account != account:
        raise InvalidInput("Policy is outside your own account.")
    policy = find_policy(view, account, arn)
    if policy is None:
        raise NoSuchEntity(f"Policy {arn} was not found.")
    return policy


def is_attachable(view: StateView, account: str, arn: str) -> bool:
    """Whether there is such a policy, of the account or one that AWS manages. Errors: ValidationFailed."""
    if parsed_policy_arn(arn).account == AWS_OWNED:
        return arn in AWS_MANAGED
    return find_policy(view, account, arn) is not None


def provider_at(view: StateView, account: str, arn: str) -> OidcProvider:
    """Errors: NoSuchEntity."""
    url = parse_oidc_provider_arn(account, arn)
    provider = None if url is None else view.state(oidc_provider_stream(account, url))
    if not isinstance(provider, OidcProvider):
        raise NoSuchEntity(f"OpenIDConnect Provider not found for arn {arn}")
    return provider


def access_key_of(
    view: StateView, account: str, user_name: str, access_key_id: str, service_principal: str = ""
) -> AccessKey:
    """The access key of a user, of a service, or of the root user where both are empty. Errors: NoSuchEntity."""
    if user_name:
        user_named(view, account, user_name)
    key = view.access_key(access_key_id)
    owner = (account, user_name.lower(), service_principal)
    if key is None or (key.account, key.user_name.lower(), key.service_principal) != owner:
        raise NoSuchEntity(f"The Access Key with id {access_key_id} cannot be found.")
    return key


def access_keys_of(view: StateView, account: str, user_name: str) -> Iterator[AccessKey]:
    for access_key_id in view.indexed(account, access_keys_index(account, user_name), ""):
        access_key = view.access_key(access_key_id)
        if access_key is not None:
            yield access_key


def _missing(kind: str, name: str) -> NoReturn:
    raise NoSuchEntity(f"The {kind} with name {name} cannot be found.")
