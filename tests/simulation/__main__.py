"""The commands of the simulation: `python -m tests.simulation seeds FIRST COUNT`, and `... mutants`."""

import sys

from tests.simulation.running import Run


def main(arguments: list[str]) -> int:
    match arguments:
        case ["seeds", first, count]:
            return Run(int(first), int(count)).run()
        case ["mutants"]:
            from tests.simulation.catching import print_table  # it patches what the seeds must find unpatched

            return print_table()
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
