"""Which region may change what elsewhere: the check that a peer's shared record passes before it is folded.

Owns the one table of what may be shared, and by whom. A key's shared state belongs to the region of its primary, an
account and what is in it to the account's home, which its stand-by may take over. A region that holds a replica says
what has become of that replica, and nothing more, but that it may end a grant which all regions of the key have. What
belongs to one region (a key's state and description there, aliases and grants of its own, single-region keys, pinned
peers) is not in the table: nobody shares it. A key's policy, tags and aliases in a region change only with what its
primary tells of them as a whole. A region that its operator has turned against the others can thus change only what is
its own.

An event's row is part of its released meaning: a later version that lets more regions share it raises `least_reader`,
because a record that was void for one version and applies for another gives the streams another length.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from shared import events as e
from shared.birthplace import may_be_born
from shared.erasure.authority import SAID_OF_SECRETS
from shared.grants.model import Grant
from shared.here import Here, Saying, Standing, holders
from shared.identifiers import ACCOUNT_PATTERN, grant_stream, key_stream, peer_stream
from shared.identity import account_events as accounts
from shared.identity.model import Account, Peer
from shared.identity.overtaken import replaces_hand_over
from shared.identity.restating import is_restatable
from shared.identity.streams import IDENTITY_STREAMS
from shared.keys.decide_grounds import has_two_grounds
from shared.keys.epochs import epoch_of
from shared.keys.model import Key
from shared.keys.multi_region import (
    has_schedule,
    is_born_whole,
    may_be_family,
    may_change_material,
    may_span_regions,
)
from shared.keys.specs import EXTERNAL
from shared.keys.whole import Whole, decode_whole
from shared.rebuild.authority import SAID_OF_REBUILDS, is_own_readmission


class Named(NamedTuple):
    """What a stream's name says: whose it is, and its name in that account."""

    account: str
    name: str


def overreach(origin: str, here: Here, streams: Mapping[str, Standing], events: tuple[e.Event, ...] | None) -> str:
    """Why `origin` may not say this; "" if it may.

    `streams`: those that the record names and whose state is known. `events` is None for a record that this version
    cannot read: it freezes its streams, so it is enough that `origin` may name them.
    """
    for stream, standing in streams.items():
        if refusal := _of_stream(origin, here, stream, standing):
            return refusal
    for event in events or ():
        if refusal := _of_event(origin, here, streams, event):
            return refusal
    return _of_settling(origin, events or ())


def _of_settling(origin: str, events: tuple[e.Event, ...]) -> str:
    """A record settles one overtaken change of a key: each may cut what is remembered anew, and takes as long."""
    settled = [e.stream_of(event) for event in events if isinstance(event, e.OvertakenSettled)]
    return "" if len({*settled}) == len(settled) else f"{origin} settles more than one change of a key in one record"


def _of_stream(origin: str, here: Here, stream: str, standing: Standing) -> str:
    if stream == peer_stream(origin) and isinstance(standing.state, Peer):
        return ""
    if is_own_readmission(origin, stream):
        return ""
    kind, account, name = (*stream.split("/", 2), "", "")[:3]
    may_name = _NAMING.get(kind)
    if may_name is None:
        return f"{origin} has no say over {kind} streams of other regions"
    if ACCOUNT_PATTERN.fullmatch(account) is None or not here.keeps(account):
        return f"{stream} does not belong to this partition"
    return "" if may_name(origin, here, Named(account, name), standing) else f"{stream} is not {origin}'s to change"


def _may_name_key(origin: str, _here: Here, named: Named, standing: Standing) -> bool:
    """The first to name a key is the region that it was born in, whoever else has heard of its id."""
    key = standing.state
    if isinstance(key, Key):
        return origin in holders(key)
    return not standing.begun and may_be_born(named.name, origin)


def _may_name_beside_key(origin: str, here: Here, named: Named, _standing: Standing) -> bool:
    return origin in here.members_of(named.account, named.name.split("/")[0])


def _may_name_account(origin: str, here: Here, named: Named, standing: Standing) -> bool:
    known = here.account(named.account)
    return not standing.begun or (known is not None and origin in (known.home_region, known.stand_by_region))


def _may_name_at_home(origin: str, here: Here, named: Named, _standing: Standing) -> bool:
    return here.home_of(named.account) == origin


