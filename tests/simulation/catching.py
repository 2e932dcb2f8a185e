"""How many seeds it takes to catch a planted bug.

Owns the count and its table. From each of several first seeds on, seeds are lived with the bug in place until one is
violated; the median says what to expect of a bug of that kind.
"""

import os
import re
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import count, islice
from statistics import median
from typing import NamedTuple

from tests.simulation.campaign import WORLDS, violation, world_of
from tests.simulation.mutants import MUTANTS

FIRST_SEEDS = (0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000)
SEEDS_MOST = 500
"""Of a bug that one life in a hundred and twenty shows, one first seed in a hundred takes more."""


class Caught(NamedTuple):
    """`seeds`: how many were lived, of the worlds in which the bug can show; None where that many have not caught it.

    `by`: the invariant that did not hold.
    """

    seeds: int | None
    by: str = ""


def catch(name: str, first: int = 0, most: int = SEEDS_MOST) -> Caught:
    worlds = MUTANTS[name].worlds or WORLDS
    seeds = islice((seed for seed in count(first) if world_of(seed) in worlds), most)
    with MUTANTS[name].plant():
        for lived, seed in enumerate(seeds, start=1):
            if text := violation(seed):
                return Caught(lived, _invariant(text))
    return Caught(None)


def _invariant(text: str) -> str:
    """What was violated: the last that the text says."""
    found = re.findall(r"invariant (\d+, \w+)", text)
    return found[-1] if found else "nobody comes to rest"


def print_table() -> int:
    """The exit status: 1 where a bug is not caught."""
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        caught = {name: [processes.submit(catch, name, first) for first in FIRST_SEEDS] for name in MUTANTS}
        print("| Planted bug | Seeds to catch, median (most) | Mostly by invariant |\n|-|-|-|")
        lost = [name for name, futures in caught.items() if not _row(name, [future.result() for future in futures])]
    print(f"{len(MUTANTS)} planted bugs, {len(lost)} not caught {', '.join(lost)}")
    return 1 if lost else 0


def _row(name: str, all_caught: list[Caught]) -> bool:
    """Print one bug's row; whether it was caught from every first seed."""
    counts = [caught.seeds or SEEDS_MOST + 1 for caught in all_caught]
    (by, _), *_ = Counter(caught.by for caught in all_caught).most_common(1)
    most = max(counts) if max(counts) <= SEEDS_MOST else f"over {SEEDS_MOST}"
    print(f"| `{name}`: {MUTANTS[name].says} | {median(counts):g} ({most}) | {by} |", flush=True)
    return max(counts) <= SEEDS_MOST
