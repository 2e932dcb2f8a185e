"""What happens when a replica makes itself the primary, because the primary's region is not to be reached.

Owns that decision, and the one that settles what it has overtaken. It is the operator's, not a client's: the primary
may still be at work somewhere, and what it does there from now on is overtaken.
"""

from typing import NamedTuple

from shared.decision import Decision, StateView
from shared.errors import InvalidKeyState
from shared.events import KeyPromoted, OvertakenSettled
from shared.keys.commands import KeyName
from shared.keys.decide_primary import primary_key, recorded
from shared.keys.errors import NothingOvertaken, NotPromotable
from shared.keys.history import overtaken, regions_of
from shared.keys.lookup import arn_of, held_key
from shared.keys.model import Key, SharedChange
from shared.keys.settling import first_with
from shared.keys.whole import encode_whole


class PromoteKey(NamedTuple):
    """`former_region`: whose key it is to build on; `built_on`: number and hash of the last of its records here.

    `unheard`: the regions that could not be asked whether they have adopted more of it.
    """

    key: KeyName
    former_region: str
    built_on: tuple[int, bytes]
    unheard: tuple[str, ...] = ()


class SettleOvertaken(NamedTuple):
    """What `region` has shared under `number`. `done_again`: decided anew before; else it is dropped."""

    key: KeyName
    region: str
    number: int
    done_again: bool


def promotable(view: StateView, name: KeyName) -> Key:
    """The key, if its replica here may be promoted.

    Errors: NotFound; NotPromotable; InvalidKeyState for one that is to be deleted.
    """
    key = held_key(view, name)
    if not key.is_multi_region:
        raise NotPromotable(f"{arn_of(name)} is a single-Region key: it has no other region.")
    if key.primary_region == name.region:
        raise NotPromotable(f"{arn_of(name)} is the multi-region primary key already.")
    if name.region not in key.replica_regions:
        raise NotPromotable(f"{arn_of(name)} was made by a change that is overtaken: the key's regions do not know it.")
    if key.deletion is not None:
        raise InvalidKeyState(f"{arn_of(name)} is pending deletion.")
    return key


def promote_key(command: PromoteKey, view: StateView) -> Decision:
    """Errors: those of `promotable`; NotPromotable where another region is the primary by now."""
    key = promotable(view, command.key)
    if key.primary_region != command.former_region:
        raise NotPromotable(f"The primary of {arn_of(command.key)} is in {key.primary_region} by now.")
    number, digest = command.built_on
    promoted = KeyPromoted(
        key.account,
        key.key_id,
        command.key.region,
        key.epoch + 1,
        command.former_region,
        number,
        digest,
        encode_whole(recorded(view, key), regions_of(key)),
        command.unheard,
    )
    return Decision((promoted,), (promoted,), answer=key.key_id)


def overtaken_change(view: StateView, name: KeyName, region: str, number: int) -> SharedChange:
    """What is overtaken and not settled. It is the primary's to settle.

    Errors: NotFound, UnsupportedOperation where the primary is not here; NothingOvertaken.
    """
    key = primary_key(view, name)
    for change in overtaken(key):
        if (change.origin, change.number) == (region, number):
            return change
    raise NothingOvertaken(f"No overtaken change {number} of {region} is open for {arn_of(name)}.")


def settle_overtaken(command: SettleOvertaken, view: StateView) -> Decision:
    """Errors: those of `overtaken_change`."""
    change = overtaken_change(view, command.key, command.region, command.number)
    name = command.key
    first = first_with(primary_key(view, name), change)
    since = 0 if first == change.number else first
    settled = OvertakenSettled(name.account, name.key_id, change.origin, change.number, command.done_again, since)
    return Decision((settled,), (settled,))
