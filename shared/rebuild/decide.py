"""Whether a card may take the place of the pinned one. Pure.

A new identity counts where an operator of that very region has pinned it, and nowhere else: no record of any other
region replaces one. So no number of hostile regions can pose as another that was built anew.
"""

from shared.crypto.region_card import MalformedCard, RegionCard, decode_card
from shared.identity.model import Peer
from shared.rebuild.errors import NotAPeer, NotTheCard

NUMBERS_APART = 1_000
"""So far above the last sealing key that was known of the lost region the first of the rebuilt one is numbered: what
was sealed to a key that only the lost region had announced must not look as if it were sealed to this one."""


def successor_of(pinned: Peer | None, region: str, encoded: bytes) -> RegionCard:
    """The card of `region` that takes the place of the pinned one, or stands there already.

    Errors: NotAPeer; NotTheCard for what is no card of the region, and for one whose sealing key has a number that was
    used before.
    """
    if pinned is None:
        raise NotAPeer(f"No card of {region} is pinned here")
    try:
        card, former = decode_card(encoded), decode_card(pinned.card)
    except MalformedCard as error:
        raise NotTheCard(f"That is no card: {error}") from None
    if card.region != region:
        raise NotTheCard(f"It is the card of {card.region}, not of {region}")
    if card.identity != former.identity and card.sealing_number <= pinned.sealing_number:
        raise NotTheCard(
            f"Its sealing key is number {card.sealing_number}, and {region} has had number {pinned.sealing_number}"
        )
    return card
