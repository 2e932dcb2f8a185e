"""The checker's own reading of who may share what, written apart from the rule that the fold obeys.

Owns that reading as plain questions, one event after the other. `shared/authority.py` says why each must hold.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import NamedTuple, get_args

from replication.rows import Row
from shared import events as e
from shared.birthplace import may_be_born
from shared.crypto.region_card import MalformedCard, RegionCard, decode_card
from shared.erasure.events import SealingKeyAnnounced, SecretRequestAnswered, SecretRequested, SecretSealed
from shared.identifiers import ACCOUNT_PATTERN, account_stream, grant_stream, key_stream, partition_of
from shared.identity.account_events import AccountEvent, AccountHomeMoved
from shared.identity.events import PrincipalEvent
from shared.identity.model import Account, Peer
from shared.identity.policy_events import PolicyEvent
from shared.keys.model import Key
from shared.keys.specs import ALGORITHMS

OF_THE_PRIMARY = (
    e.KeyRotationEnabled,
    e.KeyRotationDisabled,
    e.KeyRotated,
    e.KeyMaterialImported,
    e.KeyMaterialDeleted,
    e.PrimaryRegionUpdated,
    e.KeySettingsShared,
)
OF_THE_HOME = (*get_args(AccountEvent), *get_args(PrincipalEvent), *get_args(PolicyEvent))
KIND_OF = attrgetter("spec", "usage", "origin")
OF_ERASING = (SealingKeyAnnounced, SecretRequested, SecretSealed, SecretRequestAnswered)
BESIDE_KEYS = ("shared-grant", "secret-request")
AT_HOME = ("user", "group", "role", "policy", "oidc-provider", "access-key", "service-control")


class Partition(NamedTuple):
    """The partition that is checked, as it stands before the record."""

    region: str
    number: int
    partitions: int
    row: Callable[[str], Row]


def permitted(origin: str, partition: Partition, names: tuple[str, ...], events: tuple[e.Event, ...] | None) -> bool:
    """Whether `origin` may share a record that names these streams and holds these events (None: unreadable)."""
    rows = {name: partition.row(name) for name in names}
    readable = {name: row for name, row in rows.items() if not row.frozen}
    if not all(_nameable(origin, partition, name, row) for name, row in readable.items()):
        return False
    if events is None or len(readable) < len(rows):
        return True
    return all(_sayable(origin, partition, readable, event) for event in events)


def _nameable(origin: str, partition: Partition, name: str, row: Row) -> bool:
    kind, _, rest = name.partition("/")
    if name == f"peer/{origin}" and isinstance(row.state, Peer):
        return True
    account, _, rest = rest.partition("/")
    if kind not in ("key", *BESIDE_KEYS, "account", *AT_HOME) or ACCOUNT_PATTERN.fullmatch(account) is None:
        return False
    if partition_of(account, partition.partitions) != partition.number:
        return False
    if row.revision == 0 and kind in ("key", "account"):
        return kind == "account" or may_be_born(rest, origin)
    if kind == "key":
        return isinstance(row.state, Key) and origin in {row.state.primary_region, *row.state.replica_regions}
    if kind in BESIDE_KEYS:
        return origin in _members(partition, account, rest.split("/")[0])
    if kind == "account" and _account(partition, account).stand_by_region == origin:
        return True
    return _account(partition, account).home_region == origin


def _sayable(origin: str, partition: Partition, rows: Mapping[str, Row], event: e.Event) -> bool:
    row = rows.get(e.stream_of(event))
    if row is None:
        return False
    if isinstance(event, OF_ERASING):
        return _sayable_of_erasing(origin, partition, row, event)
    if isinstance(event, e.KeyCreated):
        starts = row.revision == 0 and event.primary_region == origin
        return starts and _is_ordinary(event) and len(event.materials) + (event.origin == "EXTERNAL") == 1
    if isinstance(event, e.AccountCreated):
        return row.revision == 0 and event.home_region == origin
    if isinstance(event, AccountHomeMoved):
        return _may_move(origin, _account(partition, event.account), event)
    if isinstance(event, OF_THE_HOME):
        return _account(partition, event.account).home_region == origin
    if isinstance(event, e.SharedGrantEnded):
        return origin in _members(partition, event.account, event.key_id)
    if isinstance(event, e.GrantShared):
        own = partition.row(grant_stream(event.account, event.key_id, event.grant_id)).state
        return own is None and origin in _members(partition, event.account, event.key_id)[:1]
    return isinstance(row.state, Key) and _sayable_of_key(origin, partition.region, row.state, event)


def _sayable_of_erasing(
    origin: str,
    partition: Partition,
    row: Row,
    event: SealingKeyAnnounced | SecretRequested | SecretSealed | SecretRequestAnswered,
) -> bool:
    own = event.region == origin
    if isinstance(event, SealingKeyAnnounced):
        return own and _follows(_card(getattr(row.state, "card", b"")), event)
    members = _members(partition, event.account, event.key_id)
    if origin not in members or event.region not in members:
        return False
    if isinstance(event, SecretRequested):
        return own
    return not own and members.index(origin) * members.index(event.region) == 0


def _card(encoded: bytes) -> RegionCard | None:
    try:
        return decode_card(encoded)
    except MalformedCard:
        return None


def _follows(pinned: RegionCard | None, event: SealingKeyAnnounced) -> bool:
    """The card is the pinned one with the sealing key of another number."""
    new = _card(event.card)
    if new is None or pinned is None or new.sealing_number != event.number:
        return False
    return new._replace(sealing_number=0, sealing_public=b"") == pinned._replace(sealing_number=0, sealing_public=b"")


def _sayable_of_key(origin: str, here: str, key: Key, event: e.Event) -> bool:
    is_primary = key.primary_region == origin
    if isinstance(event, e.KeyReplicated):
        is_held = event.replica_region in {origin, *key.replica_regions} or (event.replica_region == here and key.state)
        is_alike = _is_ordinary(key) and KIND_OF(event) == KIND_OF(key)
        return is_primary and event.primary_region == origin and is_alike and not is_held
    if isinstance(event, e.KeyDeleted):
        is_last = is_primary and key.replica_regions == () and key.state is None
        return event.region == origin and (is_last or not event.whole)
    if isinstance(event, e.ReplicaMaterialImported):
        return event.region == origin
    return is_primary and isinstance(event, OF_THE_PRIMARY)


def _is_ordinary(key: e.KeyCreated | Key) -> bool:
    """A customer's key that is of use and lies in no place but the regions themselves."""
    if {key.custom_key_store_id, key.external_key_id} != {None} or key.key_manager != "CUSTOMER":
        return False
    return key.origin in ("AWS_KMS", "EXTERNAL") and bool(ALGORITHMS.get(key.spec, {}).get(key.usage))


def _members(partition: Partition, account: str, key_id: str) -> list[str | None]:
    """The primary's region, then the replicas'."""
    state = partition.row(key_stream(account, key_id)).state
    return [state.primary_region, *state.replica_regions] if isinstance(state, Key) else []


def _may_move(origin: str, account: Account, event: AccountHomeMoved) -> bool:
    speaker = event.home_region if event.forced else account.home_region
    return origin == speaker and event.home_region == account.stand_by_region and event.epoch > account.home_epoch


def _account(partition: Partition, account: str) -> Account:
    """The account as it is known here; one that nobody is the home of, if it is not."""
    state = partition.row(account_stream(account)).state
    return state if isinstance(state, Account) else Account(account, "", "", 0)
