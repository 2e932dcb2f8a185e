"""What each test of a run has cost: a plugin of pytest's, which `python -m tests` loads into every part.

Owns the file of costs, one line a test: seconds of the clock, seconds of computing, the test's name. The computing of
child processes counts once they have been waited for; that of processes which were killed with their parent does not.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

FILE: Final = "KEYTIDE_TEST_COSTS"
"""The environment variable that names the file."""


class Cost(NamedTuple):
    """What one test has taken, its fixtures included, in seconds."""

    wall: float
    computing: float
    name: str


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    began, computed = time.monotonic(), _computed()
    result = yield
    with Path(os.environ[FILE]).open("a") as costs:
        costs.write(f"{time.monotonic() - began:.3f}\t{_computed() - computed:.3f}\t{item.nodeid}\n")
    return result


def read_costs(file: Path) -> list[Cost]:
    """Those in the file; none where a run has ended before its first test."""
    lines = file.read_text().splitlines() if file.exists() else []
    fields = (line.split("\t", 2) for line in lines)
    return [Cost(float(wall), float(computing), name) for wall, computing, name in fields]


def _computed() -> float:
    return sum(os.times()[:4])
