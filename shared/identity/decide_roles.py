"""What happens when somebody wants a role changed.

Source: IAM API Reference, CreateRole, UpdateRole, UpdateAssumeRolePolicy, DeleteRole.
"""

from shared.decision import Decision, StateView
from shared.errors import ValidationFailed
from shared.identity.boundaries import require_boundary
from shared.identity.commands import CreateRole, DeleteRole, UpdateRole, UpdateTrustPolicy
from shared.identity.decide_users import require_no_policies
from shared.identity.deciding import NOTHING, decided, require_home, require_room
from shared.identity.documents import TRUST_POLICY, require_document
from shared.identity.errors import EntityAlreadyExists
from shared.identity.events import RoleCreated, RoleDeleted, RoleTrustPolicyUpdated, RoleUpdated
from shared.identity.finding import role_named
from shared.identity.limits import LIMITS
from shared.identity.naming import ROLE, role_stream
from shared.identity.tags import require_tags

SESSION_SECONDS = range(3_600, 43_200 + 1)


def create_role(command: CreateRole, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, EntityAlreadyExists, IdentityLimitExceeded, MalformedPolicyDocument, NoSuchEntity."""
    require_home(view, command.account, command.region)
    if view.state(role_stream(command.account, command.role_name)) is not None:
        raise EntityAlreadyExists(f"Role with name {command.role_name} already exists.")
    require_room(view, command.account, ROLE, LIMITS.roles)
    _require_duration(command.max_session_seconds)
    require_document(command.trust_policy, TRUST_POLICY)
    require_tags((), command.tags)
    require_boundary(view, command.account, command.boundary)
    members = command._asdict() | {"tags": tuple(sorted(command.tags))}
    del members["region"]
    return decided(command.account, RoleCreated(**members), answer=command.role_name)


def update_role(command: UpdateRole, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, ValidationFailed."""
    require_home(view, command.account, command.region)
    role = role_named(view, command.account, command.role_name)
    description = role.description if command.description is None else command.description
    seconds = role.max_session_seconds if command.max_session_seconds is None else command.max_session_seconds
    _require_duration(seconds)
    if (description, seconds) == (role.description, role.max_session_seconds):
        return NOTHING
    return decided(role.account, RoleUpdated(role.account, role.role_name, description, seconds))


def update_trust_policy(command: UpdateTrustPolicy, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, MalformedPolicyDocument, IdentityLimitExceeded."""
    require_home(view, command.account, command.region)
    role = role_named(view, command.account, command.role_name)
    require_document(command.trust_policy, TRUST_POLICY)
    return decided(role.account, RoleTrustPolicyUpdated(role.account, role.role_name, command.trust_policy))


def delete_role(command: DeleteRole, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, DeleteConflict."""
    require_home(view, command.account, command.region)
    role = role_named(view, command.account, command.role_name)
    require_no_policies(role)
    return decided(role.account, RoleDeleted(role.account, role.role_name))


def _require_duration(seconds: int) -> None:
    if seconds not in SESSION_SECONDS:
        raise ValidationFailed(
            f"A role's maximum session duration is {SESSION_SECONDS[0]} to {SESSION_SECONDS[-1]} seconds, not {seconds}"
        )
