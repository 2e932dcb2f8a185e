"""Every event: what happened, in the past tense, under a permanent integer tag.

Owns the one table of events. A tag and a field number, once released, keep their meaning for ever; fields are only
appended, with a default. A secret has two forms: in the region's own log it stands `wrapped` under a domain key; in
the shared log `sealed`, once for each region that may hold it, or not at all. Times stand in the record (milliseconds).
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from shared.backups import events as backups
from shared.drills.events import DRILL_EVENTS, DRILL_STREAMS, RecoveryProven
from shared.erasure import events as erasure
from shared.erasure.streams import ERASURE_STREAMS
from shared.grants.events import (
    GrantCreated,
    GrantEvent,
    GrantReplaced,
    GrantRetired,
    GrantRevoked,
    GrantShared,
    SharedGrantEnded,
)
from shared.identifiers import (
    alias_stream,
    grant_stream,
    key_store_stream,
    key_stream,
    peer_stream,
    shared_grant_stream,
)
from shared.identity import account_events as accounts
from shared.identity import events as principals
from shared.identity import policy_events as policies
from shared.identity.account_events import AccessKeyCreated, AccountCreated, SigningKeysIssued, signing_keys_secret_id
from shared.identity.events import UserCreated
from shared.identity.streams import IDENTITY_STREAMS
from shared.key_stores.events import (
    KeyStoreConnectionChanged,
    KeyStoreCreated,
    KeyStoreDeleted,
    KeyStoreEvent,
    KeyStoreUpdated,
)
from shared.keys.events import (
    KeyAliasesSet,
    KeyConverted,
    KeyCreated,
    KeyDeleted,
    KeyDeletionCanceled,
    KeyDeletionScheduled,
    KeyDescriptionUpdated,
    KeyDisabled,
    KeyEnabled,
    KeyEvent,
    KeyFamilyCreated,
    KeyMaterialDeleted,
    KeyMaterialImported,
    KeyPolicyPut,
    KeyReplicated,
    KeyRotated,
    KeyRotationDisabled,
    KeyRotationEnabled,
    KeyRotationStarted,
    KeySettingsShared,
    KeyTagged,
    KeyUntagged,
    ReplicaMaterialImported,
    WithMaterials,
    materials_of,
)
from shared.keys.material_born import MaterialBorn, Tags
from shared.keys.primary_events import KeyMaterialGiven, KeyPromoted, OvertakenSettled, PrimaryRegionUpdated
from shared.keys.scream_events import SCREAM_TEST_EVENTS
from shared.nodes.events import NODE_EVENTS, NodeAdmitted, NodeEvent, NodeMoved, NodeRemoved
from shared.nodes.streams import node_stream
from shared.rebuild import events as rebuild
from shared.witness_events import VOUCHED_STREAM, HeadVouched

__all__ = [
    "EVENTS",
    "AccessKeyCreated",
    "AccountCreated",
    "AliasCreated",
    "AliasDeleted",
    "AliasRetargeted",
    "Event",
    "GrantCreated",
    "GrantReplaced",
    "GrantRetired",
    "GrantRevoked",
    "GrantShared",
    "HeadVouched",
    "KeyAliasesSet",
    "KeyConverted",
    "KeyCreated",
    "KeyDeleted",
    "KeyDeletionCanceled",
    "KeyDeletionScheduled",
    "KeyDescriptionUpdated",
    "KeyDisabled",
    "KeyEnabled",
    "KeyFamilyCreated",
    "KeyMaterialDeleted",
    "KeyMaterialGiven",
    "KeyMaterialImported",
    "KeyPolicyPut",
    "KeyPromoted",
    "KeyReplicated",
    "KeyRotated",
    "KeyRotationDisabled",
    "KeyRotationEnabled",
    "KeyRotationStarted",
    "KeySettingsShared",
    "KeyTagged",
    "KeyUntagged",
    "MaterialBorn",
    "NodeAdmitted",
    "NodeMoved",
    "NodeRemoved",
    "OvertakenSettled",
    "PeerAdmitted",
    "PrimaryRegionUpdated",
    "ReplicaMaterialImported",
    "SharedGrantEnded",
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
    """`target_key_id`: whose alias it was, for the audit entry; "" where it is not said."""

    account: str
    alias: str
    target_key_id: str = ""


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
    | accounts.AccountEvent
    | principals.PrincipalEvent
    | policies.PolicyEvent
    | KeyStoreEvent
    | PeerAdmitted
    | HeadVouched
    | NodeEvent
    | erasure.ErasureEvent
    | backups.BackupEvent
    | rebuild.RebuildEvent
    | RecoveryProven
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
    71: principals.UserUpdated,
    72: principals.UserDeleted,
    73: principals.UserTookName,
    74: principals.UserAddedToGroup,
    75: principals.UserRemovedFromGroup,
    76: principals.GroupCreated,
    77: principals.GroupUpdated,
    78: principals.GroupDeleted,
    79: principals.RoleCreated,
    80: principals.RoleUpdated,
    81: principals.RoleTrustPolicyUpdated,
    82: principals.RoleDeleted,
    83: principals.OidcProviderCreated,
    84: principals.OidcProviderUpdated,
    85: principals.OidcProviderDeleted,
    86: policies.InlinePolicyPut,
    87: policies.InlinePolicyDeleted,
    88: policies.PolicyAttached,
    89: policies.PolicyDetached,
    90: policies.BoundaryUpdated,
    91: policies.EntityTagged,
    92: policies.EntityUntagged,
    93: policies.PolicyCreated,
    94: policies.PolicyVersionCreated,
    95: policies.PolicyVersionDeleted,
    96: policies.PolicyDefaultVersionSet,
    97: policies.PolicyDeleted,
    110: KeySettingsShared,
    111: KeyAliasesSet,
    112: GrantShared,
    113: SharedGrantEnded,
    114: GrantReplaced,
    120: KeyPromoted,
    121: KeyMaterialGiven,
    122: OvertakenSettled,
    130: KeyRotationStarted,
    131: KeyFamilyCreated,
    132: KeyConverted,
    **accounts.ACCOUNT_EVENTS,
    **NODE_EVENTS,
    **erasure.ERASURE_EVENTS,
    170: HeadVouched,
    **backups.BACKUP_EVENTS,
    **rebuild.REBUILD_EVENTS,
    **DRILL_EVENTS,
    **SCREAM_TEST_EVENTS,
}


_STREAM_OF: Mapping[type[Event], Callable[[Any], str]] = {
    **dict.fromkeys(EVENTS.values(), lambda event: key_stream(event.account, event.key_id)),
    **dict.fromkeys(
        (AliasCreated, AliasRetargeted, AliasDeleted), lambda event: alias_stream(event.account, event.alias)
    ),
    **dict.fromkeys(
        (GrantCreated, GrantRetired, GrantRevoked, GrantReplaced),
        lambda event: grant_stream(event.account, event.key_id, event.grant_id),
    ),
    **dict.fromkeys(
        (GrantShared, SharedGrantEnded),
        lambda event: shared_grant_stream(event.account, event.key_id, event.grant_id),
    ),
    **IDENTITY_STREAMS,
    **dict.fromkeys(
        (KeyStoreCreated, KeyStoreUpdated, KeyStoreConnectionChanged, KeyStoreDeleted),
        lambda event: key_store_stream(event.account, event.key_store_id),
    ),
    PeerAdmitted: lambda event: peer_stream(event.region),
    **ERASURE_STREAMS,
    **backups.BACKUP_STREAMS,
    **rebuild.REBUILD_STREAMS,
    **DRILL_STREAMS,
    HeadVouched: lambda _event: VOUCHED_STREAM,
    **dict.fromkeys(NODE_EVENTS.values(), lambda event: node_stream(event.node)),
}


def stream_of(event: Event) -> str:
    """The stream of the aggregate that `event` happened to."""
    return _STREAM_OF[type(event)](event)
