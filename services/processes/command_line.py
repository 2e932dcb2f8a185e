"""The command line and the environment with which a process starts another.

Owns that a `keytide` is this very installation, whatever the working directory holds, and that the root's passphrase,
or where it is read, reaches the processes that open a region's keys and no other.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

PASSPHRASE_VARIABLE = "KEYTIDE_ROOT_PASSPHRASE"  # noqa: S105 - the name of a variable
PASSPHRASE_FILE_VARIABLE = "KEYTIDE_ROOT_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable


def keytide_arguments(*arguments: str) -> tuple[str, ...]:
    """The whole command line; `-P` keeps the working directory out of what Python imports from."""
    return (sys.executable, "-P", "-m", "services.cli", *arguments)


def keytide_environment(*, opens_keys: bool) -> Mapping[str, str]:
    """This process's environment, with the root of this code where Python finds it."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    inherited = dict(os.environ) if opens_keys else bare_environment()
    return {**inherited, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


def bare_environment() -> Mapping[str, str]:
    """This process's environment without the passphrase: for every process that opens no keys."""
    withheld = {PASSPHRASE_VARIABLE, PASSPHRASE_FILE_VARIABLE}
    return {name: value for name, value in os.environ.items() if name not in withheld}
