"""What happens when somebody wants policies put, attached or taken away, or a thing tagged.

Owns these decisions for every kind of entity. Managed policies themselves are in `decide_managed.py`, and are given
here too, so that whoever decides about policies needs one module.
Source: IAM API Reference, the operations on policies, permissions boundaries and tags.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from shared.decision import Decision, StateView
from shared.identity.boundaries import require_boundary
from shared.identity.decide_managed import (
    create_policy,
    create_policy_version,
    delete_policy,
    delete_policy_version,
    set_default_policy_version,
)
from shared.identity.deciding import NOTHING, decided, over_quota, require_home
from shared.identity.documents import require_inline
from shared.identity.errors import InvalidInput, NoSuchEntity
from shared.identity.finding import (
    holder_named,
    is_attachable,
    own_policy,
    provider_at,
    role_named,
    user_named,
)
from shared.identity.limits import LIMITS
from shared.identity.model import Group, OidcProvider, Policy, Role, User
from shared.identity.naming import OIDC_PROVIDER, POLICY, ROLE, USER, entity_of, entity_of_holder
from shared.identity.policy_commands import (
    AttachPolicy,
    DeleteBoundary,
    DeleteInlinePolicy,
    DetachPolicy,
    Named,
    PutBoundary,
    PutInlinePolicy,
    TagEntity,
    UntagEntity,
)
from shared.identity.policy_events import (
    BoundaryUpdated,
    EntityTagged,
    EntityUntagged,
    InlinePolicyDeleted,
    InlinePolicyPut,
    PolicyAttached,
    PolicyDetached,
)
from shared.identity.tags import present_keys, require_tags

__all__ = [
    "attach_policy",
    "create_policy",
    "create_policy_version",
    "delete_boundary",
    "delete_inline_policy",
    "delete_policy",
    "delete_policy_version",
    "detach_policy",
    "put_boundary",
    "put_inline_policy",
    "set_default_policy_version",
    "tag_entity",
    "untag_entity",
]


def put_inline_policy(command: PutInlinePolicy, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, MalformedPolicyDocument, IdentityLimitExceeded."""
    require_home(view, command.account, command.region)
    holder = holder_named(view, command.account, command.entity)
    require_inline(holder, command.entity.name, command.policy_name, command.document)
    event = InlinePolicyPut(command.account, entity_of_holder(holder), command.policy_name, command.document)
    return decided(command.account, event)


def delete_inline_policy(command: DeleteInlinePolicy, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity."""
    require_home(view, command.account, command.region)
    holder = holder_named(view, command.account, command.entity)
    if command.policy_name not in dict(holder.inline):
        raise NoSuchEntity(f"The {command.entity.kind} policy with name {command.policy_name} cannot be found.")
    return decided(command.account, InlinePolicyDeleted(command.account, entity_of_holder(holder), command.policy_name))


def attach_policy(command: AttachPolicy, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, ValidationFailed, IdentityLimitExceeded."""
    require_home(view, command.account, command.region)
    holder = holder_named(view, command.account, command.entity)
    if not is_attachable(view, command.account, command.policy_arn):
        raise NoSuchEntity(f"Policy {command.policy_arn} does not exist or is not attachable.")
    if command.policy_arn in holder.attached:
        return NOTHING
    if len(holder.attached) >= LIMITS.attached_policies:
        raise over_quota(f"PoliciesPer{command.entity.kind.capitalize()}", LIMITS.attached_policies)
    return decided(command.account, PolicyAttached(command.account, entity_of_holder(holder), command.policy_arn))


def detach_policy(command: DetachPolicy, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity."""
    require_home(view, command.account, command.region)
    holder = holder_named(view, command.account, command.entity)
    if command.policy_arn not in holder.attached:
        raise NoSuchEntity(f"Policy {command.policy_arn} was not found.")
    return decided(command.account, PolicyDetached(command.account, entity_of_holder(holder), command.policy_arn))


def put_boundary(command: PutBoundary, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, ValidationFailed, InvalidInput for a group."""
    require_home(view, command.account, command.region)
    holder = _bounded(view, command.account, command.entity)
    require_boundary(view, command.account, command.policy_arn)
    return _boundary(holder, command.policy_arn)


def delete_boundary(command: DeleteBoundary, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, InvalidInput for a group."""
    require_home(view, command.account, command.region)
    return _boundary(_bounded(view, command.account, command.entity), None)


def _boundary(holder: User | Role, arn: str | None) -> Decision:
    if holder.boundary == arn:
        return NOTHING
    return decided(holder.account, BoundaryUpdated(holder.account, entity_of_holder(holder), arn))


def _bounded(view: StateView, account: str, entity: Named) -> User | Role:
    holder = holder_named(view, account, entity)
    if isinstance(holder, Group):
        raise InvalidInput("A group has no permissions boundary.")
    return holder


def tag_entity(command: TagEntity, view: StateView) -> Decision:
    """A key that is there in other letters is replaced.

    Errors: NotFound, NotHome, NoSuchEntity, InvalidInput, IdentityLimitExceeded.
    """
    require_home(view, command.account, command.region)
    tagged = _tagged(view, command.account, command.entity)
    require_tags(tagged.tags, command.tags)
    spelled_anew = set(present_keys(tagged.tags, dict(command.tags))) - dict(command.tags).keys()
    account, entity = command.account, _entity(tagged)
    replaced = [EntityUntagged(account, entity, tuple(sorted(spelled_anew)))] if spelled_anew else []
    return decided(account, *replaced, EntityTagged(account, entity, tuple(sorted(command.tags))))


def untag_entity(command: UntagEntity, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity."""
    require_home(view, command.account, command.region)
    tagged = _tagged(view, command.account, command.entity)
    gone = present_keys(tagged.tags, command.tag_keys)
    return decided(command.account, EntityUntagged(command.account, _entity(tagged), gone)) if gone else NOTHING


Tagged: TypeAlias = User | Role | Policy | OidcProvider
_TAGGED: Mapping[str, Callable[[StateView, str, str], Tagged]] = {
    USER: user_named,
    ROLE: role_named,
    POLICY: own_policy,
    OIDC_PROVIDER: provider_at,
}


def _tagged(view: StateView, account: str, entity: Named) -> Tagged:
    find = _TAGGED.get(entity.kind)
    if find is None:
        raise InvalidInput(f"A {entity.kind} has no tags.")
    return find(view, account, entity.name)


def _entity(tagged: Tagged) -> str:
    if isinstance(tagged, Policy):
        return entity_of(POLICY, tagged.policy_name)
    return entity_of(OIDC_PROVIDER, tagged.url) if isinstance(tagged, OidcProvider) else entity_of_holder(tagged)
