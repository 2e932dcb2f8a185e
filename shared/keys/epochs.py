"""Who may act as the primary of a multi-region key, and whose word of which time counts.

Owns the one rule behind promotion. An epoch is (count, region); of two the greater one counts, everywhere. What was
said in the present epoch counts, and of each epoch before it what the next one has built on: the records of its primary
up to a number. Everything else that a primary has said is overtaken. The rule rests on the key alone and on where a
record stands, so regions agree in whatever order they adopt. The interleaving it stands against: a primary that was cut
off goes on, a replica is promoted meanwhile, and a third region hears the two in either order.
"""

from collections.abc import Mapping
from typing import TypeAlias

from shared.keys.events import KeySettingsShared
from shared.keys.model import Key

Epoch: TypeAlias = tuple[int, str]


def counts(key: Key, epoch: Epoch, number: int) -> bool:
    """Whether what the primary of `epoch` said in its shared record `number` is in effect."""
    if epoch == key.present_epoch:
        return True
    return any(epoch == (count, region) and number <= last for count, region, last in key.chain)


def epoch_of(author: str, event: object, said: Epoch | None) -> Epoch | None:
    """The epoch in which `author` says `event` in a record of the epoch `said`.

    A record about keys in several epochs leaves it to its events. One that says none at all is of the first epoch,
    whatever became of the key since: what it meant must not hang on what its reader knows already. None where the epoch
    is another region's.
    """
    if isinstance(event, KeySettingsShared) and event.epoch is not None:
        return event.epoch, author
    return (0, author) if said is None else said if said[1] == author else None


def is_known(key: Key, epoch: Epoch, author: str, adopted: Mapping[str, int]) -> bool:
    """Whether `author`, who had `adopted` so much of the others, knew that the epoch has begun.

    That it has begun here is not enough. The interleaving: a region speaks in the epoch that it expects to be handed;
    who adopts the hand-over first would take that for the primary's word, and who adopts it last for nobody's.
    """
    return any(region == author or adopted.get(region, 0) >= number for region, number in _beginnings(key, epoch))


def _beginnings(key: Key, epoch: Epoch) -> list[tuple[str, int]]:
    """The records, as (region, number), any of which tells of the epoch; none where it is not known here.

    That which began it, as long as it is remembered. Then everybody has it, and what the epoch has built on is enough.
    """
    if begun := [(change.origin, change.number) for change in key.history if change.claims == epoch]:
        return begun
    line = [*((count, region) for count, region, _ in key.chain), key.present_epoch]
    if epoch == line[0]:
        return [(epoch[1], 0)]
    return [built_on[1:] for built_on, follower in zip(key.chain, line[1:], strict=True) if follower == epoch]


def leaders(key: Key) -> frozenset[str]:
    """The regions that are, were or have lost the primary, as far as is known here."""
    return frozenset(region for _, region in _known(key))


def _known(key: Key) -> set[Epoch]:
    before = {(count, region) for count, region, _ in key.chain}
    return {key.present_epoch, *before, *(change.claims for change in key.history if change.claims)}
