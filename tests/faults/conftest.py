"""Runs of `keytide up` that a test may break as it likes."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import urllib3

from tests.running import TWO_REGIONS, Running, wait_until

Start = Callable[..., Running]


class Standing:
    """A run that the tests of a file break in turn. What one leaves has to be whole for the next."""

    def __init__(self, directory: Path, regions: Sequence[str], arguments: Sequence[str]) -> None:
        self.run = Running(directory, regions, *arguments)

    def again(self) -> Running:
        """The run after the present one, which has ended."""
        self.run.close()
        self.run = self.run.again()
        return self.run.ready()

    def made_whole(self) -> "Standing":
        """Start it again where a test has ended it, and wait until its regions are ready."""
        if self.run.process.poll() is not None:
            self.again()
        wait_until(lambda: {*healthz(self.run).values()} == {"ready"}, "the regions are ready")
        return self


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a run (of two regions) and waits until it is ready; given a run, starts that one again."""
    runs: list[Running] = []

    def begin(
        before: Running | None = None,
        *arguments: str,
        directory: Path = tmp_path / "keytide",
        regions: Sequence[str] = TWO_REGIONS,
    ) -> Running:
        run = Running(directory, regions, *arguments) if before is None else before.again()
        runs.append(run)
        return run.ready()

    yield begin
    for run in runs:
        run.close()


@pytest.fixture(scope="module")
def standing_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Standing]:
    """Of the file's `STANDING` regions (two, where it has no such name), with its `STANDING_ARGUMENTS`."""
    regions = getattr(request.module, "STANDING", TWO_REGIONS)
    arguments = getattr(request.module, "STANDING_ARGUMENTS", ())
    standing = Standing(tmp_path_factory.mktemp("standing") / "keytide", regions, arguments)
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
