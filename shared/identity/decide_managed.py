"""What happens when somebody wants a customer managed policy, or a version of one, changed.

Source: IAM API Reference, CreatePolicy, DeletePolicy, and the operations on policy versions.
"""

from shared.decision import Decision, StateView
from shared.identity.deciding import NOTHING, decided, require_home, require_room
from shared.identity.documents import MANAGED_POLICY, require_document
from shared.identity.errors import DeleteConflict, EntityAlreadyExists, IdentityLimitExceeded, NoSuchEntity
from shared.identity.finding import own_policy
from shared.identity.limits import LIMITS
from shared.identity.model import Policy
from shared.identity.naming import POLICY, PolicyArn, attachments_index, boundaries_index, policy_stream
from shared.identity.policy_commands import (
    CreatePolicy,
    CreatePolicyVersion,
    DeletePolicy,
    DeletePolicyVersion,
    SetDefaultPolicyVersion,
)
from shared.identity.policy_events import (
    PolicyCreated,
    PolicyDefaultVersionSet,
    PolicyDeleted,
    PolicyVersionCreated,
    PolicyVersionDeleted,
)
from shared.identity.tags import require_tags


def create_policy(command: CreatePolicy, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, EntityAlreadyExists, IdentityLimitExceeded, MalformedPolicyDocument, InvalidInput."""
    require_home(view, command.account, command.region)
    if view.state(policy_stream(command.account, command.policy_name)) is not None:
        raise EntityAlreadyExists(
            f"A policy called {command.policy_name} already exists. Duplicate names are not allowed."
        )
    require_room(view, command.account, POLICY, LIMITS.policies)
    require_document(command.document, MANAGED_POLICY)
    require_tags((), command.tags)
    members = command._asdict() | {"tags": tuple(sorted(command.tags))}
    del members["region"]
    return decided(command.account, PolicyCreated(**members), answer=command.policy_name)


def delete_policy(command: DeletePolicy, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, ValidationFailed, InvalidInput, NoSuchEntity, DeleteConflict."""
    require_home(view, command.account, command.region)
    policy = own_policy(view, command.account, command.policy_arn)
    if _is_used(view, policy):
        raise DeleteConflict("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise DeleteConflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
    return decided(policy.account, PolicyDeleted(policy.account, policy.policy_name))


def create_policy_version(command: CreatePolicyVersion, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, ValidationFailed, InvalidInput, NoSuchEntity, IdentityLimitExceeded, Malformed…"""
    require_home(view, command.account, command.region)
    policy = own_policy(view, command.account, command.policy_arn)
    require_document(command.document, MANAGED_POLICY)
    if len(policy.versions) >= LIMITS.policy_versions:
        raise IdentityLimitExceeded(
            f"A managed policy can have up to {LIMITS.policy_versions} versions. Before you create a new version, you "
            "must delete an existing version."
        )
    number = policy.newest + 1
    event = PolicyVersionCreated(policy.account, policy.policy_name, number, command.document, command.set_as_default)
    return decided(policy.account, event, answer=version_id(number))


def delete_policy_version(command: DeletePolicyVersion, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, ValidationFailed, InvalidInput, NoSuchEntity, DeleteConflict."""
    require_home(view, command.account, command.region)
    policy = own_policy(view, command.account, command.policy_arn)
    number = _numbered(policy, command.version_id)
    if number == policy.default:
        raise DeleteConflict("Cannot delete the default version of a policy.")
    return decided(policy.account, PolicyVersionDeleted(policy.account, policy.policy_name, number))


def set_default_policy_version(command: SetDefaultPolicyVersion, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, ValidationFailed, InvalidInput, NoSuchEntity."""
    require_home(view, command.account, command.region)
    policy = own_policy(view, command.account, command.policy_arn)
    number = _numbered(policy, command.version_id)
    if number == policy.default:
        return NOTHING
    return decided(policy.account, PolicyDefaultVersionSet(policy.account, policy.policy_name, number))


def version_id(number: int) -> str:
    """How clients call a version."""
    return f"v{number}"


def _numbered(policy: Policy, wanted: str) -> int:
    for version in policy.versions:
        if version_id(version.number) == wanted:
            return version.number
    raise NoSuchEntity(f"Policy {policy.arn} version {wanted} does not exist or is not attachable.")


def _is_used(view: StateView, policy: Policy) -> bool:
    name = PolicyArn(policy.account, policy.path, policy.policy_name)
    indexes = (attachments_index(policy.account, name), boundaries_index(policy.account, name))
    return any(next(view.indexed(policy.account, index, ""), None) is not None for index in indexes)
