"""`keytide audit verify`: is the audit trail whole, by nothing but its files and the regions' cards?

Owns where the evidence and the cards come from, and how the findings read. The check is in `shared/audit/`.
"""

from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import orjson

from replication.pulse import Verify
from services.audit.proof.checking import check
from services.audit.proof.evidence import Evidence, EvidenceDamaged, FileEvidence, TrailEvidence
from services.audit.proof.seen_digests import read_kept, seen_directory
from services.cli.checkpoints import verify_by
from services.cli.faults import CannotStart
from services.cli.moving import Moving
from services.cli.printing import harmless
from services.cli.receipt import believed_cards_of, identities_of, placed_in
from services.cli.region_state import nodes_in
from shared.audit.findings import Finding, Report, within
from shared.times import instant

SHOWN_MOST = 50


def main(given: Namespace) -> int:
    """0: everything is as it was signed; 1: something was found. Errors: those of `services/cli/faults.py`."""
    cards = placed_in(given.cards) if given.cards is not None else believed_cards_of(given.directory)
    verify = verify_by(identities_of(cards))
    reports = []
    for region, evidence, elsewhere in _evidence(given):
        with closing(evidence):
            report = _checked(region, evidence, [*elsewhere, *_seen(given.seen)], verify)
        report = report._replace(findings=within(report.findings, given.since, given.until))
        reports.append(report)
        if not given.json:
            print("\n".join(lines(report)))
    if given.json:
        print(orjson.dumps([_as_object(report) for report in reports], option=orjson.OPT_NON_STR_KEYS).decode())
    return int(any(report.findings for report in reports))


def _checked(region: str, evidence: Evidence, elsewhere: Sequence[bytes], verify: Verify) -> Report:
    with Moving(region, "frames") as moving:
        return check(region, evidence, elsewhere, verify, moving.told)


def _evidence(given: Namespace) -> Iterator[tuple[str, "_Closing", list[bytes]]]:
    """Region, its trail, and what the other regions in the directory have seen of it."""
    if given.file is not None:
        with _readable():
            evidence = FileEvidence(given.file)
        if given.region not in (None, evidence.region):
            raise CannotStart(f"{given.file}: it is the trail of {evidence.region}, not of {given.region}")
        yield evidence.region, evidence, []
        return
    regions = list(nodes_in(given.directory, None))
    for settings in nodes_in(given.directory, given.region):
        places = [seen_directory(peer.trail_directory) / settings.region for peer in regions]
        yield settings.region, TrailEvidence(settings.trail_directory), _seen([one for one in places if one.exists()])


_Closing = TrailEvidence | FileEvidence


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


def lines(report: Report) -> list[str]:
    """The report for people; of many findings the first."""
    told = f"{report.region}: {_count(report.entries, 'entry')}, {_count(report.digests, 'digest')}"
    if not report.findings:
        return [f"{told}: all as it was signed{_up_to(report)}"]
    shown = [_line(finding) for finding in report.findings[:SHOWN_MOST]]
    more = len(report.findings) - len(shown)
    rest = [f"  and {_count(more, 'finding')} more: --json shows all"] if more else []
    return [f"{told}: {_count(len(report.findings), 'finding')}", *shown, *rest]


def _up_to(report: Report) -> str:
    if report.until is None:
        return "; there is no digest yet, so that nothing is proven"
    last = max(report.cosigned, default=0)
    parts = [
        f" up to {instant(report.until)}",
        f"the last digest is cosigned by {_count(report.cosigned.get(last, 0), 'region')}",
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
