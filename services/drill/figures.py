"""The figures of a drill, computed from its history. Pure.

Owns what counts as recovery time, as recovery point and as success share. Moments and durations are seconds.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.drill.calls import Call, Kind, Outcome
from services.drill.writes import Write, lost_writes, recovery_point


class Ended(Protocol):
    """A call that was made, whoever has made it."""

    @property
    def outcome(self) -> Outcome: ...

    @property
    def ended(self) -> float: ...


@dataclass(frozen=True, slots=True)
class History:
    """What happened. `fault` to `mended` the fault lasted, until `ended` the load; `level`: when, after that, every
    region had what the primary had, or None where that never came.

    `found`: what is there in the end, by subject. `survived`: of the changes in common, the last that was there when a
    replica took over, or None where none did. `since`: from when on changes may be lost that only the region that was
    hit had: a backup's moment. `overtaken`: how many changes are listed so. `unopened`: blobs that a region does not
    open.
    """

    regions: tuple[str, ...]
    hit: str
    fault: float
    mended: float
    ended: float
    level: float | None
    calls: tuple[Call, ...]
    writes: tuple[Write, ...]
    found: Mapping[str, str]
    survived: str | None = None
    since: float | None = None
    overtaken: int = 0
    unopened: int = 0


@dataclass(frozen=True, slots=True)
class Refusals:
    """How often a region has not carried out a call, and why. `surely`: else the outcome is unknown."""

    region: str
    kind: str
    operation: str
    code: str
    surely: bool
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """By kind: acknowledged changes, how many of them are lost and not listed as overtaken, and the recovery point.

    `lost_before`: of those of before `History.since`. `recovery_time`: see `Scenario.regains`. `elsewhere`, `hit`: the
    share of cryptography that succeeded from the fault until the load ended, single attempts, in the other regions
    and in the one that was hit; 0 to 1, or None where nothing was asked. `pauses`: the longest time without a success,
    by kind and region. `level`: from the mending until all regions were level.
    """

    acknowledged: Mapping[str, int]
    lost: Mapping[str, int]
    lost_before: int
    recovery_point: Mapping[str, float]
    recovery_time: float
    elsewhere: float | None
    hit: float | None
    pauses: Mapping[str, Mapping[str, float]]
    level: float | None
    overtaken: int
    unopened: int
    refusals: tuple[Refusals, ...]


def figures_of(history: History, regains: Kind, *, anywhere: bool) -> Figures:
    """`regains`: the kind of service that the fault takes away; `anywhere`: of all regions, else of the one hit."""
    lost = lost_writes(history.writes, history.found)
    after = [call for call in history.calls if history.fault <= call.ended <= history.ended]
    places = history.regions if anywhere else (history.hit,)
    since = history.since if history.since is not None else history.fault
    return Figures(
        acknowledged=_by_kind(write for write in history.writes if write.acknowledged is not None),
        lost=_without_overtaken(_by_kind(lost), history.overtaken),
        lost_before=sum(write.acknowledged is not None and write.acknowledged < since for write in lost),
        recovery_point={kind: recovery_point(_missing(history, lost, kind), history.fault) for kind in _changing()},
        recovery_time=longest_pause(_of(after, regains, places), history.fault, history.ended),
        elsewhere=success_share(
            _of(after, Kind.CRYPTOGRAPHY, [place for place in history.regions if place != history.hit])
        ),
        hit=success_share(_of(after, Kind.CRYPTOGRAPHY, [history.hit])),
        pauses=_pauses(history, after),
        level=None if history.level is None else history.level - history.mended,
        overtaken=history.overtaken,
        unopened=history.unopened,
        refusals=_refusals(history.calls),
    )


def success_share(calls: Sequence[Ended]) -> float | None:
    """0 to 1; None where nothing was asked."""
    return sum(call.outcome is Outcome.OK for call in calls) / len(calls) if calls else None


def longest_pause(calls: Iterable[Ended], began: float, ended: float) -> float:
    """The longest time between two moments in which no call succeeded."""
    ends = sorted(call.ended for call in calls if call.outcome is Outcome.OK and began <= call.ended <= ended)
    return max(later - earlier for earlier, later in itertools.pairwise([began, *ends, ended]))


def shares_by_second(calls: Iterable[Call], kind: Kind, region: str, ended: float) -> list[float | None]:
    """The success share of the calls that ended in each second of the load."""
    seconds: list[list[Call]] = [[] for _ in range(int(ended) + 1)]
    for call in calls:
        if (call.kind, call.region) == (kind, region) and call.ended <= ended:
            seconds[int(call.ended)].append(call)
    return [success_share(those) for those in seconds]


def _changing() -> list[Kind]:
    return [kind for kind in Kind if kind is not Kind.CRYPTOGRAPHY]


def _by_kind(writes: Iterable[Write]) -> dict[str, int]:
    counts = Counter(write.kind for write in writes)
    return {kind: counts[kind] for kind in _changing()}


def _without_overtaken(lost: Mapping[str, int], overtaken: int) -> dict[str, int]:
    """What is listed as overtaken waits for somebody's decision, and is not lost."""
    return {**lost, Kind.COMMON: max(0, lost[Kind.COMMON] - overtaken)}


def _missing(history: History, lost: Sequence[Write], kind: Kind) -> list[Write]:
    """The lost ones; of the changes in common also those that the replica did not have that took over."""
    missing = [write for write in lost if write.kind is kind]
    if kind is Kind.COMMON and history.survived is not None:
        common = [write for write in history.writes if write.kind is kind]
        missing += lost_writes(common, {write.subject: history.survived for write in common})
    return missing


def _of(calls: Iterable[Call], kind: Kind, regions: Iterable[str]) -> list[Call]:
    places = set(regions)
    return [call for call in calls if call.kind is kind and call.region in places]


def _pauses(history: History, calls: Sequence[Call]) -> dict[str, dict[str, float]]:
    kinds = [kind for kind in Kind if kind is not Kind.COMMON]
    return {
        kind: {
            region: longest_pause(_of(calls, kind, [region]), history.fault, history.ended)
            for region in history.regions
        }
        for kind in kinds
    }


def _refusals(calls: Iterable[Call]) -> tuple[Refusals, ...]:
    counts = Counter(
        (call.region, str(call.kind), call.operation, call.code, call.outcome is Outcome.REFUSED)
        for call in calls
        if call.outcome is not Outcome.OK
    )
    return tuple(Refusals(*what, count) for what, count in sorted(counts.items()))
