"""The check of a trail as evidence has it, with how far it is."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.audit.proof.evidence import Evidence, EvidenceDamaged
from shared.audit.digest import Verify
from shared.audit.findings import Finding, Kind, Report
from shared.audit.proof import proof_of
from shared.audit.verification import Verification

TOLD_EVERY = 1_000
Part = TypeVar("Part")
Progress = Callable[[int, int], None]
"""(frames read, frames there)"""


def check(region: str, evidence: Evidence, elsewhere: Sequence[bytes], verify: Verify, progress: Progress) -> Report:
    """`elsewhere`: cosignatures that other regions have kept themselves.

    What is damaged is a finding, and the check goes on with what can be read.
    """
    found: list[Finding] = []
    cosignatures = [*_read(evidence.cosignatures, found), *elsewhere]
    proof = proof_of(region, _read(evidence.digests, found), dict.fromkeys(cosignatures), verify, found.append)
    verification = Verification(region, proof, found, frozenset(_read(evidence.after_holes, found)))
    for chain in _read(evidence.dropped, found):
        verification.drop(chain)
    try:
        _take_all(evidence, verification, progress)
    except EvidenceDamaged as error:
        found.append(_unreadable(error))
    found.extend(evidence.index_findings())
    return verification.finish()


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
