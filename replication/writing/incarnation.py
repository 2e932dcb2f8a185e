"""The number of an author's life: every life of a node in a partition has a greater one than those before it.

Owns how it is drawn. What an earlier life still has under way counts no more once a later one has opened, so no two may
have the same number, and none may come late with a greater one and be believed.
"""

from collections.abc import Callable

CHANCE_BYTES = 2
"""A number that the clock does not make greater is greater by at most a minute's milliseconds."""


def next_incarnation(latest: int, now: int, random_bytes: Callable[[int], bytes]) -> int:
    """A number greater than `latest`, all that is known of this node. `now`: integer milliseconds.

    The clock keeps it fresh even where the log was rolled back. Where the clock is behind, chance does: an opening of
    an earlier life may be under way, unseen, and two with one number would be a fork.
    """
    return max(latest + 1 + int.from_bytes(random_bytes(CHANCE_BYTES), "big"), now)
