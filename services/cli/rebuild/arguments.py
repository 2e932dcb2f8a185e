"""The arguments of `keytide rebuild`, apart from the work."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path

from services.cli.actions import Action, add_actions
from services.cli.arguments import json_argument
from services.cli.operator_arguments import force_argument, region

WALK = "The walk through a rebuild, and what it cannot bring back: docs/rebuild.md."


def rebuild_arguments(parser: ArgumentParser) -> None:
    """`keytide rebuild`."""
    add_actions(parser, _ACTIONS, WALK)


def _begin(parser: ArgumentParser) -> None:
    parser.add_argument("--region", type=region, required=True, help="the region that has lost everything")
    parser.add_argument(
        "--settings", type=Path, metavar="FILE", help="its node.json (default: as keytide up makes it in --directory)"
    )
    parser.add_argument(
        "--former-card",
        type=Path,
        metavar="FILE",
        help="the lost region's card, as any peer keeps it in peers/ (default: what the peers in --directory believe)",
    )
    parser.add_argument(
        "--peer-card",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a peer's card, for every one that is not in --directory; may be repeated",
    )


def _admit(parser: ArgumentParser) -> None:
    parser.add_argument("lost", type=region, metavar="LOST", help="the region that is built anew")
    parser.add_argument("--region", type=region, required=True, help="whose operator you are: one of its peers")
    parser.add_argument(
        "--card",
        type=Path,
        metavar="FILE",
        help="the card that rebuild begin has made (default: --directory's)",
    )
    parser.add_argument("--even-though-it-answers", action="store_true", help="although the lost region is heard")
    parser.add_argument("--without-the-tail", action="store_true", help="although another region has more of it")
    force_argument(parser)


def _show(parser: ArgumentParser) -> None:
    parser.add_argument("--region", type=region, help="the rebuilt region (default: all)")
    json_argument(parser)


_ACTIONS: Mapping[str, Action] = {
    "begin": Action(
        "services.cli.rebuild.rebuild:begin",
        "make a lost region's directory anew: identity, root and keys",
        _begin,
        "Nothing that is there is touched. --directory is that of keytide up, or with the other options the region's.",
    ),
    "admit": Action(
        "services.cli.rebuild.rebuild:admit",
        "believe the new identity from now on, and the lost one no more",
        _admit,
        "It is asked of the node of --region, once by the operator of every peer. It is recorded, and all regions hear "
        "of it.",
    ),
    "show": Action("services.cli.rebuild.rebuilt:show", "what rebuilds brought back, and what is lost", _show),
}
