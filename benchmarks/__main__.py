"""`make bench`: the table of benchmarks, and what machine they ran on.

Owns the command line: `python -m benchmarks [NAME ...] [--quick]`.
"""

import argparse
import os
import platform
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import audit, audit_trail, authorization, operations, rebuild, replication, restart, serving

BENCHMARKS: Mapping[str, Callable[[bool], None]] = {
    "serving": lambda quick: serving.run(seconds=1 if quick else 4),
    "operations": lambda quick: operations.run(seconds=3 if quick else 10),
    "audit": lambda quick: audit.run(seconds=2 if quick else 5),
    "authorization": lambda quick: authorization.run(rounds=3 if quick else 15),
    "rebuild": lambda quick: rebuild.run(50_000 if quick else 1_000_000),
    "restart": lambda quick: restart.run(50_000 if quick else 1_000_000),
    "audit-trail": lambda quick: audit_trail.run(100_000 if quick else 10_000_000),
    "replication": lambda quick: replication.run(30 if quick else 300, ("embedded", "kafka")),
}


def machine() -> str:
    """One line: processor, cores, memory, versions."""
    models = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal:")), 0)
    system = f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}"
    return (
        f"{models[0] if models else platform.processor()}, {os.cpu_count()} cores, {memory / 2**20:.0f} GiB, {system}"
    )


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure, against baselines.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHMARKS)} (all)")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHMARKS):
        parser.error(f"no benchmark is named {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    print(f"machine: {machine()}")
    for name in given.names or BENCHMARKS:
        BENCHMARKS[name](given.quick)


if __name__ == "__main__":
    main()
