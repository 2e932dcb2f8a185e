"""The arguments of `keytide drill`, apart from the work: an action for each scenario, and what goes with them."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from services.cli.actions import Action, add_actions
from services.cli.arguments import json_argument
from services.cli.operator_arguments import region
from services.drill.scenarios import SCENARIOS

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
SECONDS, RECOVERY_TIME, RECOVERY_POINT = 10.0, 120.0, 10.0
LEAST_REGIONS = 2
COMPOSE = "compose"
WALK = "What each drill breaks and what it has to show: docs/drills.md."


def drill_arguments(parser: ArgumentParser) -> None:
    """`keytide drill`."""
    add_actions(parser, ACTIONS, WALK)


def _drill(parser: ArgumentParser, scenario: str) -> None:
    parser.set_defaults(scenario=scenario)
    parser.add_argument(
        "--regions", type=_regions, default=REGIONS, metavar="A,B,C", help=f"to start (default: {','.join(REGIONS)})"
    )
    parser.add_argument("--kafka", action="store_true", help="start them with a Kafka broker each")
    parser.add_argument(
        "--against",
        metavar="DIRECTORY",
        help=f"break these running regions instead: a directory of keytide up, or '{COMPOSE}' for its containers",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before regions are broken that go on")
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=SECONDS,
        help=f"under load before, during and after the fault (default: {SECONDS:g})",
    )
    parser.add_argument(
        "--recovery-time",
        type=_seconds,
        default=RECOVERY_TIME,
        metavar="SECONDS",
        help=f"the longest that passes (default: {RECOVERY_TIME:g})",
    )
    parser.add_argument(
        "--recovery-point",
        type=_seconds,
        default=RECOVERY_POINT,
        metavar="SECONDS",
        help=f"of what regions have in common, the oldest that passes (default: {RECOVERY_POINT:g})",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report, signed by the regions")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the report as one page with plots")


def _attest(parser: ArgumentParser) -> None:
    parser.add_argument("--region", type=region, required=True)
    parser.add_argument("--scenario", choices=SCENARIOS, required=True)
    parser.add_argument("--report", type=_digest, required=True, metavar="SHA256", help="of the report")
    parser.add_argument("--passed", action="store_true", help="the drill has passed, which is recorded")


def _verify(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a report that --json has written")
    parser.add_argument(
        "--cards", type=Path, metavar="DIRECTORY", help="card files of the regions that you believe (default: none)"
    )


def _regions(text: str) -> tuple[str, ...]:
    regions = tuple(region(part) for part in text.split(","))
    if len(set(regions)) != len(regions) or len(regions) < LEAST_REGIONS:
        raise ArgumentTypeError(f"must be at least {LEAST_REGIONS} different regions")
    return regions


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ArgumentTypeError(f"must be a number of seconds above 0, not {text!r}")
    return seconds


def _digest(text: str) -> str:
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise ArgumentTypeError("must be 64 hexadecimal digits")
    return text


_OF_SCENARIOS: Mapping[str, Action] = {
    name: Action(
        "services.cli.drill.drill:main",
        scenario.help,
        partial(_drill, scenario=name),
        "Regions are started for it and removed with it, unless --against names others.",
    )
    for name, scenario in SCENARIOS.items()
}
ACTIONS: Mapping[str, Action] = {
    "list": Action("services.cli.drill.reports:list_scenarios", "the scenarios, and what each expects", json_argument),
    **_OF_SCENARIOS,
    "verify": Action(
        "services.cli.drill.reports:verify",
        "whether a report is as its regions have signed it",
        _verify,
        "0: it is, and the drill passed.",
    ),
    "attest": Action(
        "services.cli.drill.reports:attest",
        "have a region sign the hash of a report",
        _attest,
        "A drill does this by itself.",
    ),
}
