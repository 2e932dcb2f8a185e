"""The arguments of `keytide node`: to serve as one, and to have others beside it."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING

from services.cli.node.run_arguments import run_arguments
from services.strict_settings import SettingsError

if TYPE_CHECKING:
    from services.region_node.settings.settings import Address

SERVE = "serve"
ACTIONS = (SERVE, "run", "token", "join", "list", "remove")
TOKEN_HOURS = 1
LONGEST_TOKEN_HOURS = 7 * 24
"""Whoever finds a token that is good may take the region's keys with it."""
_MORE = (
    "token: make a token by which one node may join the region, once. join TOKEN: make a node in --directory that "
    "belongs to the region. list: the region's nodes. remove NAME: take a node out of the region, for ever. serve "
    "(started by up): run the node in --directory. run: the same, and make what the directory lacks."
)


def node_arguments(parser: ArgumentParser) -> None:
    parser.epilog = _MORE
    parser.add_argument("action", nargs="?", choices=ACTIONS, default=SERVE)
    parser.add_argument("subject", nargs="?", metavar="TOKEN|NAME")
    parser.add_argument("--region", help="which one")
    parser.add_argument(
        "--directory", type=Path, help="that of keytide up or of one node; for join and serve the node's"
    )
    parser.add_argument("--life-line", type=int, metavar="FD", help="an inherited pipe; its end ends this process")
    hours = f"that a token is good for, {TOKEN_HOURS} to {LONGEST_TOKEN_HOURS} ({TOKEN_HOURS})"
    parser.add_argument("--hours", type=_hours, default=TOKEN_HOURS, help=hours)
    parser.add_argument("--name", default="node-2", help="of the node that joins: new in its region (node-2)")
    for name, what in (("api", "clients"), ("feed", "peer regions"), ("channel", "the region's other nodes")):
        parser.add_argument(f"--{name}", type=_address, metavar="HOST:PORT", help=f"where {what} reach it (join)")
    parser.add_argument("--workers", type=int, default=1, help="API processes of the node that joins (1)")
    run_arguments(parser)


def _hours(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LONGEST_TOKEN_HOURS):
        raise ArgumentTypeError(f"must be hours, 1 to {LONGEST_TOKEN_HOURS}, not {text!r}")
    return int(text)


def _address(text: str) -> "Address":
    from services.region_node.settings.settings import Address  # a region's code, which no other command is to load

    host, _, port = text.rpartition(":")
    try:
        return Address(host, int(port))
    except (ValueError, SettingsError):
        raise ArgumentTypeError(f"must be HOST:PORT, not {text!r}") from None
