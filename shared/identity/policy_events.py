"""What happens to policies, to what they are attached to, and to tags.

Owns the classes; their permanent tags stand in the one table of `shared/events.py`. An `entity` names whom an event is
about where several kinds can be: `user/alice`, `group/AGPA…`, `role/admin`, `policy/name`, `oidc-provider/url`; see
`entity_of` in `shared/identity/naming.py`.
"""

from typing import NamedTuple, TypeAlias

from shared.identity.model import Pairs


class InlinePolicyPut(NamedTuple):
    account: str
    entity: str
    policy_name: str
    document: str


class InlinePolicyDeleted(NamedTuple):
    account: str
    entity: str
    policy_name: str


class PolicyAttached(NamedTuple):
    account: str
    entity: str
    policy_arn: str


class PolicyDetached(NamedTuple):
    account: str
    entity: str
    policy_arn: str


class BoundaryUpdated(NamedTuple):
    """The permissions boundary of a user or a role; None for none."""

    account: str
    entity: str
    policy_arn: str | None


class EntityTagged(NamedTuple):
    account: str
    entity: str
    tags: Pairs


class EntityUntagged(NamedTuple):
    account: str
    entity: str
    tag_keys: tuple[str, ...]


class PolicyCreated(NamedTuple):
    """A customer managed policy, with its version 1."""

    account: str
    policy_name: str
    policy_id: str
    document: str
    path: str = "/"
    description: str = ""
    tags: Pairs = ()


class PolicyVersionCreated(NamedTuple):
    account: str
    policy_name: str
    version: int
    document: str
    is_default: bool


class PolicyVersionDeleted(NamedTuple):
    account: str
    policy_name: str
    version: int


class PolicyDefaultVersionSet(NamedTuple):
    account: str
    policy_name: str
    version: int


class PolicyDeleted(NamedTuple):
    account: str
    policy_name: str


PolicyEvent: TypeAlias = (
    InlinePolicyPut
    | InlinePolicyDeleted
    | PolicyAttached
    | PolicyDetached
    | BoundaryUpdated
    | EntityTagged
    | EntityUntagged
    | PolicyCreated
    | PolicyVersionCreated
    | PolicyVersionDeleted
    | PolicyDefaultVersionSet
    | PolicyDeleted
)
