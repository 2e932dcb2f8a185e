"""The arguments of `keytide audit verify`, `digests` and `prove`."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path

from services.cli.actions import Action
from services.cli.arguments import json_argument, region_argument
from services.cli.operator_arguments import moment, region


def _verify(parser: ArgumentParser) -> None:
    region_argument(parser)
    parser.add_argument("--node", metavar="NAME", help="the copy of that node, as node-2; else that of the first one")
    parser.add_argument("--file", type=Path, help="made by keytide audit prove, instead of a directory's trails")
    parser.add_argument("--cards", type=Path, metavar="DIRECTORY", help="believe the cards there, and no others")
    parser.add_argument(
        "--seen",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="what another region has seen: its audit/seen/REGION; may be repeated",
    )
    parser.add_argument(
        "--since", type=moment, metavar="TIME", help="tell only of what was found there: ISO 8601 (UTC)"
    )
    parser.add_argument("--until", type=moment, metavar="TIME", help="the same")
    json_argument(parser)


def _digests(parser: ArgumentParser) -> None:
    region_argument(parser)
    json_argument(parser)


def _prove(parser: ArgumentParser) -> None:
    parser.add_argument("--region", type=region, required=True, help="whose trail")
    parser.add_argument("--file", type=Path, required=True, help="is made anew; a file that is there is not touched")


PROOF_ACTIONS: Mapping[str, Action] = {
    "verify": Action(
        "services.cli.audit.verify:main",
        "whether every entry of the trail is what the signed digests say",
        _verify,
        "The exit status is 1 where something was changed, is missing or was added.",
    ),
    "digests": Action("services.cli.audit.digests:main", "the signed digests, and who has cosigned them", _digests),
    "prove": Action(
        "services.cli.audit.digests:prove",
        "the trail with all its proofs in one file, for keytide audit verify --file",
        _prove,
        "It holds every entry: keep it as you keep the trail.",
    ),
}
