"""Commands below a command, as in `keytide account list`.

Owns how a table of them becomes arguments, and which of them runs.
"""

import importlib
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from typing import NamedTuple

from services.cli.arguments import directory_argument


class Action(NamedTuple):
    """One row of such a table. `entry` is `module:function`; it takes the arguments and returns the exit status.

    `help` is its line in the list of actions; `more` follows where it is asked for alone.
    """

    entry: str
    help: str
    add_arguments: Callable[[ArgumentParser], None]
    more: str = ""


def add_actions(parser: ArgumentParser, actions: Mapping[str, Action], epilog: str) -> None:
    """Each takes `--directory`, too."""
    parser.epilog = epilog
    commands = parser.add_subparsers(dest="action", required=True, metavar="COMMAND")
    for name, action in actions.items():
        description = f"{action.help[:1].upper()}{action.help[1:]}. {action.more}".strip()
        below = commands.add_parser(name, help=action.help, description=description, epilog=epilog)
        action.add_arguments(below)
        directory_argument(below)
        below.set_defaults(entry=action.entry)


def main(arguments: Namespace) -> int | None:
    """Run the action that was named."""
    module, _, function = arguments.entry.partition(":")
    entry: Callable[[Namespace], int | None] = getattr(importlib.import_module(module), function)
    return entry(arguments)
