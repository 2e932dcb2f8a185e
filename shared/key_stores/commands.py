"""What a principal may want changed about custom key stores.

Owns the commands. `key_stores_per_account` is a quota. A command that rests on what a proxy or cluster has just
answered carries the store as it was asked about (`seen`): if it has changed meanwhile, the answer proves nothing.
"""

from typing import NamedTuple

from shared.key_stores.model import KeyStore


class CreateKeyStore(NamedTuple):
    """`store` as it shall be, with its secret wrapped."""

    store: KeyStore
    key_stores_per_account: int


class UpdateKeyStore(NamedTuple):
    """`changes`: field of `KeyStore` -> its new value, for those that the client named."""

    seen: KeyStore
    changes: dict[str, object]


class ConnectKeyStore(NamedTuple):
    """`error`: the ConnectionErrorCode of the attempt, None where it came through."""

    seen: KeyStore
    error: str | None


class KeyStoreName(NamedTuple):
    account: str
    key_store_id: str
