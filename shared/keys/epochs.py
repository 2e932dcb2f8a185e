"""Who may act as the primary of a multi-region key, and whose word of which time counts.

Owns the one rule behind promotion. An epoch is (count, region); of two the greater one counts, everywhere. What was
said in the present epoch counts, and of each epoch before it what the next one has built on: the records of its primary
up to a number. Everything else that a primary has said is overtaken. The rule rests on the key alone and on where a
record stands, so regions agree in whatever order they adopt. The interleaving it stands against: a primary that was cut
off goes on, a replica is promoted meanwhile, and a third region hears the two in either order.
"""

from typing import TypeAlias

from shared.keys.model import Key

Epoch: TypeAlias = tuple[int, str]


def counts(key: Key, epoch: Epoch, number: int) -> bool:
    """Whether what the primary of `epoch` said in its shared record `number` is in effect."""
    if epoch == key.present_epoch:
        return True
    return any(epoch == (count, region) and number <= last for count, region, last in key.chain)


def epoch_of(key: Key, author: str, said: Epoch | None) -> Epoch | None:
    """The epoch in which `author` spoke: what its record says, or, in older ones, the last one that is known of it.

    None where it never was the primary, as far as is known here.
    """
    if said is not None:
        return said if said[1] == author else None
    if key.primary_region == author:
        return key.present_epoch
    led = [(count, region) for count, region, _ in key.chain if region == author]
    return led[-1] if led else None


def is_known(key: Key, epoch: Epoch) -> bool:
    """Whether the epoch has begun, as far as is known here, be it the present one, one before it, or one that lost."""
    return epoch in _known(key)


def leaders(key: Key) -> frozenset[str]:
    """The regions that are, were or have lost the primary, as far as is known here."""
    return frozenset(region for _, region in _known(key))


def _known(key: Key) -> set[Epoch]:
    before = {(count, region) for count, region, _ in key.chain}
    return {key.present_epoch, *before, *(change.claims for change in key.history if change.claims)}
