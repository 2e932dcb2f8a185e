"""The arguments of `keytide erasure`: one table, apart from the work.

Owns how the name of a key is read.
"""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from typing import NamedTuple

from services.cli.actions import Action, add_actions
from services.cli.arguments import json_argument, region_argument
from services.cli.operator_arguments import AUTHORITY, account_id
from shared.identifiers import ACCOUNT_PATTERN, ALIAS_PREFIX

ARN_PARTS = 6


class Named(NamedTuple):
    """`account`: None where only an id was given, which is looked for in every account."""

    account: str | None
    name: str


def erasure_arguments(parser: ArgumentParser) -> None:
    add_actions(parser, ACTIONS, AUTHORITY)


def _status(parser: ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    of_one = "a key id or key ARN, or another name that is listed: erased, or alive, or unknown (status 2)"
    which.add_argument("key", nargs="?", type=named, metavar="KEY", help=of_one)
    which.add_argument("--account", type=account_id, metavar="ACCOUNT", help="everything of this account")
    which.add_argument("--all", action="store_true", help="what is erased, too (default: what waits)")
    region_argument(parser)
    json_argument(parser)


def named(text: str) -> Named:
    """Errors: ArgumentTypeError, also for an alias: it goes with its key, or names another one by now."""
    if not text:
        raise ArgumentTypeError("no key is named: the name is empty")
    parts = text.split(":", ARN_PARTS - 1)
    account = parts[4] if text.startswith("arn:") and len(parts) == ARN_PARTS else None
    if parts[-1].startswith(ALIAS_PREFIX):
        raise ArgumentTypeError(f"an alias goes with its key: name the key by its id or its ARN, not {text!r}")
    if account is not None and ACCOUNT_PATTERN.fullmatch(account) is None:
        raise ArgumentTypeError(f"it is no ARN of a key: {text!r}")
    return Named(account, text.rpartition("/")[2])


ACTIONS: Mapping[str, Action] = {
    "status": Action(
        "services.cli.keys.erasure:status",
        "what was destroyed, whether it is erased, and what stands in the way",
        _status,
        "Read from the regions' states, whether they run or not. A multi-region key is erased once every region that "
        "held it says so.",
    ),
    "advance": Action(
        "services.cli.keys.erasure:advance",
        "exchange the keys that destroyed secrets rest on, without waiting for the time",
        region_argument,
        "Everything live in the same buckets is wrapped again.",
    ),
}
