"""Overtaken changes of policies, of what they are attached to and of tags, as commands: a part of `again.py`.

Owns how an event's entity is named as a client names it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from shared.decision import Decision, StateView
from shared.identity import decide_managed, decide_policies
from shared.identity import policy_commands as c
from shared.identity import policy_events as p
from shared.identity.errors import NoSuchEntity
from shared.identity.model import Group, OidcProvider, Policy, Role, User
from shared.identity.naming import GROUP, OIDC_PROVIDER, POLICY, ROLE, USER, entity_stream, policy_stream

_Place = tuple[str, str]
"""Region and account."""


def _named(entity: str, place: _Place, view: StateView) -> c.Named:
    state = view.state(entity_stream(place[1], entity))
    if isinstance(state, User):
        return c.Named(USER, state.user_name)
    if isinstance(state, Group):
        return c.Named(GROUP, state.group_name)
    if isinstance(state, Role):
        return c.Named(ROLE, state.role_name)
    if isinstance(state, Policy):
        return c.Named(POLICY, state.arn)
    if isinstance(state, OidcProvider):
        return c.Named(OIDC_PROVIDER, state.arn)
    raise NoSuchEntity(f"The {entity} cannot be found.")


def _of_entity(command: Callable[..., Any], decide: Callable[..., Decision]) -> Callable[..., Decision]:
    """For a command whose fields are those of the event, but for how the entity is named."""
    return lambda event, place, view: decide(command(*place, _named(event.entity, place, view), *event[2:]), view)


def _boundary_updated(event: p.BoundaryUpdated, place: _Place, view: StateView) -> Decision:
    entity = _named(event.entity, place, view)
    if event.policy_arn is None:
        return decide_policies.delete_boundary(c.DeleteBoundary(*place, entity), view)
    return decide_policies.put_boundary(c.PutBoundary(*place, entity, event.policy_arn), view)


def _arn(event: Any, place: _Place, view: StateView) -> str:
    policy = view.state(policy_stream(place[1], event.policy_name))
    if not isinstance(policy, Policy):
        raise NoSuchEntity(f"The policy {event.policy_name} cannot be found.")
    return policy.arn


def _version_created(event: p.PolicyVersionCreated, place: _Place, view: StateView) -> Decision:
    command = c.CreatePolicyVersion(*place, _arn(event, place, view), event.document, event.is_default)
    return decide_managed.create_policy_version(command, view)


def _version_deleted(event: p.PolicyVersionDeleted, place: _Place, view: StateView) -> Decision:
    version = decide_managed.version_id(event.version)
    return decide_managed.delete_policy_version(c.DeletePolicyVersion(*place, _arn(event, place, view), version), view)


def _default_set(event: p.PolicyDefaultVersionSet, place: _Place, view: StateView) -> Decision:
    version = decide_managed.version_id(event.version)
    command = c.SetDefaultPolicyVersion(*place, _arn(event, place, view), version)
    return decide_managed.set_default_policy_version(command, view)


def _policy_deleted(event: p.PolicyDeleted, place: _Place, view: StateView) -> Decision:
    return decide_managed.delete_policy(c.DeletePolicy(*place, _arn(event, place, view)), view)


OF_POLICIES: Mapping[type[Any], Callable[[Any, _Place, StateView], Decision]] = {
    p.InlinePolicyPut: _of_entity(c.PutInlinePolicy, decide_policies.put_inline_policy),
    p.InlinePolicyDeleted: _of_entity(c.DeleteInlinePolicy, decide_policies.delete_inline_policy),
    p.PolicyAttached: _of_entity(c.AttachPolicy, decide_policies.attach_policy),
    p.PolicyDetached: _of_entity(c.DetachPolicy, decide_policies.detach_policy),
    p.BoundaryUpdated: _boundary_updated,
    p.EntityTagged: _of_entity(c.TagEntity, decide_policies.tag_entity),
    p.EntityUntagged: _of_entity(c.UntagEntity, decide_policies.untag_entity),
    p.PolicyCreated: lambda event, place, view: decide_managed.create_policy(c.CreatePolicy(*place, *event[1:]), view),
    p.PolicyVersionCreated: _version_created,
    p.PolicyVersionDeleted: _version_deleted,
    p.PolicyDefaultVersionSet: _default_set,
    p.PolicyDeleted: _policy_deleted,
}
