"""The check of a trail as evidence has it, with how far it is."""

from collections.abc import Callable, Container, Sequence
from typing import TypeVar

from services.audit.proof.evidence import Evidence, EvidenceDamaged
from shared.audit.cosignature import NotACosignature, decode_cosignature
from shared.audit.digest import Verify
from shared.audit.findings import Finding, Kind, Report
from shared.audit.proof import proof_of
from shared.audit.verification import Verification

TOLD_EVERY = 1_000
Part = TypeVar("Part")
Progress = Callable[[int, int], None]
"""(frames read, frames there)"""


def check(
    region: str,
    evidence: Evidence,
    elsewhere: Sequence[bytes],
    verify: Verify,
    progress: Progress,
    known: Container[str] | None = None,
) -> Report:
    """`elsewhere`: cosignatures that other regions have kept themselves. `known`: the regions of which there is a card,
    None where that is not known; no cosignature of another is checked.

    What is damaged is a finding, and the check goes on with what can be read.
    """
    found: list[Finding] = []
    cosignatures, unchecked = _of_known([*_read(evidence.cosignatures, found), *elsewhere], known)
    proof = proof_of(region, _read(evidence.digests, found), dict.fromkeys(cosignatures), verify, found.append)
    verification = Verification(region, proof, found, frozenset(_read(evidence.after_holes, found)))
    for chain in _read(evidence.dropped, found):
        verification.drop(chain)
    try:
        _take_all(evidence, verification, progress)
    except EvidenceDamaged as error:
        found.append(_unreadable(error))
    report = verification.finish()
    return report._replace(findings=(*report.findings, *evidence.index_findings()), unchecked=unchecked)


def _of_known(cosignatures: Sequence[bytes], known: Container[str] | None) -> tuple[list[bytes], tuple[str, ...]]:
    """Those to check, and whose are not."""
    checked, unchecked = list[bytes](), set[str]()
    for encoded in cosignatures:
        witness = _witness(encoded)
        if known is None or witness is None or witness in known:
            checked.append(encoded)
        else:
            unchecked.add(witness)
    return checked, tuple(sorted(unchecked))


def _witness(encoded: bytes) -> str | None:
    """By whom it says to be."""
    try:
        return decode_cosignature(encoded, lambda *_: True).witness
    except (NotACosignature, TypeError):
        return None


def _take_all(evidence: Evidence, verification: Verification, progress: Progress) -> None:
    total = evidence.frame_count()
    for count, placed in enumerate(evidence.frames(), 1):
        verification.take(placed.frame, placed.place)
        if count % TOLD_EVERY == 0:
            progress(count, max(total, count))


def _read(read: Callable[[], Sequence[Part]], found: list[Finding]) -> Sequence[Part]:
    try:
        return read()
    except EvidenceDamaged as error:
        found.append(_unreadable(error))
        return ()


def _unreadable(error: EvidenceDamaged) -> Finding:
    return Finding(Kind.UNREADABLE, "", 0, 0, str(error))
