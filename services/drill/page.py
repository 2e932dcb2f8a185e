"""A report as one HTML page that needs nothing beside itself: no script, no font, no picture from elsewhere.

Owns its layout. Whatever a name says is escaped.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from services.drill.calls import Kind
from services.drill.plots import share_plot
from services.drill.report import Report, as_object, report_hash
from shared.times import instant

STYLE = """
:root { color-scheme: light dark; --ok: #2e7d5b; --failed: #c0392b; --fault: #8884; --line: #8886; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; } h3 { margin: 1rem 0 .2rem; font-weight: 500; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .2rem 1.2rem .2rem 0; vertical-align: top; }
tr + tr { border-top: 1px solid var(--line); } td.number { text-align: right; font-variant-numeric: tabular-nums; }
.yes { color: var(--ok); } .no { color: var(--failed); font-weight: 600; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: currentColor; }
rect.ok { fill: var(--ok); } rect.failed { fill: var(--failed); } rect.fault { fill: var(--fault); }
code { overflow-wrap: anywhere; }
"""


def page(report: Report) -> str:
    """The whole document."""
    plan = report.plan
    title = escape(f"Drill: {plan.scenario}")
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    parts = (_heading(report, title), _expectations(report), _figures(report), _plots(report), _rest(report))
    body = "".join(itertools.chain.from_iterable(parts))
    return f'<!doctype html><html lang="en"><head>{head}<style>{STYLE}</style></head><body>{body}</body></html>\n'


def _heading(report: Report, title: str) -> Iterator[str]:
    plan = report.plan
    passed = '<span class="yes">passed</span>' if report.passed else '<span class="no">failed</span>'
    yield f"<h1>{title}, {passed}</h1><p>{escape(report.tells)}.</p>"
    where = f"{', '.join(report.regions)}; log {plan.log}; in {plan.place}; {report.hit} was hit"
    yield f"<p>{escape(where)}. {escape(instant(plan.began_at))}, {report.calls:,} calls.</p>"


def _expectations(report: Report) -> Iterator[str]:
    yield "<h2>What was expected</h2>"
    yield _table(
        (),
        (
            (_mark(not one.found), escape(one.expectation), escape(one.found or "so it was"))
            for one in report.expectations
        ),
    )


def _mark(holds: bool) -> str:
    return '<span class="yes">yes</span>' if holds else '<span class="no">no</span>'


def _figures(report: Report) -> Iterator[str]:
    figures = report.figures
    yield "<h2>Figures</h2>"
    level = "never" if figures.level is None else f"{figures.level:.2f} s"
    yield _table(
        (),
        (
            ("recovery time", f"{figures.recovery_time:.2f} s"),
            ("level after the mending", level),
            ("overtaken changes, listed", str(figures.overtaken)),
        ),
    )
    rows = (
        (kind, f"{count:,}", f"{figures.lost[kind]:,}", f"{figures.recovery_point[kind]:.2f} s")
        for kind, count in figures.acknowledged.items()
    )
    yield _table(("changes", "acknowledged", "lost", "recovery point"), rows)


def _plots(report: Report) -> Iterator[str]:
    yield "<h2>Success by region and second</h2><p>Single attempts, without any retry. Grey: the fault.</p>"
    for kind in Kind:
        for region in report.regions:
            shares = report.shares[kind][region]
            if any(share is not None for share in shares):
                yield f"<h3>{escape(kind)}, {escape(region)}</h3>{share_plot(shares, report.fault, report.mended)}"


def _rest(report: Report) -> Iterator[str]:
    yield "<h2>What happened</h2>"
    yield _table((), ((f"{moment:.2f} s", escape(text)) for moment, text in report.timeline))
    yield "<h2>What was not carried out</h2>"
    refusals = report.figures.refusals
    rows = (
        (escape(one.region), one.operation, escape(one.code), "refused" if one.surely else "unknown", f"{one.count:,}")
        for one in refusals
    )
    yield _table(("region", "operation", "code", "outcome", "count"), rows) if refusals else "<p>Nothing.</p>"
    yield f"<p>SHA-256 of the report: <code>{report_hash(as_object(report))}</code></p>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are HTML already."""
    head = f"<tr>{''.join(f'<th>{one}</th>' for one in heads)}</tr>" if heads else ""
    return f"<table>{head}{''.join(f'<tr>{_cells(row)}</tr>' for row in rows)}</table>"


def _cells(row: Sequence[str]) -> str:
    return "".join(f"<td>{cell}</td>" for cell in row)
