"""What happens to users, groups, roles and identity providers.

Owns the classes; their permanent tags stand in the one table of `shared/events.py`.
"""

from typing import NamedTuple, TypeAlias

from shared.identity.model import Pairs


class UserCreated(NamedTuple):
    account: str
    user_name: str
    user_id: str
    path: str = "/"
    tags: Pairs = ()
    boundary: str | None = None


class UserUpdated(NamedTuple):
    """Another path, or the name in other letters of the same case-folded name: `user_name` is the new one."""

    account: str
    user_name: str
    path: str


class UserDeleted(NamedTuple):
    """`renamed_to`: the user lives on under another name, whose `UserTookName` stands in the same record."""

    account: str
    user_name: str
    renamed_to: str = ""


class UserTookName(NamedTuple):
    """A user's stream bears its name, so that one that is renamed begins another with all that it was."""

    account: str
    user_name: str
    user_id: str
    created_at: int
    path: str
    tags: Pairs = ()
    inline: Pairs = ()
    attached: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    boundary: str | None = None


class UserAddedToGroup(NamedTuple):
    account: str
    user_name: str
    group_id: str


class UserRemovedFromGroup(NamedTuple):
    account: str
    user_name: str
    group_id: str


class GroupCreated(NamedTuple):
    account: str
    group_id: str
    group_name: str
    path: str = "/"


class GroupUpdated(NamedTuple):
    account: str
    group_id: str
    group_name: str
    path: str


class GroupDeleted(NamedTuple):
    account: str
    group_id: str


class RoleCreated(NamedTuple):
    account: str
    role_name: str
    role_id: str
    trust_policy: str
    path: str = "/"
    description: str = ""
    max_session_seconds: int = 3_600
    tags: Pairs = ()
    boundary: str | None = None


class RoleUpdated(NamedTuple):
    account: str
    role_name: str
    description: str
    max_session_seconds: int


class RoleTrustPolicyUpdated(NamedTuple):
    account: str
    role_name: str
    trust_policy: str


class RoleDeleted(NamedTuple):
    account: str
    role_name: str


class OidcProviderCreated(NamedTuple):
    """`url` is without its `https://`."""

    account: str
    url: str
    client_ids: tuple[str, ...] = ()
    thumbprints: tuple[str, ...] = ()
    tags: Pairs = ()


class OidcProviderUpdated(NamedTuple):
    account: str
    url: str
    client_ids: tuple[str, ...]
    thumbprints: tuple[str, ...]


class OidcProviderDeleted(NamedTuple):
    account: str
    url: str


PrincipalEvent: TypeAlias = (
    UserCreated
    | UserUpdated
    | UserDeleted
    | UserTookName
    | UserAddedToGroup
    | UserRemovedFromGroup
    | GroupCreated
    | GroupUpdated
    | GroupDeleted
    | RoleCreated
    | RoleUpdated
    | RoleTrustPolicyUpdated
    | RoleDeleted
    | OidcProviderCreated
    | OidcProviderUpdated
    | OidcProviderDeleted
)
