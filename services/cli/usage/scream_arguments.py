"""The arguments of `keytide scream`: one table, apart from the work."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping

from services.cli.actions import Action, add_actions
from services.cli.arguments import json_argument
from services.cli.operator_arguments import AUTHORITY, region
from shared.keys.scream_events import MINUTES_MOST, PERCENT_MOST

FROM_PERCENT, TO_PERCENT, MINUTES = 5, 50, 30


def scream_arguments(parser: ArgumentParser) -> None:
    add_actions(parser, ACTIONS, AUTHORITY)


def _start(parser: ArgumentParser) -> None:
    _key(parser)
    first, last = f"how many fail at first (default: {FROM_PERCENT}%%)", f"and at last (default: {TO_PERCENT}%%)"
    _share(parser, "from", FROM_PERCENT, first)
    _share(parser, "to", TO_PERCENT, last)
    minutes = f"until it ends by itself (default: {MINUTES})"
    parser.add_argument("--minutes", type=_minutes, default=MINUTES, help=minutes)


def _share(parser: ArgumentParser, name: str, default: int, told: str) -> None:
    parser.add_argument(
        f"--{name}", dest=f"{name}_percent", type=_percent, default=default, metavar="PERCENT", help=told
    )


def _key(parser: ArgumentParser) -> None:
    parser.add_argument("key", metavar="KEY", help="a key's id or ARN")
    parser.add_argument("--region", type=region, help="where, unless the ARN says it")
    parser.add_argument("--all-regions", action="store_true", help="in every region of the key that is operated here")


def _status(parser: ArgumentParser) -> None:
    parser.add_argument("key", nargs="?", metavar="KEY", help="a key's id or ARN (default: every key)")
    parser.add_argument("--region", type=region, help="only there (default: all)")
    json_argument(parser)


def _percent(text: str) -> int:
    digits = text.removesuffix("%")
    if not digits.isdecimal() or not 1 <= int(digits) <= PERCENT_MOST:
        raise ArgumentTypeError(f"must be from 1% to {PERCENT_MOST}%, not {text!r}")
    return int(digits)


def _minutes(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MINUTES_MOST:
        raise ArgumentTypeError(f"must be from 1 to {MINUTES_MOST}, not {text!r}")
    return int(text)


ACTIONS: Mapping[str, Action] = {
    "start": Action(
        "services.cli.usage.scream:start",
        "have a growing share of the calls that use a key fail, before it is deleted",
        _start,
        "It ends by itself. Whoever is hit is told so, and how to stop it.",
    ),
    "status": Action("services.cli.usage.scream:status", "which tests run or ran, and whom they have hit", _status),
    "stop": Action("services.cli.usage.scream:stop", "end it at once", _key),
}
