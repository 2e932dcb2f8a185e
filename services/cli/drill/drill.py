"""`keytide drill SCENARIO`: regions are broken under load, and a report says what became of it.

Owns where the regions come from, what is asked of a person before running ones are broken, and the files of the report.
"""

import contextlib
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from services.cli.drill.arguments import COMPOSE
from services.cli.up.progress import Progress
from services.clock import now_milliseconds
from services.drill.attesting import attested
from services.drill.compose_site import ComposeSite
from services.drill.expectations import Limits
from services.drill.faults import CannotDrill
from services.drill.local_site import LocalSite
from services.drill.page import page
from services.drill.report import Plan, Report, as_object, report_of
from services.drill.scenarios import SCENARIOS, Scenario
from services.drill.signed_report import encode_signed
from services.drill.site import Site
from services.drill.stage import perform
from services.drill.terminal import lines
from services.drill.throwaway import throwaway_regions
from services.durable_file import replace_file

WARNING = (
    "This breaks {name}: {what}. Their clients see what a drill shows. Keys are made for it; their deletion is "
    "scheduled in the end."
)


def main(arguments: Namespace) -> int:
    """0: passed; 1: an expectation failed, a region did not sign, or nothing was done.

    Errors: those of `services/cli/faults.py`.
    """
    scenario = SCENARIOS[arguments.scenario]
    with _site(arguments) as site:
        _require_possible(site, arguments.scenario, scenario)
        if site.goes_on and not _agreed(arguments, site, scenario):
            print("Nothing was done.")
            return 1
        report = _drilled(site, arguments, scenario)
        print("\n".join(lines(report)))
        if arguments.html is not None:
            replace_file(arguments.html, page(report).encode())
        signed, missing = attested(site, report)
    if arguments.json is not None:
        replace_file(arguments.json, encode_signed(as_object(report), signed))
    print("\n".join(missing), end="\n" if missing else "", file=sys.stderr)
    return int(bool(missing) or not report.passed)


@contextlib.contextmanager
def _site(arguments: Namespace) -> Iterator[Site]:
    if arguments.against == COMPOSE:
        yield ComposeSite()
    elif arguments.against is not None:
        yield LocalSite(Path(arguments.against))
    else:
        print(f"starting {', '.join(arguments.regions)} for this drill", flush=True)
        with throwaway_regions(arguments.regions, kafka=arguments.kafka) as site:
            yield site


def _require_possible(site: Site, name: str, scenario: Scenario) -> None:
    need = scenario.needs
    if need is not None and need in site.lacking:
        raise CannotDrill(f"{name} is not possible here, for want of {need}: {site.lacking[need]}")
    if len(site.regions) == 1:
        raise CannotDrill("one region alone has nothing to fail over to")


def _agreed(arguments: Namespace, site: Site, scenario: Scenario) -> bool:
    print(WARNING.format(name=site.name, what=scenario.help))
    if arguments.yes:
        return True
    if not sys.stdin.isatty():
        raise CannotDrill("nobody is here to be asked: say --yes")
    return input("Go on? Type yes: ").strip() == "yes"


def _drilled(site: Site, arguments: Namespace, scenario: Scenario) -> Report:
    plan = Plan(
        scenario=arguments.scenario,
        place=site.name,
        log="kafka" if site.kafka else "embedded",
        began_at=now_milliseconds(),
        seconds=arguments.seconds,
        limits=Limits(arguments.recovery_time, arguments.recovery_point),
    )
    history, timeline = perform(site, scenario, arguments.seconds, Progress().say)
    return report_of(plan, scenario, history, timeline)
