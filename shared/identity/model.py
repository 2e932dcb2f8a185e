"""What a region knows of accounts, users and access keys. Times are milliseconds."""

from typing import NamedTuple


class Account(NamedTuple):
    account: str
    home_region: str
    name: str
    created_at: int


class User(NamedTuple):
    account: str
    user_name: str
    user_id: str
    created_at: int


class SigningKeys(NamedTuple):
    """Derived SigV4 region keys: 32 bytes a date from `first_date` (YYYYMMDD), wrapped together."""

    first_date: str
    days: int
    wrapped: bytes


class AccessKey(NamedTuple):
    """`wrapped` (the secret) stands in the home region alone; elsewhere `signing_keys` verify.

    `issued` tells the home region until when each other region has been given signing keys: (region, first date, days).
    """

    account: str
    user_name: str
    access_key_id: str
    created_at: int
    wrapped: bytes | None
    signing_keys: SigningKeys | None
    issued: tuple[tuple[str, str, int], ...]


class Peer(NamedTuple):
    """A peer region and its pinned card."""

    region: str
    card: bytes
    admitted_at: int
