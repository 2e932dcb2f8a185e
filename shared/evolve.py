"""The fold: what an event makes of a stream's state. It never refuses and never opens a secret.

Owns the one dispatch from event to state. In the region where the event happened `origin` is None; in every other region
it is the region that published it, and `rewrapped` holds the secrets that were sealed to this region, by secret id (the
material id, or `signing_keys_secret_id`). A secret that is missing there is no fault: its uses fail until it arrives.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from shared import events as e
from shared.aliases.model import Alias
from shared.identity.model import AccessKey, Account, Peer, SigningKeys, User
from shared.keys.model import DISABLED, ENABLED, Key, KeyMaterial

State: TypeAlias = Key | Alias | Account | User | AccessKey | Peer


class Fold(NamedTuple):
    """Where and when a record applies. `region` is the region that folds; `time` the record's, in milliseconds."""

    region: str
    time: int
    origin: str | None = None
    rewrapped: Mapping[str, bytes] = {}


class BrokenHistory(Exception):
    """An event that cannot follow the state before it: a fault of the program that decided it."""


def evolve(state: State | None, event: e.Event, fold: Fold) -> State | None:
    """The state of the event's stream after `event`."""
    match event:
        case e.KeyCreated():
            return _key_created(event, fold)
        case e.KeyReplicated():
            return _key_replicated(_maybe_key(state), event, fold)
        case e.AliasCreated():
            return Alias(event.account, event.alias, event.key_id, fold.time, fold.time)
        case e.AliasRetargeted():
            return _alias(state)._replace(key_id=event.key_id, updated_at=fold.time)
        case e.AliasDeleted():
            return None
        case e.AccountCreated():
            return Account(event.account, event.home_region, event.name, fold.time)
        case e.UserCreated():
            return User(event.account, event.user_name, event.user_id, fold.time)
        case e.AccessKeyCreated():
            return AccessKey(event.account, event.user_name, event.access_key_id, fold.time, event.wrapped, None, ())
        case e.SigningKeysIssued():
            return _signing_keys_issued(_access_key(state), event, fold)
        case e.PeerAdmitted():
            return Peer(event.region, event.card, fold.time)
        case _:
            return _key_changed(_key(state), event)


def _key_created(event: e.KeyCreated, fold: Fold) -> Key:
    held = fold.origin is None
    return Key(
        account=event.account,
        key_id=event.key_id,
        spec=event.spec,
        usage=event.usage,
        origin=event.origin,
        created_at=fold.time,
        materials=_materials(event.materials, fold),
        state=ENABLED if held else None,
        description=event.description,
        policy=event.policy,
        tags=event.tags,
        primary_region=event.primary_region,
        replica_regions=(),
        epoch=0,
    )


def _key_replicated(key: Key | None, event: e.KeyReplicated, fold: Fold) -> Key:
    if event.replica_region != fold.region:
        return _required(key)._replace(replica_regions=event.replica_regions)
    return Key(
        account=event.account,
        key_id=event.key_id,
        spec=event.spec,
        usage=event.usage,
        origin=event.origin,
        created_at=fold.time,
        materials=_materials(event.materials, fold),
        state=ENABLED,
        description=event.description,
        policy=event.policy,
        tags=event.tags,
        primary_region=event.primary_region,
        replica_regions=event.replica_regions,
        epoch=0,
    )


def _materials(born: tuple[e.MaterialBorn, ...], fold: Fold) -> tuple[KeyMaterial, ...]:
    return tuple(
        KeyMaterial(
            material.material_id,
            material.born_key_id,
            material.created_at,
            material.wrapped if fold.origin is None else fold.rewrapped.get(material.material_id),
        )
        for material in born
    )


def _key_changed(key: Key, event: e.Event) -> Key:
    match event:
        case e.KeyEnabled():
            return key._replace(state=ENABLED)
        case e.KeyDisabled():
            return key._replace(state=DISABLED)
        case e.KeyDescriptionUpdated():
            return key._replace(description=event.description)
        case e.KeyPolicyPut():
            return key._replace(policy=event.policy)
        case e.KeyTagged():
            return key._replace(tags=tuple(sorted({**dict(key.tags), **dict(event.tags)}.items())))
        case e.KeyUntagged():
            return key._replace(tags=tuple(tag for tag in key.tags if tag[0] not in event.tag_keys))
        case _:
            raise BrokenHistory(f"{type(event).__name__} does not happen to a key")


def _signing_keys_issued(access_key: AccessKey, event: e.SigningKeysIssued, fold: Fold) -> AccessKey:
    if fold.origin is None:
        issued = {region: (region, first, days) for region, first, days in access_key.issued}
        issued |= {region: (region, event.first_date, event.days) for region in event.regions}
        return access_key._replace(issued=tuple(sorted(issued.values())))
    wrapped = fold.rewrapped.get(e.signing_keys_secret_id(event.access_key_id, event.first_date))
    if wrapped is None:
        return access_key
    return access_key._replace(signing_keys=SigningKeys(event.first_date, event.days, wrapped))


def _required(key: Key | None) -> Key:
    if key is None:
        raise BrokenHistory("the key has no history here")
    return key


def _maybe_key(state: State | None) -> Key | None:
    return None if state is None else _key(state)


def _key(state: State | None) -> Key:
    if not isinstance(state, Key):
        raise BrokenHistory(f"expected a key, found {type(state).__name__}")
    return state


def _alias(state: State | None) -> Alias:
    if not isinstance(state, Alias):
        raise BrokenHistory(f"expected an alias, found {type(state).__name__}")
    return state


def _access_key(state: State | None) -> AccessKey:
    if not isinstance(state, AccessKey):
        raise BrokenHistory(f"expected an access key, found {type(state).__name__}")
    return state
