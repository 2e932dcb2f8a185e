"""Fewer commands that still show a violation.

Owns the search. A world with fewer commands is the beginning of the same world, which then heals: so the count is
halved towards the least that fails. Another violation is as good.
"""

from tests.simulation.campaign import WORLDS, violation, world_of


def shortest(seed: int) -> tuple[int, int]:
    """How many commands are enough, and how many there are. The seed must fail."""
    of_all = WORLDS[world_of(seed)](seed).many
    least, most = 1, of_all
    while least < most:
        middle = (least + most) // 2
        if violation(seed, middle) is None:
            least = middle + 1
        else:
            most = middle
    return most, of_all
