"""`make faults`: a campaign of faults, and its figures.

Owns the command line: `python -m tests.faults.campaign [--log embedded|kafka] [--seconds N] [--fault NAME ...]`.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.__main__ import machine
from tests.faults.campaign.campaign import Plan, run_campaign
from tests.faults.campaign.faults import FAULTS
from tests.faults.campaign.figures import as_object
from tests.faults.campaign.table import lines
from tests.running import THREE_REGIONS

LOGS = ("embedded", "kafka")


def main() -> int:
    """0: no violation; 1: some."""
    given = _arguments()
    status = 0
    for log in given.log or LOGS:
        regions, kafka = THREE_REGIONS[: given.regions], log == "kafka"
        plan = Plan(regions, kafka, given.nodes, given.seconds, given.rounds, tuple(given.fault), given.seed)
        with tempfile.TemporaryDirectory(prefix="keytide-faults-") as folder:
            findings = run_campaign(Path(folder) / "regions", plan, _say)
        told = {
            "seconds": plan.seconds,
            "rounds": plan.rounds,
            "regions": given.regions,
            "nodes": plan.nodes,
            "seed": plan.seed,
        }
        figures = as_object(findings, told, machine())
        print(json.dumps(figures) if given.json else "\n".join(lines(figures)), flush=True)
        status |= any(figures["violations"].values())
    return int(status)


def _say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description="Real faults against real regions under load.")
    parser.add_argument("--log", action="append", choices=LOGS, help="embedded, kafka (both)")
    parser.add_argument("--seconds", type=float, default=10.0, help="before, during and after each fault (10)")
    parser.add_argument("--rounds", type=int, default=1, help="of all faults (1)")
    parser.add_argument("--regions", type=int, choices=(2, 3), default=3, help="(3)")
    parser.add_argument("--nodes", type=int, choices=(1, 2), default=1, help="of each region (1)")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        choices=[fault.name for fault in FAULTS],
        metavar="NAME",
        help=f"only this one: {', '.join(fault.name for fault in FAULTS)} (all)",
    )
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32), help="of the load")
    parser.add_argument("--json", action="store_true", help="one JSON document a log")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
