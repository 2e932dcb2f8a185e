"""The commands of the simulation: `python -m tests.simulation seeds FIRST COUNT`, and `... mutants`.

Owns what they print. Seeds are lived on all cores; a violation ends the run with the one command that shows it again,
and how few of the world's commands it needs.
"""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.campaign import violation
from tests.simulation.shrinking import shortest

SEEDS_EACH = 25
"""Seeds that a process takes at once."""


def main(arguments: list[str]) -> int:
    match arguments:
        case ["seeds", first, count]:
            return _seeds(int(first), int(count))
        case ["mutants"]:
            from tests.simulation.catching import print_table  # it patches what the seeds must find unpatched

            return print_table()
    print(__doc__)
    return 2


def _seeds(first: int, count: int) -> int:
    """The exit status."""
    began, done, found = time.monotonic(), 0, list[tuple[int, str]]()
    blocks = [range(start, min(start + SEEDS_EACH, first + count)) for start in range(first, first + count, SEEDS_EACH)]
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        for block, violations in zip(blocks, processes.map(_violations, blocks), strict=True):
            done, found = done + len(block), [*found, *violations]
            _show(f"{done} of {count} seeds, {done / (time.monotonic() - began):.0f} a second, {len(found)} violations")
            if found:
                processes.shutdown(cancel_futures=True)
                break
    print()
    for seed, text in found:
        print(text, _again(seed), sep="\n")
    print(f"{done} seeds, {len(found)} violations")
    return 1 if found else 0


def _violations(seeds: range) -> list[tuple[int, str]]:
    return [(seed, text) for seed in seeds if (text := violation(seed)) is not None]


def _again(seed: int) -> str:
    commands, of_all = shortest(seed)
    return f"again: make simulate SEED={seed}   (the first {commands} of its {of_all} commands are enough)"


def _show(progress: str) -> None:
    print(f"\r{progress}" if sys.stdout.isatty() else progress, end="" if sys.stdout.isatty() else "\n", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
