"""What IAM's answers tell of users, groups, roles, policies and providers.

Owns the way from the model of `shared/identity` to the types of the wire. Times are seconds there.
"""

from services.region_node.iam.types import common, groups, policies, policy_versions
from services.region_node.iam.types.common import AttachedPermissionsBoundary, Tag
from shared.identity.decide_managed import version_id
from shared.identity.model import Group, Pairs, Policy, PolicyVersion, Role, User

BOUNDARY_TYPE = "PermissionsBoundaryPolicy"


def user_of(user: User) -> common.User:
    return common.User(
        path=user.path,
        user_name=user.user_name,
        user_id=user.user_id,
        arn=user.arn,
        create_date=user.created_at / 1000,
        permissions_boundary=_boundary_of(user.boundary),
        tags=tags_of(user.tags) or None,
    )


def group_of(group: Group) -> groups.Group:
    return groups.Group(group.path, group.group_name, group.group_id, group.arn, group.created_at / 1000)


def role_of(role: Role) -> common.Role:
    return common.Role(
        path=role.path,
        role_name=role.role_name,
        role_id=role.role_id,
        arn=role.arn,
        create_date=role.created_at / 1000,
        assume_role_policy_document=role.trust_policy,
        description=role.description or None,
        max_session_duration=role.max_session_seconds,
        permissions_boundary=_boundary_of(role.boundary),
        tags=tags_of(role.tags) or None,
    )


def policy_of(policy: Policy, attachments: int, boundaries: int) -> policies.Policy:
    return policies.Policy(
        policy_name=policy.policy_name,
        policy_id=policy.policy_id,
        arn=policy.arn,
        path=policy.path,
        default_version_id=version_id(policy.default),
        attachment_count=attachments,
        permissions_boundary_usage_count=boundaries,
        is_attachable=True,
        description=policy.description or None,
        create_date=policy.created_at / 1000,
        update_date=policy.updated_at / 1000,
        tags=tags_of(policy.tags) or None,
    )


def version_of(policy: Policy, version: PolicyVersion) -> policy_versions.PolicyVersion:
    is_default = version.number == policy.default
    return policy_versions.PolicyVersion(
        version.document, version_id(version.number), is_default, version.created_at / 1000
    )


def tags_of(tags: Pairs) -> tuple[Tag, ...]:
    return tuple(Tag(key, value) for key, value in tags)


def pairs_of(tags: tuple[Tag, ...]) -> Pairs:
    return tuple((tag.key, tag.value) for tag in tags)


def _boundary_of(policy_arn: str | None) -> AttachedPermissionsBoundary | None:
    return None if policy_arn is None else AttachedPermissionsBoundary(BOUNDARY_TYPE, policy_arn)
