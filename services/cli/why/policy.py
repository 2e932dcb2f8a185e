"""`keytide policy COMMAND`: the table of its commands."""

import importlib
from argparse import Namespace
from collections.abc import Callable, Mapping

_MODULES: Mapping[str, str] = {"lint": "services.cli.why.policy_lint", "replay": "services.cli.why.policy_replay"}


def main(arguments: Namespace) -> int:
    """The exit status of the command."""
    entry: Callable[[Namespace], int] = importlib.import_module(_MODULES[arguments.policy_command]).main
    return entry(arguments)
