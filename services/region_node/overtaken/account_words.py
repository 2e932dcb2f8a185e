"""An overtaken change of an account, in words for the operator: one table of sentences, of what no secret stands in."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.identity import account_events as a
from shared.identity import events as e
from shared.identity import policy_events as p


def said_of_account(said: Iterable[Any]) -> str:
    """One line."""
    return "; ".join(_WORDS[type(event)].format_map(event._asdict()) for event in said if type(event) in _WORDS)


_WORDS: Mapping[type[Any], str] = {
    a.AccountStandByUpdated: "makes {stand_by_region} the stand-by",
    a.AccountSynchronousSet: "has changes wait for {synchronous_regions} other regions",
    a.ServiceControlPolicyPut: "puts service control policy {policy_name} of {level}",
    a.ServiceControlPolicyRemoved: "removes service control policy {policy_name} of {level}",
    a.AccessKeyCreated: "makes access key {access_key_id} of {user_name}{service_principal}",
    a.AccessKeyStatusUpdated: "makes access key {access_key_id} {status}",
    a.AccessKeyOwnerRenamed: "gives access key {access_key_id} to {user_name}",
    a.AccessKeyDeleted: "deletes access key {access_key_id}",
    e.UserCreated: "makes user {user_name}",
    e.UserUpdated: "changes user {user_name}",
    e.UserDeleted: "deletes user {user_name}",
    e.UserTookName: "calls it {user_name}",
    e.UserAddedToGroup: "puts user {user_name} into group {group_id}",
    e.UserRemovedFromGroup: "takes user {user_name} out of group {group_id}",
    e.GroupCreated: "makes group {group_name}",
    e.GroupUpdated: "changes group {group_name}",
    e.GroupDeleted: "deletes group {group_id}",
    e.RoleCreated: "makes role {role_name}",
    e.RoleUpdated: "changes role {role_name}",
    e.RoleTrustPolicyUpdated: "changes who may assume role {role_name}",
    e.RoleDeleted: "deletes role {role_name}",
    e.OidcProviderCreated: "makes provider {url}",
    e.OidcProviderUpdated: "changes provider {url}",
    e.OidcProviderDeleted: "deletes provider {url}",
    p.InlinePolicyPut: "puts policy {policy_name} of {entity}",
    p.InlinePolicyDeleted: "deletes policy {policy_name} of {entity}",
    p.PolicyAttached: "attaches {policy_arn} to {entity}",
    p.PolicyDetached: "detaches {policy_arn} from {entity}",
    p.BoundaryUpdated: "makes {policy_arn} the boundary of {entity}",
    p.EntityTagged: "tags {entity}",
    p.EntityUntagged: "untags {entity}",
    p.PolicyCreated: "makes policy {policy_name}",
    p.PolicyVersionCreated: "makes version {version} of policy {policy_name}",
    p.PolicyVersionDeleted: "deletes version {version} of policy {policy_name}",
    p.PolicyDefaultVersionSet: "makes version {version} of policy {policy_name} the default",
    p.PolicyDeleted: "deletes policy {policy_name}",
}
