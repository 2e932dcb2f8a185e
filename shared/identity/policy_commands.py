"""What may be wanted changed about policies, about what they are attached to, and about tags."""

from typing import NamedTuple

from shared.identity.model import Pairs


class Named(NamedTuple):
    """An entity as a client names it: `kind` is one of those that `shared/identity/naming.py` names.

    `name`: of a user, group or role; of a policy or an identity provider the ARN.
    """

    kind: str
    name: str


class PutInlinePolicy(NamedTuple):
    """Of a user, group or role."""

    region: str
    account: str
    entity: Named
    policy_name: str
    document: str


class DeleteInlinePolicy(NamedTuple):
    region: str
    account: str
    entity: Named
    policy_name: str


class AttachPolicy(NamedTuple):
    """To a user, group or role."""

    region: str
    account: str
    entity: Named
    policy_arn: str


class DetachPolicy(NamedTuple):
    region: str
    account: str
    entity: Named
    policy_arn: str


class PutBoundary(NamedTuple):
    """Of a user or role."""

    region: str
    account: str
    entity: Named
    policy_arn: str


class DeleteBoundary(NamedTuple):
    region: str
    account: str
    entity: Named


class TagEntity(NamedTuple):
    """A user, role, policy or identity provider. Tags of the same keys are replaced, others stay."""

    region: str
    account: str
    entity: Named
    tags: Pairs


class UntagEntity(NamedTuple):
    region: str
    account: str
    entity: Named
    tag_keys: tuple[str, ...]


class CreatePolicy(NamedTuple):
    region: str
    account: str
    policy_name: str
    policy_id: str
    document: str
    path: str = "/"
    description: str = ""
    tags: Pairs = ()


class DeletePolicy(NamedTuple):
    region: str
    account: str
    policy_arn: str


class CreatePolicyVersion(NamedTuple):
    """The answer is the new version's id, such as `v2`."""

    region: str
    account: str
    policy_arn: str
    document: str
    set_as_default: bool = False


class DeletePolicyVersion(NamedTuple):
    """`version_id`: such as `v2`."""

    region: str
    account: str
    policy_arn: str
    version_id: str


class SetDefaultPolicyVersion(NamedTuple):
    region: str
    account: str
    policy_arn: str
    version_id: str
