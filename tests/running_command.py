"""The command `keytide` beside a run, as its operator gives it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.running import Running, child_environment


def command(
    run: Running, *words: str, standard_input: str | None = None, directory: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """The command's end, whatever its status is. `directory`: another than the run's."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "services.cli", *words, "--directory", str(directory or run.directory)],
        env=child_environment(),
        input=standard_input,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


def done(run: Running, *words: str, standard_input: str | None = None) -> str:
    """What it says, where it succeeds."""
    ended = command(run, *words, standard_input=standard_input)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def listed(run: Running, *words: str) -> Any:
    return json.loads(done(run, *words, "--json"))
