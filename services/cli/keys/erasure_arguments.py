"""The arguments of `keytide erasure`: one table, apart from the work."""

from argparse import ArgumentParser
from collections.abc import Mapping

from services.cli.actions import Action, add_actions
from services.cli.arguments import json_argument, region_argument
from services.cli.operator_arguments import AUTHORITY, account_id


def erasure_arguments(parser: ArgumentParser) -> None:
    add_actions(parser, ACTIONS, AUTHORITY)


def _status(parser: ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("key", nargs="?", metavar="KEY", help="a key id or key ARN, or another name that is listed")
    which.add_argument("--account", type=account_id, metavar="ACCOUNT", help="everything of this account")
    which.add_argument("--all", action="store_true", help="what is erased, too (default: what waits)")
    region_argument(parser)
    json_argument(parser)


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
