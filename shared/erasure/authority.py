"""Which region may share what of sealing keys, and of secrets that a region lacks.

Owns these rows of the one table of `shared/authority.py`.
"""

from collections.abc import Mapping
from typing import Any

from shared.crypto.region_card import MalformedCard, decode_card
from shared.erasure.events import SealingKeyAnnounced, SecretRequestAnswered, SecretRequested, SecretSealed
from shared.here import Here, Saying, Standing, holders
from shared.identifiers import key_stream
from shared.identity.model import Peer
from shared.keys.epochs import leaders
from shared.keys.model import Key


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
    key = here.state(key_stream(event.account, event.key_id))
    return isinstance(key, Key) and event.region == origin and here.has(origin, key)


def _seals_again(origin: str, event: SecretSealed | SecretRequestAnswered, _standing: Standing, here: Here) -> bool:
    """The primary, whose materials they are; to the primary itself, whichever region has them besides.

    Whoever was the primary before counts as well, as long as the answering region did not know better: a promotion may
    be adopted here first. Where the primary's answer was in vain any region of the key may give what its id commits to.
    """
    key = here.state(key_stream(event.account, event.key_id))
    if not isinstance(key, Key) or event.region == origin or not {origin, event.region} <= {*holders(key)}:
        return False
    both = {origin, event.region}
    if key.primary_region in both or _can_be_told(key, event):
        return True
    return not here.knew(origin, key, key.present_epoch) and not both.isdisjoint(leaders(key))


def _can_be_told(key: Key, event: SecretSealed | SecretRequestAnswered) -> bool:
    """Whether the region that it is for can tell by itself whether it was given the right thing."""
    if isinstance(event, SecretRequestAnswered):
        return True
    held = [key.material(material.material_id) for material in event.materials]
    return all(material is not None and material.id_commits for material in held)


SAID_OF_SECRETS: Mapping[type[Any], Saying] = {
    SealingKeyAnnounced: _renews_its_card,
    SecretRequested: _asks_for_itself,
    SecretSealed: _seals_again,
    SecretRequestAnswered: _seals_again,
}
