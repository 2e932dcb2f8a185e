"""docs/containers.md does what it says: every command of the page, in its order, on a machine with an empty engine."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.composed import Composed, require_docker
from tests.runbooks.console import Command, steps_of
from tests.runbooks.shell import Shell, as_shown
from tests.running import ALONE, ROOT

LONGEST_SECONDS = 600
"""For `up`, which builds the image."""

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """In an empty folder, in which the page's files are made."""
    require_docker()
    Composed().remove()
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    opened = Shell(
        tmp_path,
        {**os.environ, **ALONE, "PATH": path, "COMPOSE_FILE": str(ROOT / "docker-compose.yml")},
        LONGEST_SECONDS,
    )
    try:
        yield opened
    finally:
        opened.close()
        Composed().remove()


def test_the_page_is_typed_from_its_beginning_to_its_end(shell: Shell) -> None:
    commands = [step for step in steps_of(ROOT / "docs/containers.md") if isinstance(step, Command)]
    assert len(commands) > 10
    for command in commands:
        ended = shell.run(command.text)
        assert as_shown(command, ended), (
            f"line {command.line}: {command.text}\nended with {ended.status}: {ended.output}"
        )
