"""`keytide drill` against the regions of docker-compose.yml, as a person calls it."""

import subprocess
from typing import Final

from services.processes.command_line import keytide_arguments, keytide_environment
from tests.running import ROOT

SECONDS: Final = "5"
RECOVERY_SECONDS: Final = "200"
"""On a machine that does more than this."""


def drill(scenario: str, *words: str) -> "subprocess.CompletedProcess[str]":
    command = keytide_arguments("drill", scenario, "--against", "compose", "--yes", *words)
    environment = keytide_environment(opens_keys=False)
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=500)


def passed_drill(scenario: str, *words: str) -> None:
    """Raises AssertionError with what the drill has said where it did not pass."""
    ended = drill(scenario, "--seconds", SECONDS, "--recovery-time", RECOVERY_SECONDS, *words)
    assert ended.returncode == 0, ended.stdout + ended.stderr
