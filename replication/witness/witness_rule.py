"""The witness rule: what a region may serve after a start, by what its peers have seen of it.

Owns the decision, pure: from how the own log compares with what each witness has shown, and the time, to one of three
services. A region that was put back to an older state would honour what was revoked since, so it serves only when its
log extends the furthest that it has signed itself; where nobody can be asked it serves what changes nothing, for a
bounded time. Only what bears the region's own signature is compared: a witness can keep silent, never invent.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from replication.records.position import Head


class Found(StrEnum):
    """How an own log compares with a head that the region has once signed."""

    EXTENDS = "extends"
    BEHIND = "behind"
    """What has been read of the log does not reach it: there may be more."""
    UNKNOWN = "unknown"
    """The hash of so long ago is not at hand: the log has to be read."""
    SHORT = "short"
    """The log ends before it."""
    FORKED = "forked"
    """The log has another history up to there."""


OPEN = frozenset((Found.BEHIND, Found.UNKNOWN))
"""What the log itself has to settle."""
CONTRADICTS = frozenset((Found.SHORT, Found.FORKED))


class Finding(NamedTuple):
    """What one witness has shown."""

    found: Found
    detail: str = ""


class Service(StrEnum):
    WHOLE = "whole"
    READS = "reads"
    """Cryptography and whatever else changes nothing."""
    NONE = "none"


class Why(StrEnum):
    ALONE = "alone"
    WITNESSED = "witnessed"
    VOUCHED = "vouched"
    ASKING = "asking"
    UNWITNESSED = "unwitnessed"
    OVERDUE = "overdue"
    CONTRADICTED = "contradicted"


class Rule(NamedTuple):
    """Milliseconds. `limit`: so long an unwitnessed region serves; 0: not at all. `patience`: so long it asks first."""

    limit: int
    patience: int


class Situation(NamedTuple):
    """`witnesses`: how many peers there are to ask; `findings`: of those that have answered, by region.

    `named`: how many peers the settings name, whether their cards are known or not. `started`: when this start began to
    ask, `since`: when the region became unwitnessed, in an earlier start perhaps; milliseconds of the own clock.
    """

    witnesses: int
    named: int
    findings: Mapping[str, Finding]
    vouched: bool
    started: int
    since: int
    before: "Ruling | None" = None
    """What an earlier process of this very start was told: a node that goes on running needs no witness."""
    is_caught_up: bool = True
    """Whether the own log was read to its end: before, a peer that it alone names is not known yet."""


class Ruling(NamedTuple):
    """`until`: when it ends by itself, in milliseconds, or None. `reason`: a sentence without its full stop."""

    service: Service
    why: Why
    reason: str
    until: int | None = None

    @property
    def is_whole(self) -> bool:
        return self.service is Service.WHOLE


def compare(head: Head, digest_at: Callable[[int], bytes | None], signed: Head) -> Found:
    """`head`: where the own log stands; `digest_at`: its running hash at a sequence, None where it is not at hand."""
    if signed.sequence == 0:
        return Found.EXTENDS
    if signed.sequence > head.sequence:
        return Found.BEHIND
    digest = head.digest if signed.sequence == head.sequence else digest_at(signed.sequence)
    if digest is None:
        return Found.UNKNOWN
    return Found.EXTENDS if digest == signed.digest else Found.FORKED


def ruling_of(situation: Situation, rule: Rule, now: int) -> Ruling:
    """What may be served at `now`, milliseconds of the own clock. The first row that fits decides."""
    findings = situation.findings
    details = (finding.detail for finding in findings.values() if finding.found in CONTRADICTS)
    contradicting = next(details, None)
    witness = next((region for region, finding in findings.items() if finding.found is Found.EXTENDS), None)
    until = situation.since + rule.limit
    asked_until = situation.started + rule.patience
    if contradicting is not None:
        return Ruling(Service.NONE, Why.CONTRADICTED, contradicting)
    if situation.before is not None and (situation.before.why is Why.CONTRADICTED or situation.before.is_whole):
        return situation.before
    if situation.witnesses == 0 and situation.named and not situation.is_caught_up:
        return Ruling(Service.NONE, Why.ASKING, "its log is read first: whose card it has pinned is a witness")
    if situation.witnesses == 0:
        return Ruling(Service.WHOLE, Why.ALONE, "there are no peers")
    if witness is not None:
        return Ruling(Service.WHOLE, Why.WITNESSED, f"witnessed by {witness}")
    if situation.vouched:
        return Ruling(Service.WHOLE, Why.VOUCHED, "an operator has vouched for its log")
    if findings:
        return Ruling(Service.NONE, Why.ASKING, "its log is compared with what its peers have seen of it")
    if now < asked_until:
        return Ruling(Service.NONE, Why.ASKING, "its peers are asked what they have seen of it", asked_until)
    if now < until:
        return Ruling(Service.READS, Why.UNWITNESSED, "no peer can be asked what it has seen of this region", until)
    return Ruling(Service.NONE, Why.OVERDUE, "no peer could be asked in time what it has seen of this region")
