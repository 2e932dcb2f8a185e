"""The whole suite, in parts side by side: `python -m tests`. With arguments it is pytest, as it is called.

Owns the parts, and what is told at the end: what each has taken, and which tests took longest. What starts regions
waits for processes and for time most of the while, and the other tests compute: one after the other they would leave a
core idle. The output of a part is shown once it has ended.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.measured import FILE, Cost, read_costs

PYTEST = (sys.executable, "-m", "pytest")
MEASURED = (*PYTEST, "-p", "tests.measured", "-p", "tests.spared")
SLOWEST = 10
HALVED = ("tests/faults", "tests/services/region_node")
FAULTS, REGION = (sorted(str(path) for path in Path(directory).rglob("test_*.py")) for directory in HALVED)
NAMED: dict[str, Sequence[str]] = {
    "faults": FAULTS[::2],
    "more faults": FAULTS[1::2],
    "clients": ("tests/clients",),
    "commands": ("tests/services/cli",),
    "a region's code": REGION[::2],
    "more of its code": REGION[1::2],
    "replication": ("tests/replication",),
    "at random": ("tests/properties", "tests/simulation"),
    "runbooks": ("tests/runbooks",),
}
"""What starts whole regions, what runs them in its own process, and what computes long; the last part is all else."""
MINUTES: dict[str, Sequence[str]] = {
    **{f"faults {third + 1} of 3": FAULTS[third::3] for third in range(3)},
    "runbooks": NAMED["runbooks"],
}
"""What takes longest of that which bears the mark `thorough`."""
ELSEWHERE = (*HALVED, *(path for paths in NAMED.values() for path in paths if not path.startswith(HALVED)))
PARTS = {**NAMED, "everything else": tuple(f"--ignore={path}" for path in ELSEWHERE)}


class Ended(NamedTuple):
    """A part that has ended. Times in seconds; computing is that of all its processes that were waited for."""

    name: str
    status: int
    output: bytes
    wall: float
    computing: float
    costs: list[Cost]


def main(arguments: list[str]) -> int:
    """The exit status: that of pytest, or the first of a part that has failed. `--thorough`: what bears that mark."""
    if arguments and arguments != ["--thorough"]:
        return subprocess.call((*PYTEST, *arguments))
    if shutil.which("ps") is None:
        print("the tests of regions look for their processes by ps, which is not here (Debian: apt install procps)")
        return 1
    parts = _thorough_parts() if arguments else PARTS
    print(f"{len(parts)} parts side by side; each is shown once it has ended", flush=True)
    ended = []
    for part in _ended_parts(parts):
        sys.stdout.buffer.write(b"\n== %s\n" % part.name.encode() + part.output)
        sys.stdout.flush()
        ended.append(part)
    print("\n".join(summary(ended)))
    return next((part.status for part in ended if part.status), 0)


def summary(parts: Sequence[Ended]) -> Iterator[str]:
    """What each part has taken, and the tests that took longest."""
    yield f"\n{'part':<18}{'tests':>7}{'wall':>9}{'computing':>11}"
    for part in parts:
        failed = f"  failed ({part.status})" if part.status else ""
        yield f"{part.name:<18}{len(part.costs):>7}{part.wall:>7.0f} s{part.computing:>9.0f} s{failed}"
    tests, computing = sum(len(part.costs) for part in parts), sum(part.computing for part in parts)
    yield f"{'in all':<18}{tests:>7}{max(part.wall for part in parts):>7.0f} s{computing:>9.0f} s"
    yield f"\nthe {SLOWEST} slowest tests: wall, computing"
    for cost in sorted((cost for part in parts for cost in part.costs), reverse=True)[:SLOWEST]:
        yield f"{cost.wall:>7.1f} s{cost.computing:>7.1f} s  {cost.name}"


def _thorough_parts() -> dict[str, Sequence[str]]:
    rest = ("--ignore=tests/faults", *(f"--ignore={path}" for path in NAMED["runbooks"]))
    return {name: ("-m", "thorough", *paths) for name, paths in {**MINUTES, "everything else": rest}.items()}


def _ended_parts(parts: dict[str, Sequence[str]]) -> Iterator[Ended]:
    """The parts in the order in which they end."""
    with TemporaryDirectory() as directory, ThreadPoolExecutor(len(parts)) as threads:
        running = [
            threads.submit(_run, name, paths, Path(directory, str(number)))
            for number, (name, paths) in enumerate(parts.items())
        ]
        yield from (part.result() for part in as_completed(running))


def _run(name: str, paths: Sequence[str], file: Path) -> Ended:
    began, costs = time.monotonic(), file.with_suffix(".costs")
    with file.open("w+b") as output:
        environment = {**os.environ, FILE: str(costs)}
        process = subprocess.Popen((*MEASURED, *paths), stdout=output, stderr=output, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        computing = usage.ru_utime + usage.ru_stime
        return Ended(name, process.returncode, output.read(), time.monotonic() - began, computing, read_costs(costs))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
