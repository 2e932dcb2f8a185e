"""A report as a person reads it at a terminal."""

from collections.abc import Iterator, Sequence

from services.drill.calls import Kind
from services.drill.figures import Figures
from services.drill.report import Report

STEPS = " ▁▂▃▄▅▆▇█"
NOTHING_ASKED = "·"
WIDEST = 90


def lines(report: Report) -> Iterator[str]:
    """Expectations last: they are what is looked for."""
    plan, figures = report.plan, report.figures
    yield f"{plan.scenario}: {report.tells}"
    yield f"{', '.join(report.regions)}, log {plan.log}, in {plan.place}; {report.calls:,} calls under load"
    yield ""
    yield f"recovery time       {figures.recovery_time:.2f} s"
    yield from _written(figures)
    yield f"level after         {'never' if figures.level is None else f'{figures.level:.2f} s'}"
    yield f"overtaken, listed   {figures.overtaken}"
    yield ""
    yield from _shares(report)
    yield from _refused(figures)
    yield ""
    for one in report.expectations:
        yield f"  no   {one.expectation}: {one.found}" if one.found else f"  yes  {one.expectation}"
    yield ""
    yield "PASSED" if report.passed else f"FAILED: {len(report.failures)} of {len(report.expectations)} expectations"


def _written(figures: Figures) -> Iterator[str]:
    for kind, count in figures.acknowledged.items():
        point = figures.recovery_point[kind]
        yield f"{kind:<19} {count:,} acknowledged, {figures.lost[kind]:,} lost; recovery point {point:.2f} s"


def _shares(report: Report) -> Iterator[str]:
    yield f"success by second, the fault from {report.fault:.0f} s to {report.mended:.0f} s"
    for kind in Kind:
        for region in report.regions:
            yield f"  {kind:<19} {region:<15} {_sparks(report.shares[kind][region])}"


def _sparks(shares: Sequence[float | None]) -> str:
    """One character a second; the last ones, where there are too many."""
    shown = shares[-WIDEST:]
    return "".join(NOTHING_ASKED if share is None else STEPS[round(share * (len(STEPS) - 1))] for share in shown)


def _refused(figures: Figures) -> Iterator[str]:
    if figures.refusals:
        yield ""
        yield "not carried out"
    for one in figures.refusals:
        how = "refused" if one.surely else "unknown"
        yield f"  {one.count:>6,}  {how}  {one.region:<15} {one.operation:<20} {one.code}"