_NAMING: Mapping[str, Callable[[str, Here, Named, Standing], bool]] = {
    "key": _may_name_key,
    **dict.fromkeys(("shared-grant", "secret-request"), _may_name_beside_key),
    "account": _may_name_account,
    **dict.fromkeys(
        ("user", "group", "role", "policy", "oidc-provider", "access-key", "service-control"), _may_name_at_home
    ),
}
"""By the kind of stream: whether a region may name it in what it shares."""


def _of_event(origin: str, here: Here, streams: Mapping[str, Standing], event: e.Event) -> str:
    name, standing = type(event).__name__, streams.get(e.stream_of(event))
    may_say = _SHARED.get(type(event))
    if may_say is None:
        return f"{name} is no event of other regions"
    if standing is None:
        return f"{name} speaks of a stream that the record does not name"
    return "" if may_say(origin, event, standing, here) else f"{origin} may not say {name} of {e.stream_of(event)}"


def _begins_key(origin: str, event: e.KeyCreated, standing: Standing, _here: Here) -> bool:
    """A key of such a kind as the region could have made for others: not one in a key store of this region's."""
    is_first = not standing.begun and event.primary_region == origin
    return is_first and may_span_regions(event) and is_born_whole(event)


def _begins_family(origin: str, event: e.KeyFamilyCreated, standing: Standing, _here: Here) -> bool:
    return not standing.begun and event.primary_region == origin and may_be_family(event)


def _rotates(origin: str, event: e.KeyRotated | e.KeyRotationStarted, standing: Standing, here: Here) -> bool:
    key = standing.state
    if not isinstance(key, Key) or not here.speaks(origin, event, key):
        return False
    return may_change_material(key, event, in_effect=here.counts(origin, event, key))


def _schedules(origin: str, event: e.KeyRotationEnabled, standing: Standing, here: Here) -> bool:
    key = standing.state
    return isinstance(key, Key) and _is_primary(origin, event, standing, here) and has_schedule(key)


def _imports(origin: str, event: e.Event, standing: Standing, here: Here) -> bool:
    key = standing.state
    return isinstance(key, Key) and _is_primary(origin, event, standing, here) and key.origin == EXTERNAL


def _is_primary(origin: str, event: e.Event, standing: Standing, here: Here) -> bool:
    return here.speaks(origin, event, standing.state)


def _gives_replica(origin: str, event: e.KeyReplicated, standing: Standing, here: Here) -> bool:
    """A region of the key is not given it again, but where the primary stands on two grounds. The interleaving: A is
    handed the key by two at once, and knows of the one by whose word C lost it; A gives it to C, which has it by the
    word of the other. Elsewhere a turned primary could have whoever has not heard of the gift taken for a stranger.
    """
    key = standing.state
    if not isinstance(key, Key) or not here.speaks(origin, event, key) or event.primary_region != origin:
        return False
    if not may_span_regions(key) or (event.spec, event.usage, event.origin) != (key.spec, key.usage, key.origin):
        return False
    if not here.counts(origin, event, key):
        return True
    is_new = event.replica_region not in key.replica_regions or has_two_grounds(key, origin)
    return event.replica_region != origin and is_new


def _promotes(origin: str, event: e.KeyPromoted, standing: Standing, here: Here) -> bool:
    """A region that has the key may, for itself, on top of an epoch that it knows."""
    key = standing.state
    if not isinstance(key, Key) or origin != event.primary_region or not here.has(origin, key):
        return False
    whole, former = decode_whole(event.shared_state), (event.epoch - 1, event.former_region)
    follows = here.key_epoch in (None, (event.epoch, origin)) and _is_chained(origin, key, (*whole.chain, former), here)
    return follows and origin in whole.regions and _keeps_material(key, whole)


def _keeps_material(key: Key, whole: Whole) -> bool:
    """A key whose material is made here always has some that encrypts."""
    return key.origin == EXTERNAL or any(not (one.pending or one.overtaken) for one in whole.materials)


def _hands_over(origin: str, event: e.PrimaryRegionUpdated, standing: Standing, here: Here) -> bool:
    """One that does not say what it hands over would be of what each region knows at the moment."""
    key = standing.state
    if not isinstance(key, Key) or not event.shared_state or not here.speaks(origin, event, key):
        return False
    whole, former = decode_whole(event.shared_state), (event.epoch - 1, origin)
    is_said_there = former == epoch_of(origin, event, here.key_epoch)
    return is_said_there and _is_chained(origin, key, (*whole.chain, former), here) and _keeps_material(key, whole)


