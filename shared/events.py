"""Every event: what happened, in the past tense, under a permanent integer tag.

Owns the one table of events. A tag and a field number, once released, keep their meaning for ever; fields are only
appended, with a default. An event that carries a secret has two forms: in the region's own log the secret stands
`wrapped` under a domain key; in the shared log it stands `sealed`, once for each region that may hold it, or not at
all. Times are integer milliseconds since 1970 and stand in the record, not in the event.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from shared.grants.events import GrantCreated, GrantEvent, GrantRetired, GrantRevoked
from shared.identifiers import (
    access_key_stream,
    account_stream,
    alias_stream,
    grant_stream,
    key_store_stream,
    key_stream,
    peer_stream,
    user_stream,
)
from shared.key_stores.events import (
    KeyStoreConnectionChanged,
    KeyStoreCreated,
    KeyStoreDeleted,
    KeyStoreEvent,
    KeyStoreUpdated,
)
from shared.keys.events import (
    KeyCreated,
    KeyDeleted,
    KeyDeletionCanceled,
    KeyDeletionScheduled,
    KeyDescriptionUpdated,
    KeyDisabled,
    KeyEnabled,
    KeyEvent,
    KeyMaterialDeleted,
    KeyMaterialImported,
    KeyPolicyPut,
    KeyReplicated,
    KeyRotated,
    KeyRotationDisabled,
    KeyRotationEnabled,
    KeyTagged,
    KeyUntagged,
    MaterialBorn,
    PrimaryRegionUpdated,
    ReplicaMaterialImported,
    Tags,
    WithMaterials,
    materials_of,
)

__all__ = [
    "EVENTS",
    "AccessKeyCreated",
    "AccountCreated",
    "AliasCreated",
    "AliasDeleted",
    "AliasRetargeted",
    "Event",
    "GrantCreated",
    "GrantRetired",
    "GrantRevoked",
    "KeyCreated",
    "KeyDeleted",
    "KeyDeletionCanceled",
    "KeyDeletionScheduled",
    "KeyDescriptionUpdated",
    "KeyDisabled",
    "KeyEnabled",
    "KeyMaterialDeleted",
    "KeyMaterialImported",
    "KeyPolicyPut",
    "KeyReplicated",
    "KeyRotated",
    "KeyRotationDisabled",
    "KeyRotationEnabled",
    "KeyTagged",
    "KeyUntagged",
    "MaterialBorn",
    "PeerAdmitted",
    "PrimaryRegionUpdated",
    "ReplicaMaterialImported",
    "SigningKeysIssued",
    "Tags",
    "UserCreated",
    "WithMaterials",
    "materials_of",
    "signing_keys_secret_id",
    "stream_of",
]


class AliasCreated(NamedTuple):
    account: str
    alias: str
    key_id: str


class AliasRetargeted(NamedTuple):
    account: str
    alias: str
    key_id: str


class AliasDeleted(NamedTuple):
    account: str
    alias: str


class AccountCreated(NamedTuple):
    account: str
    home_region: str
    name: str


class UserCreated(NamedTuple):
    account: str
    user_name: str
    user_id: str


class AccessKeyCreated(NamedTuple):
    """The secret itself stands only in the account's home region (`wrapped`), never in the shared form."""

    account: str
    user_name: str
    access_key_id: str
    wrapped: bytes | None = None


class SigningKeysIssued(NamedTuple):
    """Derived SigV4 region keys for `days` dates from `first_date` (YYYYMMDD): 32 bytes a date, one bundle a region."""

    account: str
    access_key_id: str
    first_date: str
    days: int
    regions: tuple[str, ...]
    sealed: Mapping[str, bytes] | None = None


class PeerAdmitted(NamedTuple):
    """A peer's region card, pinned. `card` is the encoded card."""

    region: str
    card: bytes


Event: TypeAlias = (
    KeyEvent
    | AliasCreated
    | AliasRetargeted
    | AliasDeleted
    | GrantEvent
    | AccountCreated
    | UserCreated
    | AccessKeyCreated
    | SigningKeysIssued
    | KeyStoreEvent
    | PeerAdmitted
)

EVENTS: Mapping[int, type[Event]] = {
    1: KeyCreated,
    2: KeyReplicated,
    3: KeyEnabled,
    4: KeyDisabled,
    5: KeyDescriptionUpdated,
    6: KeyPolicyPut,
    7: KeyTagged,
    8: KeyUntagged,
    9: KeyDeletionScheduled,
    10: KeyDeletionCanceled,
    11: KeyDeleted,
    12: KeyRotationEnabled,
    13: KeyRotationDisabled,
    14: KeyRotated,
    15: KeyMaterialImported,
    16: KeyMaterialDeleted,
    17: PrimaryRegionUpdated,
    18: ReplicaMaterialImported,
    20: AliasCreated,
    21: AliasRetargeted,
    22: AliasDeleted,
    25: GrantCreated,
    26: GrantRetired,
    27: GrantRevoked,
    40: AccountCreated,
    41: UserCreated,
    42: AccessKeyCreated,
    43: SigningKeysIssued,
    45: KeyStoreCreated,
    46: KeyStoreUpdated,
    47: KeyStoreConnectionChanged,
    48: KeyStoreDeleted,
    60: PeerAdmitted,
}


_STREAM_OF: Mapping[type[Event], Callable[[Any], str]] = {
    **dict.fromkeys(EVENTS.values(), lambda event: key_stream(event.account, event.key_id)),
    **dict.fromkeys(
        (AliasCreated, AliasRetargeted, AliasDeleted), lambda event: alias_stream(event.account, event.alias)
    ),
    **dict.fromkeys(
        (GrantCreated, GrantRetired, GrantRevoked),
        lambda event: grant_stream(event.account, event.key_id, event.grant_id),
    ),
    AccountCreated: lambda event: account_stream(event.account),
    UserCreated: lambda event: user_stream(event.account, event.user_name),
    **dict.fromkeys(
        (AccessKeyCreated, SigningKeysIssued), lambda event: access_key_stream(event.account, event.access_key_id)
    ),
    **dict.fromkeys(
        (KeyStoreCreated, KeyStoreUpdated, KeyStoreConnectionChanged, KeyStoreDeleted),
        lambda event: key_store_stream(event.account, event.key_store_id),
    ),
    PeerAdmitted: lambda event: peer_stream(event.region),
}


def stream_of(event: Event) -> str:
    """The stream of the aggregate that `event` happened to."""
    return _STREAM_OF[type(event)](event)


def signing_keys_secret_id(access_key_id: str, first_date: str) -> str:
    """The name of a bundle of derived signing keys among the secrets of one record."""
    return f"signing-keys/{access_key_id}/{first_date}"
