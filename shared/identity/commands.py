"""What may be wanted changed about accounts, access keys, users, groups, roles and identity providers.

`region` is the region that decides: everything but `CreateAccount` and `TakeAccountHome` is decided in the account's
home. What is None stays as it is. Commands about policies are in `policy_commands.py`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from shared.identity.limits import LIMITS
from shared.identity.model import DEFAULT_SESSION_SECONDS, Pairs


class CreateAccount(NamedTuple):
    """The region that decides becomes the account's home."""

    region: str
    account: str
    name: str
    stand_by_region: str | None = None


class UpdateStandBy(NamedTuple):
    """By the operator alone, as all that follows about an account's home."""

    region: str
    account: str
    stand_by_region: str | None


class SetSynchronous(NamedTuple):
    """0: a change of the account waits for no other region."""

    region: str
    account: str
    synchronous_regions: int


class MoveAccountHome(NamedTuple):
    """To the stand-by; the home becomes its stand-by."""

    region: str
    account: str


class TakeAccountHome(NamedTuple):
    """By the stand-by itself, `region`, when the home is gone."""

    region: str
    account: str


class PutServiceControlPolicy(NamedTuple):
    """By the operator alone. `level`: one of `shared.identity.limits.LEVELS`."""

    region: str
    account: str
    level: str
    policy_name: str
    document: str


class RemoveServiceControlPolicy(NamedTuple):
    region: str
    account: str
    level: str
    policy_name: str


class CreateAccessKey(NamedTuple):
    """Of a user, or of the root user where `user_name` is empty.

    `wrapped`: the secret as the home region's log may hold it; `sealed`: stand-by region -> the same sealed to it.
    `service_principal`: whose key it is instead, which only an operator may say. `bundles`: as of `IssueSigningKeys`,
    so that the access key verifies everywhere at once. `most`: how many such a user may have, with this one.
    """

    region: str
    account: str
    user_name: str
    access_key_id: str
    wrapped: bytes
    sealed: Mapping[str, bytes] | None = None
    service_principal: str = ""
    first_date: str = ""
    days: int = 0
    bundles: Mapping[str, bytes] = {}
    most: int = LIMITS.access_keys_per_user


class UpdateAccessKey(NamedTuple):
    """`status`: Active or Inactive. Whose key it is: as of `CreateAccessKey`."""

    region: str
    account: str
    user_name: str
    access_key_id: str
    status: str
    service_principal: str = ""


class DeleteAccessKey(NamedTuple):
    region: str
    account: str
    user_name: str
    access_key_id: str
    service_principal: str = ""


class GiveSecret(NamedTuple):
    """Gives the stand-by an access key's secret, sealed to it, and takes it from whoever else has it.

    `again`: although it was given before, for that has been lost.
    """

    region: str
    account: str
    access_key_id: str
    sealed: Mapping[str, bytes]
    again: bool = False


class IssueSigningKeys(NamedTuple):
    """`sealed`: region -> its signing keys for `days` dates from `first_date` (YYYYMMDD), sealed to that region.

    `again`: although they were given before, for they have been lost.
    """

    region: str
    account: str
    access_key_id: str
    first_date: str
    days: int
    sealed: Mapping[str, bytes]
    again: bool = False


class CreateUser(NamedTuple):
    region: str
    account: str
    user_name: str
    user_id: str
    path: str = "/"
    tags: Pairs = ()
    boundary: str | None = None


class UpdateUser(NamedTuple):
    region: str
    account: str
    user_name: str
    new_user_name: str | None = None
    new_path: str | None = None


class DeleteUser(NamedTuple):
    region: str
    account: str
    user_name: str


class CreateGroup(NamedTuple):
    region: str
    account: str
    group_name: str
    group_id: str
    path: str = "/"


class UpdateGroup(NamedTuple):
    region: str
    account: str
    group_name: str
    new_group_name: str | None = None
    new_path: str | None = None


class DeleteGroup(NamedTuple):
    region: str
    account: str
    group_name: str


class AddUserToGroup(NamedTuple):
    region: str
    account: str
    group_name: str
    user_name: str


class RemoveUserFromGroup(NamedTuple):
    region: str
    account: str
    group_name: str
    user_name: str


class CreateRole(NamedTuple):
    region: str
    account: str
    role_name: str
    role_id: str
    trust_policy: str
    path: str = "/"
    description: str = ""
    max_session_seconds: int = DEFAULT_SESSION_SECONDS
    tags: Pairs = ()
    boundary: str | None = None


class UpdateRole(NamedTuple):
    region: str
    account: str
    role_name: str
    description: str | None = None
    max_session_seconds: int | None = None


class UpdateTrustPolicy(NamedTuple):
    region: str
    account: str
    role_name: str
    trust_policy: str


class DeleteRole(NamedTuple):
    region: str
    account: str
    role_name: str


class CreateOidcProvider(NamedTuple):
    """`url` as the client sends it, with its `https://`."""

    region: str
    account: str
    url: str
    client_ids: tuple[str, ...] = ()
    thumbprints: tuple[str, ...] = ()
    tags: Pairs = ()


class AddClientId(NamedTuple):
    region: str
    account: str
    provider_arn: str
    client_id: str


class RemoveClientId(NamedTuple):
    region: str
    account: str
    provider_arn: str
    client_id: str


class UpdateThumbprints(NamedTuple):
    region: str
    account: str
    provider_arn: str
    thumbprints: tuple[str, ...]


class SetOidcProvider(NamedTuple):
    """All that a provider's clients may say, at once."""

    region: str
    account: str
    provider_arn: str
    client_ids: tuple[str, ...]
    thumbprints: tuple[str, ...]


class DeleteOidcProvider(NamedTuple):
    region: str
    account: str
    provider_arn: str
