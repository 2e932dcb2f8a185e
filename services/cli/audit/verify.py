"""`keytide audit verify`: is the audit trail whole, by nothing but its files and the regions' cards?

Owns where the evidence and the cards come from, and how the findings read. The check is in `shared/audit/`.
"""

import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import orjson

from services.audit.proof.checking import check
from services.audit.proof.evidence import EvidenceDamaged, FileEvidence, TrailEvidence
from services.audit.proof.seen_digests import read_kept, seen_directory
from services.cli.audit.traces import is_anything_there, traces
from services.cli.faults import CannotStart, fault_line
from services.cli.moving import Moving
from services.cli.printing import harmless
from services.cli.proofs.checkpoints import verify_by
from services.cli.proofs.receipt import believed_identities, no_card_of
from services.cli.region_state import further_node_in, nodes_in
from services.region_node.settings.settings import NodeSettings
from shared.audit.findings import Finding, Report, within
from shared.times import instant

SHOWN_MOST = 50


WHOLE, FOUND, NOT_CHECKED = 0, 1, 2
"""The exit status."""


def main(given: Namespace) -> int:
    """0: everything is as it was signed; 1: something was found; 2: it cannot be checked."""
    try:
        return _verify(given)
    except Exception as fault:
        line = fault_line(fault)
        if line is None:
            raise
        print(f"keytide: {line}", file=sys.stderr)
        return NOT_CHECKED


def _verify(given: Namespace) -> int:
    identities = believed_identities(given)
    reports = []
    for subject in _subjects(given):
        with closing(subject.evidence):
            if subject.region not in identities:
                raise CannotStart(no_card_of(subject.region, given.cards))
            report = _checked(subject, _seen(given.seen), identities)
        inside = within(report.findings, given.since, given.until)
        elsewhere = len(report.findings) - len(inside)
        report = report._replace(findings=inside)
        reports.append(report)
        if not given.json:
            print("\n".join(lines(report, elsewhere)))
    if given.json:
        print(orjson.dumps([_as_object(report) for report in reports], option=orjson.OPT_NON_STR_KEYS).decode())
    return FOUND if any(report.findings for report in reports) else WHOLE


class _Subject(NamedTuple):
    """Whose trail, what it is read from, what was seen of it elsewhere; `settings` None: a file."""

    region: str
    evidence: TrailEvidence | FileEvidence
    seen: list[bytes]
    settings: NodeSettings | None


def _checked(subject: _Subject, seen: Sequence[bytes], identities: Mapping[str, bytes]) -> Report:
    region, settings = subject.region, subject.settings
    with Moving(region, "frames") as moving:
        report = check(region, subject.evidence, [*subject.seen, *seen], verify_by(identities), moving.told, identities)
    if settings is None or report.digests:
        return report
    report = report._replace(findings=(*report.findings, *traces(settings)))
    if not report.findings and not is_anything_there(settings):
        raise CannotStart(f"{settings.trail_directory}: there is no audit trail of {region}, and nothing to check")
    return report


def _subjects(given: Namespace) -> Iterator[_Subject]:
    """The trails, and what the other regions in the directory have seen of them."""
    if given.file is not None:
        with _readable():
            evidence = FileEvidence(given.file)
        if given.region not in (None, evidence.region):
            raise CannotStart(f"{given.file}: it is the trail of {evidence.region}, not of {given.region}")
        yield _Subject(evidence.region, evidence, [], None)
        return
    regions = list(nodes_in(given.directory, None))
    for first in nodes_in(given.directory, given.region):
        settings = first if given.node is None else further_node_in(given.directory, first.region, given.node)
        places = [seen_directory(peer.trail_directory) / settings.region for peer in regions]
        seen = _seen([one for one in places if one.exists()])
        yield _Subject(settings.region, TrailEvidence(settings.trail_directory), seen, settings)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except EvidenceDamaged as error:
        raise CannotStart(str(error)) from None


def _seen(files: Sequence[Path]) -> list[bytes]:
    kept = [(file, read_kept(file)) for file in files]
    for file, one in kept:
        if one is None:
            raise CannotStart(f"{file}: it is not what a region has seen of another's digests")
    return [one.cosignature for _, one in kept if one is not None]


def lines(report: Report, elsewhere: int = 0) -> list[str]:
    """The report for people; of many findings the first. `elsewhere`: how many there are of other times."""
    told = f"{report.region}: {_count(report.entries, 'entry')}, {_count(report.digests, 'digest')}"
    if elsewhere and not report.findings:
        return [f"{told}: nothing was found of that time; {_count(elsewhere, 'finding')} of others"]
    if not report.findings:
        return [f"{told}: {_up_to(report)}"]
    shown = [_line(finding) for finding in report.findings[:SHOWN_MOST]]
    more = len(report.findings) - len(shown)
    rest = [f"  and {_count(more, 'finding')} more: --json shows all"] if more else []
    return [f"{told}: {_count(len(report.findings), 'finding')}", *shown, *rest]


def _up_to(report: Report) -> str:
    if report.until is None:
        return "there is no digest yet, so that nothing is proven"
    last = max(report.cosigned, default=0)
    parts = [
        f"all as it was signed up to {instant(report.until)}",
        f"the last digest is cosigned by {_count(report.cosigned.get(last, 0), 'region')}",
        f"cosignatures not checked: no card of {', '.join(report.unchecked)}" if report.unchecked else "",
        f"{_count(report.unproven, 'entry')} since are not proven yet" if report.unproven else "",
        f"{_count(report.late, 'entry')} of before the last digest are in none" if report.late else "",
        f"{_count(report.dropped, 'entry')} dropped by retention" if report.dropped else "",
        f"{report.unvouched:,} of them not vouched for yet" if report.unvouched else "",
    ]
    return "; ".join(part for part in parts if part)


def _line(finding: Finding) -> str:
    many = finding.first != finding.last
    where = f"{finding.chain}, {'entries' if many else 'entry'}" if finding.chain else f"digest{'s' if many else ''}"
    numbers = f" {finding.first} to {finding.last}" if many else f" {finding.first}"
    time = f", {instant(finding.time)}" if finding.time is not None else ""
    event = f", event {finding.event_id}" if finding.event_id else ""
    place = f"{where}{numbers}{time}{event}: " if finding.first else ""
    return harmless(f"  {finding.kind}: {place}{finding.detail}")


def _count(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def _as_object(report: Report) -> dict[str, object]:
    return {**report._asdict(), "findings": [finding._asdict() for finding in report.findings]}
