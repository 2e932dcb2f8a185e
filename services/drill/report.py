"""The report of a drill: what was done, what was found, and whether it passed.

Owns its content, its form as JSON, and the hash that regions sign: SHA-256 of the report alone as JSON with sorted
keys and without spaces.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from services.drill.calls import Kind
from services.drill.expectations import Limits
from services.drill.figures import Figures, History, figures_of, shares_by_second
from services.drill.scenarios import Scenario

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for. `began_at`: milliseconds since 1970; `seconds`: of load before, during and after the fault.

    `place`: where the regions run; `log`: `embedded` or `kafka`.
    """

    scenario: str
    place: str
    log: str
    began_at: int
    seconds: float
    limits: Limits


@dataclass(frozen=True, slots=True)
class Held:
    """One expectation. `found`: what was found instead, "" where it holds."""

    expectation: str
    found: str


@dataclass(frozen=True, slots=True)
class Report:
    """`shares`: by kind and region, of each second of the load: 0 to 1, or None where nothing was asked.

    `timeline`: what happened, with its moment in seconds since the load began.
    """

    plan: Plan
    tells: str
    regions: tuple[str, ...]
    hit: str
    fault: float
    mended: float
    ended: float
    figures: Figures
    shares: Mapping[str, Mapping[str, Sequence[float | None]]]
    expectations: tuple[Held, ...]
    timeline: tuple[tuple[float, str], ...]
    calls: int

    @property
    def failures(self) -> list[Held]:
        return [one for one in self.expectations if one.found]

    @property
    def passed(self) -> bool:
        return not self.failures


def report_of(plan: Plan, scenario: Scenario, history: History, timeline: Sequence[tuple[float, str]]) -> Report:
    """Pure: the same history gives the same report."""
    figures = figures_of(history, scenario.regains, anywhere=scenario.anywhere)
    return Report(
        plan=plan,
        tells=scenario.help,
        regions=history.regions,
        hit=history.hit,
        fault=history.fault,
        mended=history.mended,
        ended=history.ended,
        figures=figures,
        shares={
            kind: {region: shares_by_second(history.calls, kind, region, history.ended) for region in history.regions}
            for kind in Kind
        },
        expectations=tuple(Held(one.text, one.failure(figures, plan.limits)) for one in scenario.expects),
        timeline=tuple(timeline),
        calls=len(history.calls),
    )


def as_object(report: Report) -> dict[str, Any]:
    """As JSON has it."""
    told: dict[str, Any] = asdict(report)
    told["plan"]["limits"] = report.plan.limits._asdict()
    whole = {"format": FORMAT_VERSION, "passed": report.passed, **told}
    plain: dict[str, Any] = orjson.loads(orjson.dumps(whole, option=orjson.OPT_NON_STR_KEYS))
    return plain


def report_hash(told: Mapping[str, Any]) -> str:
    """Of the report as an object: 64 hexadecimal digits."""
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
