"""What may be wanted changed about accounts, users and access keys. `region` is the region that decides."""

from collections.abc import Mapping
from typing import NamedTuple


class CreateAccount(NamedTuple):
    """The region that decides becomes the account's home."""

    region: str
    account: str
    name: str


class CreateUser(NamedTuple):
    region: str
    account: str
    user_name: str
    user_id: str


class CreateAccessKey(NamedTuple):
    """`wrapped`: the secret as the home region's log may hold it."""

    region: str
    account: str
    user_name: str
    access_key_id: str
    wrapped: bytes


class IssueSigningKeys(NamedTuple):
    """`sealed`: region -> its signing keys for `days` dates from `first_date` (YYYYMMDD), sealed to that region."""

    region: str
    account: str
    access_key_id: str
    first_date: str
    days: int
    sealed: Mapping[str, bytes]
