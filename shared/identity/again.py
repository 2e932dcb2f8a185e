"""A change of an account that a take-over has overtaken, as what a client or an operator would ask for today.

Owns which decision each of them comes to, in one table: the same that the request came to, so that it is refused for
what the request would be refused for. A record holds one change; what else stands in it follows from that one.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from shared.decision import Decision, StateView
from shared.identity import account_events as a
from shared.identity import commands as c
from shared.identity import decide_access_keys, decide_accounts, decide_groups, decide_providers, decide_roles
from shared.identity import events as e
from shared.identity.again_policies import OF_POLICIES
from shared.identity.decide_users import create_user, delete_user, update_user
from shared.identity.deciding import NOTHING
from shared.identity.errors import NoSuchEntity
from shared.identity.model import AccessKey, Group, OidcProvider
from shared.identity.naming import group_stream, oidc_provider_stream
from shared.keys.errors import NotDoneAgain


class AtHome(NamedTuple):
    """Where it is done again: the account's home, and the account."""

    region: str
    account: str


def done_again(said: Iterable[Any], home: AtHome, view: StateView) -> Decision:
    """Errors: NotDoneAgain for what only its client can do; NoSuchEntity; those of the decisions."""
    said = tuple(said)
    renamed = next((event for event in said if isinstance(event, e.UserDeleted) and event.renamed_to), None)
    for event in said:
        if isinstance(event, e.UserTookName) and renamed is not None:
            return update_user(c.UpdateUser(*home, renamed.user_name, event.user_name, event.path), view)
        if (decide := _AGAIN.get(type(event))) is not None and event != renamed:
            return decide(event, home, view)
    raise NotDoneAgain(f"{type(said[0]).__name__ if said else 'This'} is not done again")


def _group_name(event: Any, home: AtHome, view: StateView) -> str:
    group = view.state(group_stream(home.account, event.group_id))
    if not isinstance(group, Group):
        raise NoSuchEntity(f"The group {event.group_id} cannot be found.")
    return group.group_name


def _group_updated(event: e.GroupUpdated, home: AtHome, view: StateView) -> Decision:
    name = _group_name(event, home, view)
    return decide_groups.update_group(c.UpdateGroup(*home, name, event.group_name, event.path), view)


def _group_deleted(event: e.GroupDeleted, home: AtHome, view: StateView) -> Decision:
    return decide_groups.delete_group(c.DeleteGroup(*home, _group_name(event, home, view)), view)


def _added(event: e.UserAddedToGroup, home: AtHome, view: StateView) -> Decision:
    command = c.AddUserToGroup(*home, _group_name(event, home, view), event.user_name)
    return decide_groups.add_user_to_group(command, view)


def _removed(event: e.UserRemovedFromGroup, home: AtHome, view: StateView) -> Decision:
    command = c.RemoveUserFromGroup(*home, _group_name(event, home, view), event.user_name)
    return decide_groups.remove_user_from_group(command, view)


def _provider_created(event: e.OidcProviderCreated, home: AtHome, view: StateView) -> Decision:
    command = c.CreateOidcProvider(*home, f"https://{event.url}", event.client_ids, event.thumbprints, event.tags)
    return decide_providers.create_oidc_provider(command, view)


def _provider_updated(event: e.OidcProviderUpdated, home: AtHome, view: StateView) -> Decision:
    provider = _provider(event, home, view)
    command = c.SetOidcProvider(*home, provider.arn, event.client_ids, event.thumbprints)
    return decide_providers.set_oidc_provider(command, view)


def _provider_deleted(event: e.OidcProviderDeleted, home: AtHome, view: StateView) -> Decision:
    command = c.DeleteOidcProvider(*home, _provider(event, home, view).arn)
    return decide_providers.delete_oidc_provider(command, view)


def _provider(event: Any, home: AtHome, view: StateView) -> OidcProvider:
    provider = view.state(oidc_provider_stream(home.account, event.url))
    if not isinstance(provider, OidcProvider):
        raise NoSuchEntity(f"The provider {event.url} cannot be found.")
    return provider


def _access_key(event: Any, view: StateView) -> AccessKey:
    access_key = view.access_key(event.access_key_id)
    if access_key is None:
        raise NoSuchEntity(f"The Access Key with id {event.access_key_id} cannot be found.")
    return access_key


def _status_updated(event: a.AccessKeyStatusUpdated, home: AtHome, view: StateView) -> Decision:
    key = _access_key(event, view)
    command = c.UpdateAccessKey(*home, key.user_name, key.access_key_id, event.status, key.service_principal)
    return decide_access_keys.update_access_key(command, view)


def _access_key_deleted(event: a.AccessKeyDeleted, home: AtHome, view: StateView) -> Decision:
    key = view.access_key(event.access_key_id)
    if key is None:
        return NOTHING
    command = c.DeleteAccessKey(*home, key.user_name, key.access_key_id, key.service_principal)
    return decide_access_keys.delete_access_key(command, view)


def _access_key_created(event: a.AccessKeyCreated, _home: AtHome, _view: StateView) -> Decision:
    raise NotDoneAgain(f"Access key {event.access_key_id} has a secret that only its client holds: make another")


def _plainly(command: Callable[..., Any], decide: Callable[..., Decision]) -> Callable[..., Decision]:
    """For a command whose fields are those of the event, in their order."""
    return lambda event, home, view: decide(command(*home, *event[1:]), view)


_AGAIN: Mapping[type[Any], Callable[[Any, AtHome, StateView], Decision]] = {
    a.AccountStandByUpdated: _plainly(c.UpdateStandBy, decide_accounts.update_stand_by),
    a.AccountSynchronousSet: _plainly(c.SetSynchronous, decide_accounts.set_synchronous),
    a.ServiceControlPolicyPut: _plainly(c.PutServiceControlPolicy, decide_accounts.put_service_control_policy),
    a.ServiceControlPolicyRemoved: _plainly(
        c.RemoveServiceControlPolicy, decide_accounts.remove_service_control_policy
    ),
    a.AccessKeyCreated: _access_key_created,
    a.AccessKeyStatusUpdated: _status_updated,
    a.AccessKeyDeleted: _access_key_deleted,
    e.UserCreated: _plainly(c.CreateUser, create_user),
    e.UserUpdated: lambda event, home, view: update_user(
        c.UpdateUser(*home, event.user_name, event.user_name, event.path), view
    ),
    e.UserDeleted: lambda event, home, view: delete_user(c.DeleteUser(*home, event.user_name), view),
    e.UserAddedToGroup: _added,
    e.UserRemovedFromGroup: _removed,
    e.GroupCreated: lambda event, home, view: decide_groups.create_group(
        c.CreateGroup(*home, event.group_name, event.group_id, event.path), view
    ),
    e.GroupUpdated: _group_updated,
    e.GroupDeleted: _group_deleted,
    e.RoleCreated: _plainly(c.CreateRole, decide_roles.create_role),
    e.RoleUpdated: _plainly(c.UpdateRole, decide_roles.update_role),
    e.RoleTrustPolicyUpdated: _plainly(c.UpdateTrustPolicy, decide_roles.update_trust_policy),
    e.RoleDeleted: _plainly(c.DeleteRole, decide_roles.delete_role),
    e.OidcProviderCreated: _provider_created,
    e.OidcProviderUpdated: _provider_updated,
    e.OidcProviderDeleted: _provider_deleted,
    **OF_POLICIES,
}
