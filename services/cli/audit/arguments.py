"""The arguments of `keytide audit`: one table, apart from the work."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from pathlib import Path

from services.cli.actions import Action, add_actions
from services.cli.arguments import region_argument
from services.cli.audit.proof_arguments import PROOF_ACTIONS
from services.cli.operator_arguments import moment

FORMATS = ("jsonl", "parquet")
MOST_SHOWN = 50

_REACH = (
    "It reads the audit trail that the node in the directory keeps, beside the running node too. How far back that "
    "goes is the node's setting audit.kept_days."
)


def audit_arguments(parser: ArgumentParser) -> None:
    add_actions(parser, ACTIONS, _REACH)


def filter_arguments(parser: ArgumentParser) -> None:
    """Which entries; those that meet all that is given."""
    region_argument(parser)
    parser.add_argument("--since", type=moment, metavar="TIME", help="ISO 8601 (UTC), or seconds")
    parser.add_argument("--until", type=moment, metavar="TIME", help="the same")
    parser.add_argument("--account", help="in whose trail")
    parser.add_argument("--key", metavar="ARN", help="the ARN of a key, or its id")
    parser.add_argument("--user", metavar="NAME", help="of a user or of a session's role; root")
    parser.add_argument("--access-key", metavar="ID")
    parser.add_argument("--event", metavar="NAME", help="such as Decrypt")
    parser.add_argument("--error", metavar="CODE", help="such as AccessDenied; any: every refusal")
    parser.add_argument("--request", metavar="ID", help="as every answer has it (x-amzn-RequestId)")
    parser.add_argument("--address", metavar="IP", help="of the client")


def _list(parser: ArgumentParser) -> None:
    filter_arguments(parser)
    parser.add_argument("--limit", type=_count, default=MOST_SHOWN, help=f"so many at most (default: {MOST_SHOWN})")
    parser.add_argument("--json", action="store_true", help="CloudTrail's events, one a line")


def _follow(parser: ArgumentParser) -> None:
    filter_arguments(parser)
    parser.add_argument("--json", action="store_true", help="CloudTrail's events, one a line")


def _export(parser: ArgumentParser) -> None:
    filter_arguments(parser)
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="(default: jsonl)")
    parser.add_argument("--file", type=Path, required=True, help="is made anew; a file that is there is not touched")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return int(text)


ACTIONS: Mapping[str, Action] = {
    "list": Action("services.cli.audit.audit:show", "what has happened, newest first", _list),
    "follow": Action(
        "services.cli.audit.audit:follow", "what happens, as it comes to the trail, until Ctrl-C", _follow
    ),
    "export": Action(
        "services.cli.audit.audit:export",
        "the trail to a file: JSON Lines, or Parquet",
        _export,
        "In the order of arrival, with all of CloudTrail's fields. An entry of several accounts is there for each. "
        "Parquet needs the package pyarrow: pip install 'keytide[parquet]'.",
    ),
    **PROOF_ACTIONS,
}
