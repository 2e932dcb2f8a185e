"""How long a key costs, and how much of it.

Owns what is known of a key's life here, and how many hours of a month it is paid for. Nobody pays for a key that is
scheduled for deletion, nor for an AWS managed one; a deletion that was canceled counts as if there had been none.
Source: see `shared/cost/prices.py`.
"""

from collections.abc import Iterator
from typing import NamedTuple

from shared.cost.month import Month
from shared.cost.prices import Prices
from shared.keys.model import AWS, Key
from shared.keys.times import MILLISECONDS_PER_HOUR, days

KEY = "key"
ROTATION = "rotation"


class KeyLife(NamedTuple):
    """`arn`: of the key in one region; each region of a multi-region key is a key. Times in milliseconds since 1970.

    `rotations`: when the key was rotated. `ended_at`: since when nobody pays for it, None while somebody does.
    """

    arn: str
    account: str
    spec: str
    manager: str
    created_at: int
    rotations: tuple[int, ...] = ()
    ended_at: int | None = None


class Hours(NamedTuple):
    """What is paid for (KEY or ROTATION), and for how many hours."""

    what: str
    hours: int


def life_of(key: Key, arn: str, seen_at: int) -> KeyLife:
    """Of a key that is held here. `seen_at`: when it was looked at, for a primary that waits for its replicas to go."""
    rotations = sorted(material.rotated_at for material in key.materials if material.rotated_at is not None)
    ended_at = None
    if key.deletion is not None:
        due_at = key.deletion.due_at
        ended_at = seen_at if due_at is None else due_at - days(key.deletion.window_days)
    return KeyLife(arn, key.account, key.spec, key.key_manager, key.created_at, tuple(rotations), ended_at)


def paid_hours(life: KeyLife, month: Month, now_hour: int, prices: Prices) -> Iterator[Hours]:
    """What is paid for in the month, up to and with the hour `now_hour`."""
    if life.manager == AWS:
        return
    end = min(month.end, now_hour + 1)
    if life.ended_at is not None:
        end = min(end, -(-life.ended_at // MILLISECONDS_PER_HOUR))
    begun = [(KEY, life.created_at), *((ROTATION, at) for at in life.rotations[: prices.rotations_most])]
    for what, at in begun:
        hours = end - max(month.start, at // MILLISECONDS_PER_HOUR)
        if hours > 0:
            yield Hours(what, hours)
