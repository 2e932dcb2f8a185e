"""The arguments of `keytide vouch`, `keytide checkpoints` and `keytide witness`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path

from services.cli.actions import Action, add_actions
from services.cli.arguments import directory_argument, region_argument
from services.cli.operator_arguments import AUTHORITY, force_argument, region


def vouch_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--region", type=region, required=True, help="whose log and state are the newest there are")
    force_argument(parser)
    directory_argument(parser)
    parser.epilog = AUTHORITY


def checkpoint_arguments(parser: ArgumentParser) -> None:
    add_actions(parser, ACTIONS, "It is read from the regions' files, whether they run or not.")


def witness_arguments(parser: ArgumentParser) -> None:
    add_actions(parser, _OF_WITNESSES, AUTHORITY)


def _forget(parser: ArgumentParser) -> None:
    parser.add_argument("seen", type=region, metavar="SEEN", help="the region of whose log nothing is to be known")
    parser.add_argument("--region", type=region, required=True, help="the witness: it has to run")
    force_argument(parser)


def _export(parser: ArgumentParser) -> None:
    region_argument(parser)
    parser.add_argument("--file", type=Path, required=True, help="where to write them, for keytide verify")


ACTIONS: Mapping[str, Action] = {
    "export": Action(
        "services.cli.proofs.checkpoints:export",
        "what regions have seen of their peers, each under its own signature",
        _export,
        "The file holds no secret. Keep it where no operator of a region can change it.",
    ),
    "show": Action(
        "services.cli.proofs.checkpoints:show",
        "how far each region has seen its peers, and what is proven against them",
        region_argument,
    ),
}
_OF_WITNESSES: Mapping[str, Action] = {
    "forget": Action(
        "services.cli.proofs.forgetting:main",
        "forget what a region has seen of another's log",
        _forget,
        "For a region that was restored although its later log is lost for good: docs/witnesses.md.",
    ),
}
