"""Runs of `keytide up` that a test may break as it likes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

from tests.running import TWO_REGIONS, Running, wait_until

Start = Callable[..., Running]


class Standing:
    """A run of two regions that the tests of a file break in turn. What one leaves has to be whole for the next."""

    def __init__(self, directory: Path) -> None:
        self.run = Running(directory, TWO_REGIONS)

    def again(self) -> Running:
        """The run after the present one, which has ended."""
        self.run.close()
        self.run = self.run.again()
        return self.run.ready()

    def made_whole(self) -> "Standing":
        """Start it again where a test has ended it, and wait until both regions are ready."""
        if self.run.process.poll() is not None:
            self.again()
        wait_until(lambda: {*healthz(self.run).values()} == {"ready"}, "both regions are ready")
        return self


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


@pytest.fixture(scope="module")
def standing_of_the_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    standing = Standing(tmp_path_factory.mktemp("standing") / "keytide")
    try:
        standing.run.ready()
        yield standing
    finally:
        standing.run.close()


@pytest.fixture
def standing(standing_of_the_file: Standing) -> Standing:
    """The file's run, whole. A start takes seconds of computing: who breaks what is started again can do without."""
    return standing_of_the_file.made_whole()


def healthz(run: Running) -> dict[str, str]:
    """What the front door says of each region."""
    regions: dict[str, str] = urllib3.request("GET", f"{run.door}/healthz", retries=False).json()["regions"]
    return regions