def _is_chained(origin: str, key: Key, chain: Iterable[tuple[int, str, *tuple[int, ...]]], here: Here) -> bool:
    """Whether the chain names an epoch that the region knew for every count, from the first one on."""
    epochs = [(count, region) for count, region, *_ in chain]
    is_whole = [count for count, _ in epochs] == list(range(len(epochs)))
    return is_whole and all(here.knew(origin, key, epoch) for epoch in epochs)


def _gives_material(origin: str, event: e.KeyMaterialGiven, standing: Standing, here: Here) -> bool:
    """Whoever has overtaken material may give it to those that lack it; what people import is theirs to give."""
    key = standing.state
    if not isinstance(key, Key) or not here.has(origin, key) or key.origin == EXTERNAL:
        return False
    held = [key.material(material.material_id) for material in event.materials]
    return all(material is not None and material.overtaken and origin in material.given_to for material in held)


def _speaks_for_itself(origin: str, event: e.ReplicaMaterialImported, standing: Standing, here: Here) -> bool:
    key = standing.state
    return isinstance(key, Key) and event.region == origin and here.has(origin, key)


def _lets_go(origin: str, event: e.KeyDeleted, standing: Standing, here: Here) -> bool:
    """Every region ends what it holds itself; the primary alone, once it holds the last, ends the whole key."""
    key = standing.state
    if not isinstance(key, Key) or event.region != origin:
        return False
    if not event.whole:
        return here.has(origin, key)
    return key.primary_region == origin and not key.replica_regions and not key.held_here


def _gives_grant(origin: str, event: e.GrantShared, _standing: Standing, here: Here) -> bool:
    """A region's own grant is never taken for one of all regions."""
    own = here.state(grant_stream(event.account, event.key_id, event.grant_id))
    return not isinstance(own, Grant) and here.speaks(
        origin, event, here.state(key_stream(event.account, event.key_id))
    )


def _ends_grant(origin: str, event: e.SharedGrantEnded, _standing: Standing, here: Here) -> bool:
    """Whichever region has the key: who may revoke a grant must be able to wherever it can be used."""
    key = here.state(key_stream(event.account, event.key_id))
    return isinstance(key, Key) and here.has(origin, key)


def _begins_account(origin: str, event: e.AccountCreated, standing: Standing, _here: Here) -> bool:
    return not standing.begun and event.home_region == origin


def _moves_home(origin: str, event: accounts.AccountHomeMoved, standing: Standing, _here: Here) -> bool:
    """The home hands over to its stand-by; or the stand-by, which alone holds the secrets besides, takes over."""
    known = standing.state
    if not isinstance(known, Account):
        return False
    if replaces_hand_over(known, event):
        return origin == event.home_region
    if event.home_region != known.stand_by_region or event.epoch <= known.home_epoch:
        return False
    return origin == (known.stand_by_region if event.forced else known.home_region)


def _restates(origin: str, event: accounts.EntityRestated, standing: Standing, here: Here) -> bool:
    return _is_home(origin, event, standing, here) and is_restatable(event)


def _is_home(origin: str, event: Any, _standing: Standing, here: Here) -> bool:
    return here.home_of(event.account) == origin


_SHARED: Mapping[type[e.Event], Saying] = {
    e.KeyCreated: _begins_key,
    e.KeyReplicated: _gives_replica,
    e.KeyDeleted: _lets_go,
    e.KeyFamilyCreated: _begins_family,
    e.KeyRotationEnabled: _schedules,
    e.KeyRotationDisabled: _is_primary,
    e.KeyRotated: _rotates,
    e.KeyRotationStarted: _rotates,
    e.KeyMaterialImported: _imports,
    e.KeyMaterialDeleted: _imports,
    e.PrimaryRegionUpdated: _hands_over,
    e.KeyPromoted: _promotes,
    e.KeyMaterialGiven: _gives_material,
    e.OvertakenSettled: _is_primary,
    e.KeySettingsShared: _is_primary,
    e.ReplicaMaterialImported: _speaks_for_itself,
    e.GrantShared: _gives_grant,
    e.SharedGrantEnded: _ends_grant,
    **dict.fromkeys(IDENTITY_STREAMS, _is_home),
    e.AccountCreated: _begins_account,
    accounts.AccountHomeMoved: _moves_home,
    accounts.EntityRestated: _restates,
    **SAID_OF_SECRETS,
    **SAID_OF_REBUILDS,
}
"""What may be shared, and who may share it. What is not here stays in its region."""
