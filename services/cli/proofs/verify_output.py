"""What `keytide verify` tells: a line that moves while it reads, then a line for each region and each finding."""

import sys
from collections.abc import Sequence
from typing import TextIO

import orjson

from replication.verify.findings import Finding, Report, StateSeen
from services.cli.moving import Moving

SHOWN_MOST = 50


class Output:
    """Results go to `output`, as lines or, at the end, as one JSON document; progress goes to a terminal only."""

    def __init__(self, *, as_json: bool, output: TextIO | None = None, progress: TextIO | None = None) -> None:
        self._as_json = as_json
        self._output = output or sys.stdout
        self._progress = progress
        self._moving = Moving("", "records", progress)

    def start(self, region: str) -> None:
        self._moving = Moving(region, "records", self._progress)

    def progress(self, done: int, total: int) -> None:
        self._moving.told(done, total)

    def show(self, report: Report) -> None:
        self._moving.end()
        if not self._as_json:
            for line in lines(report):
                print(line, file=self._output, flush=True)

    def finish(self, reports: Sequence[Report]) -> None:
        if self._as_json:
            print(orjson.dumps([_as_object(report) for report in reports]).decode(), file=self._output, flush=True)


def lines(report: Report) -> list[str]:
    """The report for people; of many findings the first."""
    checked = f"{report.region}: {_count(report.records, 'record')}, {_count(report.partitions, 'partition')}"
    seen = _state_seen(report)
    if not report.findings:
        return [
            f"{checked}: {'log and state agree' if report.state is StateSeen.COMPARED else 'the log is whole'}{seen}"
        ]
    shown = [_line(finding) for finding in report.findings[:SHOWN_MOST]]
    more = len(report.findings) - len(shown)
    rest = [f"  and {_count(more, 'finding')} more: --json shows all"] if more else []
    return [f"{checked}: {_count(len(report.findings), 'finding')}{seen}", *shown, *rest]


def _state_seen(report: Report) -> str:
    if report.state is StateSeen.ABSENT:
        return " (there is no state, which is no fault: the next start builds it)"
    if report.state is StateSeen.DAMAGED:
        return " (the logs alone were checked)"
    return f" (the state is {_count(report.behind, 'record')} behind, which is no fault)" if report.behind else ""


def _line(finding: Finding) -> str:
    return f"  {finding.log} {finding.partition}: {finding.kind}: {finding.detail}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _as_object(report: Report) -> dict[str, object]:
    return {**report._asdict(), "findings": [finding._asdict() for finding in report.findings]}
