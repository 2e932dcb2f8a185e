"""Runs of `keytide up` that a test may break as it likes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.running import TWO_REGIONS, Running

Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a run of two regions and waits until it is ready; given a run, starts that one again."""
    runs: list[Running] = []

    def begin(before: Running | None = None, *arguments: str, directory: Path = tmp_path / "keytide") -> Running:
        run = Running(directory, TWO_REGIONS, *arguments) if before is None else before.again()
        runs.append(run)
        return run.ready()

    yield begin
    for run in runs:
        run.close()
