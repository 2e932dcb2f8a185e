"""The checker's own reading of who may share what, written apart from the rule that the fold obeys.

Owns that reading as plain questions, one event after the other. `shared/authority.py` says why each must hold.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import NamedTuple, get_args

from replication.state.rows import Row
from replication.verify.homes import may_change, may_move
from replication.verify.speakers import (
    NOBODY,
    begun,
    had_heard,
    has_it,
    is_in_effect,
    led,
    regions,
    rests,
    stands_on_two,
)
from shared import events as e
from shared.birthplace import may_be_born
from shared.crypto.region_card import MalformedCard, RegionCard, decode_card
from shared.erasure.events import SealingKeyAnnounced, SecretRequestAnswered, SecretRequested, SecretSealed
from shared.fold import Fold
from shared.identifiers import ACCOUNT_PATTERN, account_stream, grant_stream, key_stream, partition_of
from shared.identity.account_events import AccountEvent, AccountHomeMoved
from shared.identity.events import PrincipalEvent
from shared.identity.model import Account, Peer
from shared.identity.policy_events import PolicyEvent
from shared.identity.restating import begun_anew
from shared.keys.model import Key
from shared.keys.specs import ALGORITHMS
from shared.keys.whole import decode_whole
from shared.rebuild.events import RegionReadmitted

OF_THE_PRIMARY = (e.KeyRotationDisabled, e.KeySettingsShared, e.OvertakenSettled)
OF_A_PRIMARY_THAT_IMPORTS = (e.KeyMaterialImported, e.KeyMaterialDeleted)
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


def permitted(fold: Fold, partition: Partition, names: tuple[str, ...], events: tuple[e.Event, ...] | None) -> bool:
    """Whether a record may be shared that names these streams and holds these events (None: unreadable).

    `fold` says whose it is, and where it stands.
    """
    origin = fold.author
    rows = {name: partition.row(name) for name in names}
    said_anew = begun_anew(events)
    readable = {name: row for name, row in rows.items() if not row.frozen or name in said_anew}
    if not all(_nameable(origin, partition, name, row) for name, row in readable.items()):
        return False
    if events is None or len(readable) < len(rows):
        return True
    settling = Counter(e.stream_of(event) for event in events if isinstance(event, e.OvertakenSettled))
    return max(settling.values(), default=0) <= 1 and all(_sayable(fold, partition, readable, said) for said in events)


def _nameable(origin: str, partition: Partition, name: str, row: Row) -> bool:
    kind, _, rest = name.partition("/")
    if name == f"peer/{origin}" and isinstance(row.state, Peer):
        return True
    if kind == "readmission":
        return rest.split("/")[-1] == origin != rest.split("/")[0] and rest.count("/") == 1
    account, _, rest = rest.partition("/")
    if kind not in ("key", *BESIDE_KEYS, "account", *AT_HOME) or ACCOUNT_PATTERN.fullmatch(account) is None:
        return False
    if partition_of(account, partition.partitions) != partition.number:
        return False
    if row.revision == 0 and kind in ("key", "account"):
        return kind == "account" or may_be_born(rest, origin)
    if kind == "key":
        return isinstance(row.state, Key) and origin in regions(row.state)
    if kind in BESIDE_KEYS:
        return origin in _members(partition, account, rest.split("/")[0])
    if kind == "account" and _account(partition, account).stand_by_region == origin:
        return True
    return _account(partition, account).home_region == origin


def _sayable(fold: Fold, partition: Partition, rows: Mapping[str, Row], event: e.Event) -> bool:
    row = rows.get(e.stream_of(event))
    if row is None:
        return False
    if isinstance(event, RegionReadmitted):
        return event.peer_region == fold.author != event.region
    return _sayable_of_stream(fold, partition, row, event)


def _sayable_of_stream(fold: Fold, partition: Partition, row: Row, event: e.Event) -> bool:
    origin = fold.author
    if isinstance(event, OF_ERASING):
        return _sayable_of_erasing(fold, partition, row, event)
    if isinstance(event, e.KeyCreated):
        starts = row.revision == 0 and event.primary_region == origin
        return starts and _is_ordinary(event) and len(event.materials) + (event.origin == "EXTERNAL") == 1
    if isinstance(event, e.KeyFamilyCreated):
        return row.revision == 0 and event.primary_region == origin and _is_family(event)
    if isinstance(event, e.AccountCreated):
        return row.revision == 0 and event.home_region == origin
    if isinstance(event, AccountHomeMoved):
        return may_move(origin, _account(partition, event.account), event)
    if isinstance(event, OF_THE_HOME):
        return may_change(origin, _account(partition, event.account), event)
    if isinstance(event, e.SharedGrantEnded):
        key = partition.row(key_stream(event.account, event.key_id)).state
        return isinstance(key, Key) and has_it(fold, key)
    if isinstance(event, e.GrantShared):
        own = partition.row(grant_stream(event.account, event.key_id, event.grant_id)).state
        key = partition.row(key_stream(event.account, event.key_id)).state
        return own is None and isinstance(key, Key) and led(fold, key, event) != NOBODY
    return isinstance(row.state, Key) and _sayable_of_key(fold, row.state, event)


def _sayable_of_erasing(
    fold: Fold,
    partition: Partition,
    row: Row,
    event: SealingKeyAnnounced | SecretRequested | SecretSealed | SecretRequestAnswered,
) -> bool:
    origin = fold.author
    own = event.region == origin
    if isinstance(event, SealingKeyAnnounced):
        return own and _follows(_card(getattr(row.state, "card", b"")), event)
    key = partition.row(key_stream(event.account, event.key_id)).state
    if not isinstance(key, Key) or not {origin, event.region} <= {*regions(key)}:
        return False
    if isinstance(event, SecretRequested):
        return own and has_it(fold, key)
    if own:
        return False
    committed = {material.material_id for material in key.materials if material.id_commits}
    if isinstance(event, SecretRequestAnswered) or committed >= {m.material_id for m in event.materials}:
        return True
    leads = {key.primary_region} if had_heard(fold, key, key.present_epoch) else {region for _, region in begun(key)}
    return bool(leads & {origin, event.region})


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


def _sayable_of_key(fold: Fold, key: Key, event: e.Event) -> bool:
    origin, leader = fold.author, led(fold, key, event)
    if isinstance(event, e.KeyReplicated):
        counts = is_in_effect(fold, key, leader)
        has_it_already = set() if stands_on_two(key) else {*key.replica_regions}
        is_held = event.replica_region in {origin, *has_it_already}
        is_alike = _is_ordinary(key) and KIND_OF(event) == KIND_OF(key)
        return leader != NOBODY and event.primary_region == origin and is_alike and not (is_held and counts)
    if isinstance(event, e.KeyPromoted):
        is_on_top = rests(fold, key, event.shared_state, (event.epoch - 1, event.former_region))
        is_held = has_it(fold, key) and origin in decode_whole(event.shared_state).regions
        is_its_own = fold.key_epoch is None or fold.key_epoch == (event.epoch, origin)
        is_on_top = is_on_top and is_its_own and _encrypts(key, event.shared_state)
        return event.primary_region == origin and is_held and is_on_top
    if isinstance(event, e.PrimaryRegionUpdated):
        if leader != (event.epoch - 1, origin) or event.shared_state == b"":
            return False
        return rests(fold, key, event.shared_state, leader) and _encrypts(key, event.shared_state)
    if isinstance(event, e.KeyMaterialGiven):
        given = {m.material_id for m in key.materials if m.overtaken and origin in m.given_to}
        is_made_here = key.origin != "EXTERNAL"
        return is_made_here and has_it(fold, key) and given >= {m.material_id for m in event.materials}
    if isinstance(event, e.KeyDeleted):
        is_last = key.primary_region == origin and key.replica_regions == () and key.state is None
        return event.region == origin and (is_last if event.whole else has_it(fold, key))
    if isinstance(event, e.ReplicaMaterialImported):
        return event.region == origin and has_it(fold, key)
    if _is_known(key, event, is_in_effect(fold, key, leader)):
        return False
    return leader != NOBODY and (isinstance(event, OF_THE_PRIMARY) or _changes_material(key, event))


def _is_known(key: Key, event: e.Event, counts: bool) -> bool:
    """Whether it rotates to material as new that is in use, or whose id says nothing of the bytes."""
    if not isinstance(event, e.KeyRotated | e.KeyRotationStarted):
        return False
    taken = {m.material_id for m in key.materials if not m.id_commits or (counts and not m.overtaken)}
    return any(material.material_id in taken for material in event.materials)


def _changes_material(key: Key, event: e.Event) -> bool:
    """Rotation is for symmetric keys, schedules and new material for those whose material is made here."""
    if isinstance(event, OF_A_PRIMARY_THAT_IMPORTS):
        return key.origin == "EXTERNAL"
    if isinstance(event, e.KeyRotated) and event.materials == ():
        return key.spec == "SYMMETRIC_DEFAULT"
    if (key.spec, key.origin) != ("SYMMETRIC_DEFAULT", "AWS_KMS"):
        return False
    if isinstance(event, e.KeyRotated | e.KeyRotationStarted):
        must_commit = True in {material.id_commits for material in key.materials}
        sound = [m.born_key_id == key.key_id and m.id_commits >= must_commit for m in event.materials]
        return sound == [True]
    return isinstance(event, e.KeyRotationEnabled)


def _is_family(event: e.KeyFamilyCreated) -> bool:
    """The regions are different ones, and there is as much material as such a key can have."""
    if event.primary_region in event.replica_regions or len(set(event.replica_regions)) != len(event.replica_regions):
        return False
    if not (event.origin in ("AWS_KMS", "EXTERNAL") and ALGORITHMS.get(event.spec, {}).get(event.usage)):
        return False
    if (event.spec, event.origin) == ("SYMMETRIC_DEFAULT", "AWS_KMS"):
        return bool(event.materials)
    return event.rotation_period_days is None and len(event.materials) == (event.origin == "AWS_KMS")


def _encrypts(key: Key, whole: bytes) -> bool:
    """Whether there is material in use, where it is not for people to import."""
    in_use = [one for one in decode_whole(whole).materials if not one.pending and not one.overtaken]
    return bool(in_use) or key.origin == "EXTERNAL"


def _is_ordinary(key: e.KeyCreated | Key) -> bool:
    """A customer's key that is of use and lies in no place but the regions themselves."""
    if {key.custom_key_store_id, key.external_key_id} != {None} or key.key_manager != "CUSTOMER":
        return False
    return key.origin in ("AWS_KMS", "EXTERNAL") and bool(ALGORITHMS.get(key.spec, {}).get(key.usage))


def _members(partition: Partition, account: str, key_id: str) -> list[str | None]:
    """The primary's region, then the replicas'."""
    state = partition.row(key_stream(account, key_id)).state
    return regions(state) if isinstance(state, Key) else []


def _account(partition: Partition, account: str) -> Account:
    """The account as it is known here; one that nobody is the home of, if it is not."""
    state = partition.row(account_stream(account)).state
    return state if isinstance(state, Account) else Account(account, "", "", 0)
