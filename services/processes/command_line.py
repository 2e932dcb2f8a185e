"""The command line with which one `keytide` starts another.

Owns that it is this very installation, whatever the working directory holds.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def keytide_arguments(*arguments: str) -> tuple[str, ...]:
    """The whole command line; `-P` keeps the working directory out of what Python imports from."""
    return (sys.executable, "-P", "-m", "services.cli", *arguments)


def keytide_environment() -> Mapping[str, str]:
    """This process's environment, with the root of this code where Python finds it."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}
