"""The one table of IAM's operations."""

from collections.abc import Callable, Mapping
from functools import partial
from types import ModuleType
from typing import Any

from services.region_node.iam import (
    access_keys,
    attached_policies,
    context_keys,
    groups,
    inline_policies,
    instance_profiles,
    oidc_providers,
    policies,
    policy_entities,
    policy_versions,
    roles,
    simulation,
    subjects,
    tags,
    users,
)
from services.region_node.iam.facts import facts_about
from services.region_node.iam.subjects import Subject, renaming, tagging
from services.region_node.iam.types import access_keys as access_key_types
from services.region_node.iam.types import attached_policies as attached_types
from services.region_node.iam.types import boundaries as boundary_types
from services.region_node.iam.types import groups as group_types
from services.region_node.iam.types import inline_policies as inline_types
from services.region_node.iam.types import instance_profiles as profile_types
from services.region_node.iam.types import oidc_providers as provider_types
from services.region_node.iam.types import policies as policy_types
from services.region_node.iam.types import policy_versions as version_types
from services.region_node.iam.types import roles as role_types
from services.region_node.iam.types import simulation as simulation_types
from services.region_node.iam.types import users as user_types
from services.region_node.operations.table import AuditClass
from services.region_node.requests.query_operation import Further, QueryOperation, by_name, nothing_further, types_of
from shared.identity.naming import GROUP, OIDC_PROVIDER, POLICY, ROLE, USER


def _row(
    audit: AuditClass,
    name: str,
    types: ModuleType,
    handler: Callable[..., Any],
    subject: Subject,
    further: Further = nothing_further,
) -> QueryOperation:
    request, response = types_of(name, types)
    facts = partial(facts_about, subject)
    return QueryOperation(name, request, response, audit, handler, f"iam:{name}", subject.resource, facts, further)


_reads, _changes = partial(_row, AuditClass.READ), partial(_row, AuditClass.CHANGE)

_USERS = (
    _changes("CreateUser", user_types, users.create_user, subjects.NEW_USER, tagging("iam:TagUser", subjects.NEW_USER)),
    _reads("GetUser", user_types, users.get_user, subjects.A_USER),
    _reads("ListUsers", user_types, users.list_users, subjects.USERS),
    _changes("UpdateUser", user_types, users.update_user, subjects.A_USER, renaming("iam:UpdateUser", USER)),
    _changes("DeleteUser", user_types, users.delete_user, subjects.A_USER),
    _changes("TagUser", user_types, tags.tag(USER), subjects.A_USER),
    _changes("UntagUser", user_types, tags.untag(USER), subjects.A_USER),
    _reads("ListUserTags", user_types, tags.list_tags(USER, user_types.ListUserTagsResponse), subjects.A_USER),
    _changes("CreateAccessKey", access_key_types, access_keys.create_access_key, subjects.A_USER),
    _reads("ListAccessKeys", access_key_types, access_keys.list_access_keys, subjects.A_USER),
    _changes("UpdateAccessKey", access_key_types, access_keys.update_access_key, subjects.A_USER),
    _changes("DeleteAccessKey", access_key_types, access_keys.delete_access_key, subjects.A_USER),
)

_GROUPS = (
    _changes("CreateGroup", group_types, groups.create_group, subjects.NEW_GROUP),
    _reads("GetGroup", group_types, groups.get_group, subjects.A_GROUP),
    _reads("ListGroups", group_types, groups.list_groups, subjects.GROUPS),
    _changes("UpdateGroup", group_types, groups.update_group, subjects.A_GROUP, renaming("iam:UpdateGroup", GROUP)),
    _changes("DeleteGroup", group_types, groups.delete_group, subjects.A_GROUP),
    _changes("AddUserToGroup", group_types, groups.add_user_to_group, subjects.A_GROUP),
    _changes("RemoveUserFromGroup", group_types, groups.remove_user_from_group, subjects.A_GROUP),
    _reads("ListGroupsForUser", group_types, groups.list_groups_for_user, subjects.A_USER),
)

_ROLES = (
    _changes("CreateRole", role_types, roles.create_role, subjects.NEW_ROLE, tagging("iam:TagRole", subjects.NEW_ROLE)),
    _reads("GetRole", role_types, roles.get_role, subjects.A_ROLE),
    _reads("ListRoles", role_types, roles.list_roles, subjects.ROLES),
    _changes("UpdateRole", role_types, roles.update_role, subjects.A_ROLE),
    _changes("UpdateRoleDescription", role_types, roles.update_role_description, subjects.A_ROLE),
    _changes("UpdateAssumeRolePolicy", role_types, roles.update_assume_role_policy, subjects.A_ROLE),
    _changes("DeleteRole", role_types, roles.delete_role, subjects.A_ROLE),
    _changes("TagRole", role_types, tags.tag(ROLE), subjects.A_ROLE),
    _changes("UntagRole", role_types, tags.untag(ROLE), subjects.A_ROLE),
    _reads("ListInstanceProfilesForRole", profile_types, instance_profiles.list_for_role, subjects.A_ROLE),
    _reads("ListRoleTags", role_types, tags.list_tags(ROLE, role_types.ListRoleTagsResponse), subjects.A_ROLE),
)

