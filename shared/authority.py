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

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from shared import events as e
from shared.birthplace import may_be_born
from shared.crypto.region_card import MalformedCard, decode_card
from shared.erasure.events import SealingKeyAnnounced, SecretRequestAnswered, SecretRequested, SecretSealed
from shared.evolve import State
from shared.grants.model import Grant
from shared.identifiers import ACCOUNT_PATTERN, account_stream, grant_stream, key_stream, peer_stream
from shared.identity import account_events as accounts
from shared.identity.model import Account, Peer
from shared.identity.streams import IDENTITY_STREAMS
from shared.keys.model import Key
from shared.keys.multi_region import is_born_whole, may_span_regions


class Standing(NamedTuple):
    """A stream before the record. `begun`: records have named it before, even if nothing is left of what it was."""

    state: State | None
    begun: bool


class Here(NamedTuple):
    """The partition that adopts. `keeps` tells whether it is the account's; `state` gives the state of its streams."""

    region: str
    keeps: Callable[[str], bool]
    state: Callable[[str], State | None]

    def account(self, account: str) -> Account | None:
        """An account that is known here."""
        known = self.state(account_stream(account))
        return known if isinstance(known, Account) else None

    def home_of(self, account: str) -> str | None:
        known = self.account(account)
        return None if known is None else known.home_region

    def members_of(self, account: str, key_id: str) -> tuple[str | None, ...]:
        """The regions that have the key, its primary's first; none where it is not known here."""
        key = self.state(key_stream(account, key_id))
        return (key.primary_region, *key.replica_regions) if isinstance(key, Key) else ()


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
    return ""


def _of_stream(origin: str, here: Here, stream: str, standing: Standing) -> str:
    if stream == peer_stream(origin) and isinstance(standing.state, Peer):
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
        return origin in (key.primary_region, *key.replica_regions)
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


Saying: TypeAlias = Callable[[str, Any, Standing, Here], bool]
"""(origin, event, its stream, here): whether `origin` may share the event."""


def _begins_key(origin: str, event: e.KeyCreated, standing: Standing, _here: Here) -> bool:
    """A key of such a kind as the region could have made for others: not one in a key store of this region's."""
    is_first = not standing.begun and event.primary_region == origin
    return is_first and may_span_regions(event) and is_born_whole(event)


def _is_primary(origin: str, _event: e.Event, standing: Standing, _here: Here) -> bool:
    return isinstance(standing.state, Key) and standing.state.primary_region == origin


def _gives_replica(origin: str, event: e.KeyReplicated, standing: Standing, here: Here) -> bool:
    """A region that holds the key is not given it again: its settings would begin anew, and a disabled key live."""
    key = standing.state
    if not isinstance(key, Key) or not origin == key.primary_region == event.primary_region:
        return False
    if not may_span_regions(key) or (event.spec, event.usage, event.origin) != (key.spec, key.usage, key.origin):
        return False
    held = (origin, *key.replica_regions, *[here.region] * key.held_here)
    return event.replica_region not in held


def _speaks_for_itself(origin: str, event: e.ReplicaMaterialImported, standing: Standing, _here: Here) -> bool:
    return isinstance(standing.state, Key) and event.region == origin


def _lets_go(origin: str, event: e.KeyDeleted, standing: Standing, _here: Here) -> bool:
    """Every region ends what it holds itself; the primary alone, once it holds the last, ends the whole key."""
    key = standing.state
    if not isinstance(key, Key) or event.region != origin:
        return False
    return not event.whole or (key.primary_region == origin and not key.replica_regions and not key.held_here)


def _gives_grant(origin: str, event: e.GrantShared, _standing: Standing, here: Here) -> bool:
    """A region's own grant is never taken for one of all regions."""
    own = here.state(grant_stream(event.account, event.key_id, event.grant_id))
    return not isinstance(own, Grant) and here.members_of(event.account, event.key_id)[:1] == (origin,)


def _ends_grant(origin: str, event: e.SharedGrantEnded, _standing: Standing, here: Here) -> bool:
    """Whichever region has the key: who may revoke a grant must be able to wherever it can be used."""
    return origin in here.members_of(event.account, event.key_id)


def _begins_account(origin: str, event: e.AccountCreated, standing: Standing, _here: Here) -> bool:
    return not standing.begun and event.home_region == origin


def _moves_home(origin: str, event: accounts.AccountHomeMoved, standing: Standing, _here: Here) -> bool:
    """The home hands over to its stand-by; or the stand-by, which alone holds the secrets besides, takes over."""
    known = standing.state
    if not isinstance(known, Account) or event.home_region != known.stand_by_region or event.epoch <= known.home_epoch:
        return False
    return origin == (known.stand_by_region if event.forced else known.home_region)


def _renews_its_card(origin: str, event: SealingKeyAnnounced, standing: Standing, _here: Here) -> bool:
    """A region has one identity for ever: only its sealing key may be another than in the card that is pinned."""
    pinned = standing.state
    if not isinstance(pinned, Peer) or event.region != origin:
        return False
    try:
        card, known = decode_card(event.card), decode_card(pinned.card)
    except MalformedCard:
        return False
    same = (card.region, card.identity, card.certificate) == (known.region, known.identity, known.certificate)
    return same and card.sealing_number == event.number


def _asks_for_itself(origin: str, event: SecretRequested, _standing: Standing, here: Here) -> bool:
    return event.region == origin and origin in here.members_of(event.account, event.key_id)


def _seals_again(origin: str, event: SecretSealed | SecretRequestAnswered, _standing: Standing, here: Here) -> bool:
    """The primary, whose materials they are; to the primary itself, whichever region has them besides."""
    members = here.members_of(event.account, event.key_id)
    if event.region == origin or not {origin, event.region} <= {*members}:
        return False
    return members[0] in (origin, event.region)


def _is_home(origin: str, event: Any, _standing: Standing, here: Here) -> bool:
    return here.home_of(event.account) == origin


_SHARED: Mapping[type[e.Event], Saying] = {
    e.KeyCreated: _begins_key,
    e.KeyReplicated: _gives_replica,
    e.KeyDeleted: _lets_go,
    e.KeyRotationEnabled: _is_primary,
    e.KeyRotationDisabled: _is_primary,
    e.KeyRotated: _is_primary,
    e.KeyMaterialImported: _is_primary,
    e.KeyMaterialDeleted: _is_primary,
    e.PrimaryRegionUpdated: _is_primary,
    e.KeySettingsShared: _is_primary,
    e.ReplicaMaterialImported: _speaks_for_itself,
    e.GrantShared: _gives_grant,
    e.SharedGrantEnded: _ends_grant,
    **dict.fromkeys(IDENTITY_STREAMS, _is_home),
    e.AccountCreated: _begins_account,
    accounts.AccountHomeMoved: _moves_home,
    SealingKeyAnnounced: _renews_its_card,
    SecretRequested: _asks_for_itself,
    SecretSealed: _seals_again,
    SecretRequestAnswered: _seals_again,
}
"""What may be shared, and who may share it. What is not here stays in its region."""
