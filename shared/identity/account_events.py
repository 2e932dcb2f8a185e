"""What happens to accounts, their access keys and service control policies.

Owns the classes, and the permanent tags of all but the first: the one table is in `shared/events.py`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias


class AccountCreated(NamedTuple):
    account: str
    home_region: str
    name: str
    stand_by_region: str | None = None


class AccountStandByUpdated(NamedTuple):
    """The region that holds the secrets of access keys besides the home; None for no region."""

    account: str
    stand_by_region: str | None


class AccountSynchronousSet(NamedTuple):
    """So many other regions have to have adopted a change of the account, or of its multi-region keys, before it is
    answered; 0 for none.
    """

    account: str
    synchronous_regions: int


class AccountHomeMoved(NamedTuple):
    """Said by the home of before; where it is `forced`, by the stand-by, which becomes the home at a greater epoch.

    `former_region`: of whom a forced one takes the account over. What that one says of it beyond the last record that
    the record with this event had adopted is overtaken (`shared/identity/overtaken.py`).
    """

    account: str
    home_region: str
    epoch: int
    stand_by_region: str | None
    forced: bool = False
    former_region: str | None = None


class HomeChangeSettled(NamedTuple):
    """The present home did record `number` of `region`, which a take-over has overtaken, again, or dropped it."""

    account: str
    region: str
    number: int
    done_again: bool = False


class EntityRestated(NamedTuple):
    """What a stream of the account holds at its home, whatever it holds elsewhere: the state that follows.

    `state`: as `shared/identity/restating.py` encodes it; empty where the stream holds nothing.
    """

    account: str
    stream: str
    state: bytes = b""


class ServiceControlPolicyPut(NamedTuple):
    """`level`: one of `shared.identity.limits.LEVELS`."""

    account: str
    level: str
    policy_name: str
    document: str


class ServiceControlPolicyRemoved(NamedTuple):
    account: str
    level: str
    policy_name: str


class AccessKeyCreated(NamedTuple):
    """The secret stands `wrapped` in the account's home, and `sealed` to its stand-by in the shared form.

    An empty `user_name` is the root user's, or a service's where `service_principal` names one. `held_in`: the home,
    and the stand-by if the secret is sealed to it.
    """

    account: str
    user_name: str
    access_key_id: str
    wrapped: bytes | None = None
    sealed: Mapping[str, bytes] | None = None
    service_principal: str = ""
    held_in: tuple[str, ...] = ()


class AccessKeySecretGiven(NamedTuple):
    """From now on the secret stands in `held_in` alone: whoever else held it forgets it."""

    account: str
    access_key_id: str
    held_in: tuple[str, ...]
    sealed: Mapping[str, bytes] | None = None


class AccessKeyStatusUpdated(NamedTuple):
    """`status`: Active or Inactive."""

    account: str
    access_key_id: str
    status: str


class AccessKeyOwnerRenamed(NamedTuple):
    account: str
    access_key_id: str
    user_name: str


class AccessKeyDeleted(NamedTuple):
    account: str
    access_key_id: str


class SigningKeysIssued(NamedTuple):
    """Derived SigV4 region keys for `days` dates from `first_date` (YYYYMMDD): 32 bytes a date, one bundle a region."""

    account: str
    access_key_id: str
    first_date: str
    days: int
    regions: tuple[str, ...]
    sealed: Mapping[str, bytes] | None = None


AccountEvent: TypeAlias = (
    AccountCreated
    | AccountStandByUpdated
    | AccountSynchronousSet
    | AccountHomeMoved
    | HomeChangeSettled
    | EntityRestated
    | ServiceControlPolicyPut
    | ServiceControlPolicyRemoved
    | AccessKeyCreated
    | AccessKeySecretGiven
    | AccessKeyStatusUpdated
    | AccessKeyOwnerRenamed
    | AccessKeyDeleted
    | SigningKeysIssued
)


def signing_keys_secret_id(access_key_id: str, first_date: str) -> str:
    """The name of a bundle of derived signing keys among the secrets of one record."""
    return f"signing-keys/{access_key_id}/{first_date}"


def access_key_secret_id(access_key_id: str) -> str:
    """The name of an access key's secret among the secrets of one record."""
    return f"access-key/{access_key_id}"


ACCOUNT_EVENTS: Mapping[int, type[Any]] = {
    44: AccountStandByUpdated,
    64: AccountHomeMoved,
    65: AccessKeySecretGiven,
    66: ServiceControlPolicyPut,
    67: ServiceControlPolicyRemoved,
    68: AccessKeyStatusUpdated,
    69: AccessKeyOwnerRenamed,
    70: AccessKeyDeleted,
    160: AccountSynchronousSet,
    215: HomeChangeSettled,
    216: EntityRestated,
}
"""Tag -> event, of those that came after the first."""
