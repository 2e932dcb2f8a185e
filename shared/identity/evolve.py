"""What an event makes of users, groups, roles, policies and identity providers: the folds of their streams."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from shared.fold import BrokenHistory, Fold
from shared.identity import events as e
from shared.identity import policy_events as p
from shared.identity.model import Group, OidcProvider, Pairs, Policy, PolicyHolder, PolicyVersion, Role, User

Kind = TypeVar("Kind")


def expect(state: object, kind: type[Kind]) -> Kind:
    """The state, which is a `kind`. Errors: BrokenHistory."""
    if not isinstance(state, kind):
        raise BrokenHistory(f"expected a {kind.__name__}, found {type(state).__name__}")
    return state


def with_pairs(pairs: Pairs, put: Iterable[tuple[str, str]]) -> Pairs:
    """`pairs` with some more, which replace those of the same names."""
    return tuple(sorted((dict(pairs) | dict(put)).items()))


def without_names(pairs: Pairs, names: Iterable[str]) -> Pairs:
    """`pairs` without those of `names`."""
    gone = frozenset(names)
    return tuple(pair for pair in pairs if pair[0] not in gone)


def _gone(_state: object, _event: object, _fold: Fold) -> None:
    return None


def _user_created(_state: object, event: e.UserCreated, fold: Fold) -> User:
    return User(created_at=fold.time, **event._asdict())


def _user_updated(state: object, event: e.UserUpdated, _fold: Fold) -> User:
    return expect(state, User)._replace(user_name=event.user_name, path=event.path)


def _user_took_name(_state: object, event: e.UserTookName, _fold: Fold) -> User:
    return User(*event)


def _user_added_to_group(state: object, event: e.UserAddedToGroup, _fold: Fold) -> User:
    user = expect(state, User)
    return user._replace(groups=_with(user.groups, event.group_id))


def _user_removed_from_group(state: object, event: e.UserRemovedFromGroup, _fold: Fold) -> User:
    user = expect(state, User)
    return user._replace(groups=_without(user.groups, event.group_id))


def _group_created(_state: object, event: e.GroupCreated, fold: Fold) -> Group:
    return Group(event.account, event.group_id, event.group_name, event.path, fold.time)


def _group_updated(state: object, event: e.GroupUpdated, _fold: Fold) -> Group:
    return expect(state, Group)._replace(group_name=event.group_name, path=event.path)


def _role_created(_state: object, event: e.RoleCreated, fold: Fold) -> Role:
    return Role(created_at=fold.time, **event._asdict())


def _role_updated(state: object, event: e.RoleUpdated, _fold: Fold) -> Role:
    return expect(state, Role)._replace(description=event.description, max_session_seconds=event.max_session_seconds)


def _role_trust_policy_updated(state: object, event: e.RoleTrustPolicyUpdated, _fold: Fold) -> Role:
    return expect(state, Role)._replace(trust_policy=event.trust_policy)


def _oidc_provider_created(_state: object, event: e.OidcProviderCreated, fold: Fold) -> OidcProvider:
    return OidcProvider(created_at=fold.time, **event._asdict())


def _oidc_provider_updated(state: object, event: e.OidcProviderUpdated, _fold: Fold) -> OidcProvider:
    return expect(state, OidcProvider)._replace(client_ids=event.client_ids, thumbprints=event.thumbprints)


def _inline_policy_put(state: object, event: p.InlinePolicyPut, _fold: Fold) -> PolicyHolder:
    holder = _holder(state)
    return holder._replace(inline=with_pairs(holder.inline, ((event.policy_name, event.document),)))


def _inline_policy_deleted(state: object, event: p.InlinePolicyDeleted, _fold: Fold) -> PolicyHolder:
    holder = _holder(state)
    return holder._replace(inline=without_names(holder.inline, (event.policy_name,)))


def _policy_attached(state: object, event: p.PolicyAttached, _fold: Fold) -> PolicyHolder:
    holder = _holder(state)
    return holder._replace(attached=_with(holder.attached, event.policy_arn))


def _policy_detached(state: object, event: p.PolicyDetached, _fold: Fold) -> PolicyHolder:
    holder = _holder(state)
    return holder._replace(attached=_without(holder.attached, event.policy_arn))


def _boundary_updated(state: object, event: p.BoundaryUpdated, _fold: Fold) -> User | Role:
    if not isinstance(state, User | Role):
        raise BrokenHistory(f"{type(state).__name__} has no permissions boundary")
    return state._replace(boundary=event.policy_arn)


def _entity_tagged(state: object, event: p.EntityTagged, _fold: Fold) -> User | Role | Policy | OidcProvider:
    tagged = _tagged(state)
    return tagged._replace(tags=with_pairs(tagged.tags, event.tags))


def _entity_untagged(state: object, event: p.EntityUntagged, _fold: Fold) -> User | Role | Policy | OidcProvider:
    tagged = _tagged(state)
    return tagged._replace(tags=without_names(tagged.tags, event.tag_keys))


def _holder(state: object) -> PolicyHolder:
    if not isinstance(state, User | Group | Role):
        raise BrokenHistory(f"{type(state).__name__} has no policies")
    return state


def _tagged(state: object) -> User | Role | Policy | OidcProvider:
    if not isinstance(state, User | Role | Policy | OidcProvider):
        raise BrokenHistory(f"{type(state).__name__} has no tags")
    return state


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(sorted({*names, name}))


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(one for one in names if one != name)


def _policy_created(_state: object, event: p.PolicyCreated, fold: Fold) -> Policy:
    first = PolicyVersion(1, fold.time, event.document)
    names = (event.account, event.policy_name, event.policy_id)
    return Policy(*names, fold.time, fold.time, 1, 1, (first,), event.path, event.description, event.tags)


def _policy_version_created(state: object, event: p.PolicyVersionCreated, fold: Fold) -> Policy:
    policy = expect(state, Policy)
    if event.version <= policy.newest:
        raise BrokenHistory(f"version {event.version} after {policy.newest}")
    versions = (*policy.versions, PolicyVersion(event.version, fold.time, event.document))
    default = event.version if event.is_default else policy.default
    return policy._replace(versions=versions, newest=event.version, default=default, updated_at=fold.time)


def _policy_version_deleted(state: object, event: p.PolicyVersionDeleted, fold: Fold) -> Policy:
    policy = expect(state, Policy)
    if event.version == policy.default:
        raise BrokenHistory("the default version stays")
    versions = tuple(version for version in policy.versions if version.number != event.version)
    return policy._replace(versions=versions, updated_at=fold.time)


def _policy_default_version_set(state: object, event: p.PolicyDefaultVersionSet, fold: Fold) -> Policy:
    policy = expect(state, Policy)
    if event.version not in {version.number for version in policy.versions}:
        raise BrokenHistory(f"there is no version {event.version}")
    return policy._replace(default=event.version, updated_at=fold.time)


PRINCIPAL_FOLDS: Mapping[type[Any], Callable[[Any, Any, Fold], Any]] = {
    e.UserCreated: _user_created,
    e.UserUpdated: _user_updated,
    e.UserDeleted: _gone,
    e.UserTookName: _user_took_name,
    e.UserAddedToGroup: _user_added_to_group,
    e.UserRemovedFromGroup: _user_removed_from_group,
    e.GroupCreated: _group_created,
    e.GroupUpdated: _group_updated,
    e.GroupDeleted: _gone,
    e.RoleCreated: _role_created,
    e.RoleUpdated: _role_updated,
    e.RoleTrustPolicyUpdated: _role_trust_policy_updated,
    e.RoleDeleted: _gone,
    e.OidcProviderCreated: _oidc_provider_created,
    e.OidcProviderUpdated: _oidc_provider_updated,
    e.OidcProviderDeleted: _gone,
    p.InlinePolicyPut: _inline_policy_put,
    p.InlinePolicyDeleted: _inline_policy_deleted,
    p.PolicyAttached: _policy_attached,
    p.PolicyDetached: _policy_detached,
    p.BoundaryUpdated: _boundary_updated,
    p.EntityTagged: _entity_tagged,
    p.EntityUntagged: _entity_untagged,
    p.PolicyCreated: _policy_created,
    p.PolicyVersionCreated: _policy_version_created,
    p.PolicyVersionDeleted: _policy_version_deleted,
    p.PolicyDefaultVersionSet: _policy_default_version_set,
    p.PolicyDeleted: _gone,
}
