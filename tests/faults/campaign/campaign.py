"""All stages on one log, and what its regions' logs and states prove once they are stopped.

Owns the order of a campaign. The regions hit take turns, so that the home of the account is among them.
"""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import NamedTuple

from tests.faults.campaign.aftermath import read_aftermath
from tests.faults.campaign.calls import Call, Calls, Register
from tests.faults.campaign.faults import faults_for
from tests.faults.campaign.judgement import Judgement, judge
from tests.faults.campaign.keys_at_rest import KeysAtRest, read_keys_at_rest
from tests.faults.campaign.site import Site
from tests.faults.campaign.stage import Stage, run_stage
from tests.running import child_environment

Say = Callable[[str], None]


class Plan(NamedTuple):
    """`seconds` before, during and after each fault; `names`: of the faults, or all."""

    regions: tuple[str, ...]
    kafka: bool
    nodes: int
    seconds: float
    rounds: int
    names: tuple[str, ...]
    seed: int


class Findings(NamedTuple):
    """What a campaign has seen. `left_out`: faults that this machine cannot have, and why."""

    kafka: bool
    stages: list[Stage]
    calls: list[Call]
    judgement: Judgement
    rebuilt_otherwise: list[str]
    keys: KeysAtRest
    verify_output: str
    left_out: dict[str, str]


def run_campaign(directory: Path, plan: Plan, say: Say) -> Findings:
    """Errors: TimeoutError where a region does not come back; AssertionError where the regions do not start."""
    site, calls = Site(directory, plan.regions, kafka=plan.kafka, nodes=plan.nodes), Calls(f"campaign-{plan.seed}")
    try:
        site.start()
        stages, left_out = _stages(site, calls, plan, say)
        say("stopping all, and reading the logs")
        site.run.stop()
        with site.brokers_alone():
            return _judged(site, plan, stages, list(calls), left_out)
    finally:
        site.close()


def _stages(site: Site, calls: Calls, plan: Plan, say: Say) -> tuple[list[Stage], dict[str, str]]:
    stages: list[Stage] = []
    left_out: dict[str, str] = {}
    for _ in range(plan.rounds):
        for fault, lacking in faults_for(site, plan.names):
            if lacking:
                left_out[fault.name] = lacking
                continue
            region = site.regions[0 if fault.at_home else len(stages) % len(site.regions)]
            say(f"{fault.name} in {region}")
            stages.append(run_stage(site, calls, fault, region, plan.seconds, plan.seed + len(stages)))
    return stages, left_out


def _judged(site: Site, plan: Plan, stages: list[Stage], calls: list[Call], left_out: dict[str, str]) -> Findings:
    aftermath = asyncio.run(read_aftermath(site.directory))
    keys = asyncio.run(read_keys_at_rest(site.directory))
    initial: dict[Register, Hashable] = {}
    for stage in stages:
        initial |= stage.initial
    judgement = judge(calls, aftermath.effects, initial)
    return Findings(plan.kafka, stages, calls, judgement, aftermath.rebuilt_otherwise, keys, _verified(site), left_out)


def _verified(site: Site) -> str:
    """What `keytide verify` finds, or ""."""
    command = [sys.executable, "-P", "-m", "services.cli", "verify", "--directory", str(site.directory)]
    done = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr
