"""The arguments of `keytide promote` and `keytide overtaken`, apart from the work."""

from argparse import ArgumentParser
from collections.abc import Mapping

from services.cli.actions import Action, add_actions
from services.cli.arguments import directory_argument, json_argument
from services.cli.operator_arguments import AUTHORITY, account_id, force_argument, key_name, region, wait_argument

PROMOTE_STATUS = (
    "It ends with 0 once every key that can be promoted has its primary there, also where nothing was left to do; keys "
    "that cannot be are listed with the reason, and make it 1 only where KEY is the one. It ends with 1 without "
    "--force, and where a key that can be promoted is not: give it again, it goes on with what is left."
)


def promote_arguments(parser: ArgumentParser) -> None:
    """`keytide promote`."""
    parser.epilog = f"{PROMOTE_STATUS} {AUTHORITY} What it means: docs/promotion.md."
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("key", nargs="?", type=key_name, metavar="KEY", help="one key's id or ARN")
    which.add_argument("--account", type=account_id, metavar="ID", help="every key of the account")
    which.add_argument("--all", action="store_true", help="every key whose primary is in the lost region")
    parser.add_argument("--from", dest="former", type=region, metavar="REGION", help="the lost region (with --all)")
    parser.add_argument("--region", type=region, required=True, help="which region becomes the primary's")
    parser.add_argument("--even-though-it-answers", action="store_true", help="although the primary's region is heard")
    parser.add_argument("--without-the-tail", action="store_true", help="do not wait for what other regions know")
    wait_argument(parser)
    force_argument(parser)
    directory_argument(parser)


def overtaken_arguments(parser: ArgumentParser) -> None:
    """`keytide overtaken`."""
    add_actions(parser, _ACTIONS, AUTHORITY)


def _list(parser: ArgumentParser) -> None:
    _asked(parser)
    json_argument(parser)


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("change", metavar="ID", help="as keytide overtaken list calls it")
    _asked(parser)


def _asked(parser: ArgumentParser) -> None:
    parser.add_argument("--region", type=region, help="which region is asked (default: the first that answers)")


_ACTIONS: Mapping[str, Action] = {
    "list": Action(
        "services.cli.promotion.overtaken:show", "what promotions have overtaken and nobody has settled", _list
    ),
    "redo": Action(
        "services.cli.promotion.overtaken:redo",
        "decide the same change anew at the present primary",
        _one,
        "It is refused for what a client's request would be refused for.",
    ),
    "drop": Action("services.cli.promotion.overtaken:drop", "let it go, for every region", _one, "This is recorded."),
}
