"""The stream of every event of an account and of who is in it: the one table."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.identifiers import access_key_stream, account_stream, user_stream
from shared.identity import account_events as accounts
from shared.identity import events as e
from shared.identity import policy_events as policies
from shared.identity.naming import (
    entity_stream,
    group_stream,
    oidc_provider_stream,
    policy_stream,
    role_stream,
    service_control_stream,
)

IDENTITY_STREAMS: Mapping[type[Any], Callable[[Any], str]] = {
    **dict.fromkeys(
        (
            accounts.AccountCreated,
            accounts.AccountStandByUpdated,
            accounts.AccountSynchronousSet,
            accounts.AccountHomeMoved,
            accounts.HomeChangeSettled,
        ),
        lambda event: account_stream(event.account),
    ),
    accounts.EntityRestated: lambda event: event.stream,
    **dict.fromkeys(
        (accounts.ServiceControlPolicyPut, accounts.ServiceControlPolicyRemoved),
        lambda event: service_control_stream(event.account),
    ),
    **dict.fromkeys(
        (
            accounts.AccessKeyCreated,
            accounts.SigningKeysIssued,
            accounts.AccessKeySecretGiven,
            accounts.AccessKeyStatusUpdated,
            accounts.AccessKeyOwnerRenamed,
            accounts.AccessKeyDeleted,
        ),
        lambda event: access_key_stream(event.account, event.access_key_id),
    ),
    **dict.fromkeys(
        (
            e.UserCreated,
            e.UserUpdated,
            e.UserDeleted,
            e.UserTookName,
            e.UserAddedToGroup,
            e.UserRemovedFromGroup,
        ),
        lambda event: user_stream(event.account, event.user_name),
    ),
    **dict.fromkeys(
        (e.GroupCreated, e.GroupUpdated, e.GroupDeleted), lambda event: group_stream(event.account, event.group_id)
    ),
    **dict.fromkeys(
        (e.RoleCreated, e.RoleUpdated, e.RoleTrustPolicyUpdated, e.RoleDeleted),
        lambda event: role_stream(event.account, event.role_name),
    ),
    **dict.fromkeys(
        (e.OidcProviderCreated, e.OidcProviderUpdated, e.OidcProviderDeleted),
        lambda event: oidc_provider_stream(event.account, event.url),
    ),
    **dict.fromkeys(
        (
            policies.InlinePolicyPut,
            policies.InlinePolicyDeleted,
            policies.PolicyAttached,
            policies.PolicyDetached,
            policies.BoundaryUpdated,
            policies.EntityTagged,
            policies.EntityUntagged,
        ),
        lambda event: entity_stream(event.account, event.entity),
    ),
    **dict.fromkeys(
        (
            policies.PolicyCreated,
            policies.PolicyVersionCreated,
            policies.PolicyVersionDeleted,
            policies.PolicyDefaultVersionSet,
            policies.PolicyDeleted,
        ),
        lambda event: policy_stream(event.account, event.policy_name),
    ),
}
