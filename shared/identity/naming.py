"""The names of what an account holds: entities, streams, ARNs, and what is found without them.

Owns how a policy or provider is read from its ARN, and the names of the indexes. Names are unique regardless of case:
where a name stands in a stream's it is in lower case.
Source of the forms: IAM User Guide, "IAM identifiers"; IAM API Reference, the patterns of its parameters; AWS
Organizations API Reference, CreateAccount (an account's name).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from shared.identity.model import AccessKey, Group, PolicyHolder, Role, User

USER, GROUP, ROLE, POLICY, OIDC_PROVIDER = "user", "group", "role", "policy", "oidc-provider"
ACCESS_KEY = "access-key"
NAME_PATTERN = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
ACCOUNT_NAME_PATTERN = re.compile(r"[ -~]{1,50}")
SERVICE_PRINCIPAL_PATTERN = re.compile(r"(?=.{1,255}\Z)[a-z0-9-]+(\.[a-z0-9-]+)+")
ENTITY_PATTERN = re.compile(r"(user|group|role|policy)/[a-z0-9A-Z_+=,.@-]{1,128}|oidc-provider/[!-~]{1,255}")
ENTITY_STREAM_PATTERN = re.compile(
    r"(user|group|role|policy|oidc-provider|access-key)/[0-9]{12}/[!-~]{1,255}|service-control/[0-9]{12}"
)
POLICY_ARN_PATTERN = re.compile(r"arn:aws:iam::(aws|[0-9]{12}):policy(/(?:[!-~]{1,510}/)?)([A-Za-z0-9_+=,.@-]{1,128})")
PATH_PATTERN = re.compile(r"/|/[!-~]{1,510}/")
UNIQUE_ID_PATTERN = re.compile(r"[A-Z0-9]{1,128}")
AWS_OWNED = "aws"
LISTED_KINDS: Mapping[str, str] = {
    USER: "Users",
    GROUP: "Groups",
    ROLE: "Roles",
    POLICY: "Policies",
    OIDC_PROVIDER: "OpenIdConnectProviders",
}
"""How quotas call the entities of a kind."""


def _is_user_name(name: str) -> bool:
    """Empty for the root user's access keys."""
    return not name or NAME_PATTERN.fullmatch(name) is not None


def _are_unique_ids(names: tuple[str, ...]) -> bool:
    return all(map(UNIQUE_ID_PATTERN.fullmatch, names))


def _are_policy_arns(arns: tuple[str, ...]) -> bool:
    return all(map(POLICY_ARN_PATTERN.fullmatch, arns))


IDENTITY_FORMS: Mapping[str, Callable[[Any], object]] = {
    "user_name": _is_user_name,
    "renamed_to": _is_user_name,
    "group_name": NAME_PATTERN.fullmatch,
    "role_name": NAME_PATTERN.fullmatch,
    "policy_name": NAME_PATTERN.fullmatch,
    "path": PATH_PATTERN.fullmatch,
    "entity": ENTITY_PATTERN.fullmatch,
    "stream": ENTITY_STREAM_PATTERN.fullmatch,
    "policy_arn": POLICY_ARN_PATTERN.fullmatch,
    "boundary": POLICY_ARN_PATTERN.fullmatch,
    "attached": _are_policy_arns,
    "group_id": UNIQUE_ID_PATTERN.fullmatch,
    "groups": _are_unique_ids,
    "url": re.compile(r"[!-~]{1,255}").fullmatch,
}
"""What the fields of events may hold that streams and indexes are named by."""


class PolicyArn(NamedTuple):
    """`account` is "aws" for a policy that AWS manages."""

    account: str
    path: str
    policy_name: str


@lru_cache(maxsize=4096)
def parse_policy_arn(arn: str) -> PolicyArn | None:
    """The parts of a managed policy's ARN, or None for what is none."""
    match = POLICY_ARN_PATTERN.fullmatch(arn)
    return None if match is None else PolicyArn(*match.groups())


def parse_oidc_provider_arn(account: str, arn: str) -> str | None:
    """The `url` of a provider of the account, or None for what is no ARN of one."""
    prefix = f"arn:aws:iam::{account}:oidc-provider/"
    return arn.removeprefix(prefix) if arn.startswith(prefix) else None


def entity_of(kind: str, name: str) -> str:
    """How an event names what it is about. A group goes by its id, a provider by its URL: both stay as they are."""
    return f"{kind}/{name}" if kind in (GROUP, OIDC_PROVIDER) else f"{kind}/{name.lower()}"


def entity_of_holder(holder: PolicyHolder) -> str:
    if isinstance(holder, User):
        return entity_of(USER, holder.user_name)
    return entity_of(GROUP, holder.group_id) if isinstance(holder, Group) else entity_of(ROLE, holder.role_name)


def entity_stream(account: str, entity: str) -> str:
    kind, _, name = entity.partition("/")
    return f"{kind}/{account}/{name}"


@lru_cache(maxsize=4096)
def group_stream(account: str, group_id: str) -> str:
    """Bears the id: a group that is renamed keeps its members."""
    return entity_stream(account, entity_of(GROUP, group_id))


@lru_cache(maxsize=4096)
def role_stream(account: str, role_name: str) -> str:
    return entity_stream(account, entity_of(ROLE, role_name))


@lru_cache(maxsize=4096)
def policy_stream(account: str, policy_name: str) -> str:
    return entity_stream(account, entity_of(POLICY, policy_name))


def oidc_provider_stream(account: str, url: str) -> str:
    return entity_stream(account, entity_of(OIDC_PROVIDER, url))


@lru_cache(maxsize=4096)
def service_control_stream(account: str) -> str:
    return f"service-control/{account}"


def group_name_index(account: str, group_name: str) -> str:
    """A group by its name. Its id follows."""
    return f"group-named/{account}/{group_name.lower()}|"


def members_index(account: str, group_id: str) -> str:
    """The users in a group. The name of each, in lower case, follows."""
    return f"member/{account}/{group_id}|"


def access_keys_index(account: str, user_name: str) -> str:
    """The access keys of a user, of the root user where the name is empty. The id of each follows."""
    return f"access-key-of/{account}/{user_name.lower()}|"


def attachments_index(account: str, policy: PolicyArn) -> str:
    """What a managed policy is attached to. The entity of each follows."""
    return f"attached/{account}/{policy.account}/{policy.policy_name.lower()}|"


def boundaries_index(account: str, policy: PolicyArn) -> str:
    """The users and roles whose boundary a managed policy is. The entity of each follows."""
    return f"bounded/{account}/{policy.account}/{policy.policy_name.lower()}|"


def index_names(state: object) -> Iterator[str]:
    """Every name under which `state` is found besides its stream's."""
    if isinstance(state, AccessKey) and not state.service_principal:
        yield access_keys_index(state.account, state.user_name) + state.access_key_id
    if isinstance(state, Group):
        yield group_name_index(state.account, state.group_name) + state.group_id
    if isinstance(state, User):
        for group_id in state.groups:
            yield members_index(state.account, group_id) + state.user_name.lower()
    if isinstance(state, User | Group | Role):
        yield from _policy_names(state)


def _policy_names(holder: PolicyHolder) -> Iterator[str]:
    entity = entity_of_holder(holder)
    for arn in holder.attached:
        if (policy := parse_policy_arn(arn)) is not None:
            yield attachments_index(holder.account, policy) + entity
    boundary = None if isinstance(holder, Group) or holder.boundary is None else parse_policy_arn(holder.boundary)
    if boundary is not None:
        yield boundaries_index(holder.account, boundary) + entity