_POLICIES = (
    _changes(
        "CreatePolicy",
        policy_types,
        policies.create_policy,
        subjects.NEW_POLICY,
        tagging("iam:TagPolicy", subjects.NEW_POLICY),
    ),
    _reads("GetPolicy", policy_types, policies.get_policy, subjects.A_POLICY),
    _reads("ListPolicies", policy_types, policies.list_policies, subjects.POLICIES),
    _changes("DeletePolicy", policy_types, policies.delete_policy, subjects.A_POLICY),
    _changes("TagPolicy", policy_types, tags.tag(POLICY), subjects.A_POLICY),
    _changes("UntagPolicy", policy_types, tags.untag(POLICY), subjects.A_POLICY),
    _reads(
        "ListPolicyTags", policy_types, tags.list_tags(POLICY, policy_types.ListPolicyTagsResponse), subjects.A_POLICY
    ),
    _reads("ListEntitiesForPolicy", policy_types, policy_entities.list_entities, subjects.A_POLICY),
    _changes("CreatePolicyVersion", version_types, policy_versions.create_version, subjects.A_POLICY),
    _reads("GetPolicyVersion", version_types, policy_versions.get_version, subjects.A_POLICY),
    _reads("ListPolicyVersions", version_types, policy_versions.list_versions, subjects.A_POLICY),
    _changes("DeletePolicyVersion", version_types, policy_versions.delete_version, subjects.A_POLICY),
    _changes("SetDefaultPolicyVersion", version_types, policy_versions.set_default, subjects.A_POLICY),
)

_PROVIDERS = (
    _changes(
        "CreateOpenIDConnectProvider",
        provider_types,
        oidc_providers.create_provider,
        subjects.NEW_PROVIDER,
        tagging("iam:TagOpenIDConnectProvider", subjects.NEW_PROVIDER),
    ),
    _reads("GetOpenIDConnectProvider", provider_types, oidc_providers.get_provider, subjects.A_PROVIDER),
    _reads("ListOpenIDConnectProviders", provider_types, oidc_providers.list_providers, subjects.PROVIDERS),
    _changes("DeleteOpenIDConnectProvider", provider_types, oidc_providers.delete_provider, subjects.A_PROVIDER),
    _changes("AddClientIDToOpenIDConnectProvider", provider_types, oidc_providers.add_client_id, subjects.A_PROVIDER),
    _changes(
        "RemoveClientIDFromOpenIDConnectProvider",
        provider_types,
        oidc_providers.remove_client_id,
        subjects.A_PROVIDER,
    ),
    _changes(
        "UpdateOpenIDConnectProviderThumbprint",
        provider_types,
        oidc_providers.update_thumbprints,
        subjects.A_PROVIDER,
    ),
    _changes("TagOpenIDConnectProvider", provider_types, tags.tag(OIDC_PROVIDER), subjects.A_PROVIDER),
    _changes("UntagOpenIDConnectProvider", provider_types, tags.untag(OIDC_PROVIDER), subjects.A_PROVIDER),
    _reads(
        "ListOpenIDConnectProviderTags",
        provider_types,
        tags.list_tags(OIDC_PROVIDER, provider_types.ListOpenIDConnectProviderTagsResponse),
        subjects.A_PROVIDER,
    ),
)


_SIMULATORS = (
    _reads("SimulateCustomPolicy", simulation_types, simulation.simulate_custom, subjects.NO_SUBJECT),
    _reads("SimulatePrincipalPolicy", simulation_types, simulation.simulate_principal, subjects.A_SOURCE),
    _reads("GetContextKeysForCustomPolicy", simulation_types, context_keys.of_custom, subjects.NO_SUBJECT),
    _reads("GetContextKeysForPrincipalPolicy", simulation_types, context_keys.of_principal, subjects.A_SOURCE),
)


def _of_holder(kind: str, subject: Subject) -> tuple[QueryOperation, ...]:
    """What is the same for users, groups and roles: inline policies and attached ones."""
    title = kind.capitalize()
    inline, attached = partial(getattr, inline_types), partial(getattr, attached_types)
    got, names = inline(f"Get{title}PolicyResponse"), inline(f"List{title}PoliciesResponse")
    listed = attached(f"ListAttached{title}PoliciesResponse")
    return (
        _changes(f"Put{title}Policy", inline_types, inline_policies.put(kind), subject),
        _reads(f"Get{title}Policy", inline_types, inline_policies.get(kind, got), subject),
        _changes(f"Delete{title}Policy", inline_types, inline_policies.delete(kind), subject),
        _reads(f"List{title}Policies", inline_types, inline_policies.list_names(kind, names), subject),
        _changes(f"Attach{title}Policy", attached_types, attached_policies.attach(kind), subject),
        _changes(f"Detach{title}Policy", attached_types, attached_policies.detach(kind), subject),
        _reads(f"ListAttached{title}Policies", attached_types, attached_policies.list_attached(kind, listed), subject),
    )


def _of_bounded(kind: str, subject: Subject) -> tuple[QueryOperation, ...]:
    """What is the same for users and roles: permissions boundaries."""
    title = kind.capitalize()
    put, delete = attached_policies.put_boundary(kind), attached_policies.delete_boundary(kind)
    return (
        _changes(f"Put{title}PermissionsBoundary", boundary_types, put, subject),
        _changes(f"Delete{title}PermissionsBoundary", boundary_types, delete, subject),
    )


IAM_OPERATIONS: Mapping[str, QueryOperation] = by_name(
    (
        *_USERS,
        *_GROUPS,
        *_ROLES,
        *_POLICIES,
        *_PROVIDERS,
        *_SIMULATORS,
        *_of_holder(USER, subjects.A_USER),
        *_of_holder(GROUP, subjects.A_GROUP),
        *_of_holder(ROLE, subjects.A_ROLE),
        *_of_bounded(USER, subjects.A_USER),
        *_of_bounded(ROLE, subjects.A_ROLE),
    )
)
"""Operation name, as in `Action=<name>` -> row."""
