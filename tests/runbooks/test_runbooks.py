"""The runbooks do what they say: every command of every page, against real regions.

Owns the table of pages. They are one walk, since an upgrade needs a deployment, and a restore something to lose.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runbooks.console import Command, File, steps_of
from tests.runbooks.machines import Machine, Machines
from tests.runbooks.shell import Ended, as_shown
from tests.running import ROOT
from tests.thoroughness import in_full_only

FOLDER = ROOT / "docs/runbooks"
WALK = ("deployment.md", "upgrade.md", "failover.md", "restore.md")
"""In this order, on the same machines."""
WITHOUT_COMMANDS = ("README.md",)


@pytest.fixture
def machines() -> Iterator[Machines]:
    made = Machines()
    yield made
    made.close()


def test_every_page_is_run() -> None:
    assert {page.name for page in FOLDER.iterdir()} == {*WALK, *WITHOUT_COMMANDS}
    for name in WALK:
        assert len(steps_of(FOLDER / name)) > 10, name
    for name in WITHOUT_COMMANDS:
        assert steps_of(FOLDER / name) == []


@in_full_only
@pytest.mark.timeout(1800)
def test_a_deployment_is_upgraded_fails_over_and_is_restored_by_the_commands_of_its_pages(machines: Machines) -> None:
    for name in WALK:
        for step in steps_of(FOLDER / name):
            assert [*unlike_the_page(machines, FOLDER / name, step)] == []


def unlike_the_page(machines: Machines, page: Path, step: Command | File) -> Iterator[str]:
    """Do it; what does not end as the page shows."""
    if isinstance(step, File):
        machines.place(step)
        return
    for machine, ended in machines.run(step):
        if not as_shown(step, ended):
            yield told(page, step, machine, ended)


def told(page: Path, step: Command, machine: Machine, ended: Ended) -> str:
    return f"{page.name}:{step.line} {machine.name}$ {step.text}\nended with {ended.status}:\n{ended.output}"
