"""The arguments of the commands that tell who may do what, and why.

Owns them apart from the work, so that a command line is read without loading what only one command needs.
"""

from argparse import ArgumentParser
from pathlib import Path

from services.cli.arguments import directory_argument, json_argument, pair, region_argument

SEVERITIES = ("low", "medium", "high")


def explain_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("request_id", metavar="REQUEST_ID", help="as every answer has it (x-amzn-RequestId)")
    _where(parser)


def simulate_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--principal", required=True, metavar="ARN", help="a user, a role or its session, an account")
    parser.add_argument("--action", required=True, help="such as kms:Decrypt")
    parser.add_argument(
        "--resource", default="*", metavar="KEY", help="key id, key ARN, alias/NAME, or another ARN (default: *)"
    )
    parser.add_argument(
        "--context",
        type=pair,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a condition key; repeatable",
    )
    parser.add_argument(
        "--encryption-context", type=pair, action="append", default=[], metavar="KEY=VALUE", help="may be repeated"
    )
    parser.add_argument("--at", metavar="TIME", help="as it was then: ISO 8601 (UTC), or seconds (default: now)")
    _where(parser)


def policy_arguments(parser: ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="policy_command", required=True, metavar="COMMAND")
    _lint_arguments(commands.add_parser("lint", help="what is wrong, dangerous or of no use in policies and grants"))
    _replay_arguments(commands.add_parser("replay", help="which recorded calls a draft would answer otherwise"))


def _lint_arguments(parser: ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a policy in a file")
    what.add_argument("--key", help="policy and grants of this key: id, ARN, or alias/NAME with --account")
    what.add_argument("--all", action="store_true", help="every key, and every policy of every account")
    parser.add_argument("--kind", choices=("key", "identity", "trust"), default="key", help="of FILE (default: key)")
    parser.add_argument("--account", help="of a FILE's key, or of a key that is named without its account")
    parser.add_argument("--fail-on", choices=SEVERITIES, default="medium", help="exit status 1 from this on (medium)")
    _where(parser)


def _replay_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--key", required=True, help="key id or key ARN")
    parser.add_argument("--draft", required=True, type=Path, metavar="FILE", help="the key policy to be tried")
    parser.add_argument("--since", metavar="TIME", help="calls from then on: ISO 8601 (UTC), or seconds (default: all)")
    _where(parser)


def _where(parser: ArgumentParser) -> None:
    region_argument(parser)
    directory_argument(parser)
    json_argument(parser)
