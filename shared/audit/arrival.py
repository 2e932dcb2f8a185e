"""Entries that are in no digest though they would be, had they come when they say: by time, and by order of arrival.

Owns which they are. A node makes a digest of the heads of all chains at one moment, having read all that had arrived:
so of the frames of its trail, in the order of their arrival, a digest covers all up to one of them, and none behind it.
Every node takes frames up in the order of the one partition of the audit log; therefore this holds on each of them,
wherever the digest was made, and a frame that no digest covers cannot lie before one that is covered. A digest names no
position in the audit log, and needs none. A chain that is new, or goes on, makes no difference.

The exception are frames that waited for others before them: each node gives up by its own clock, so that on one they
may lie before what on another they lie behind. They follow a hole, which the trail has noted, and the chain has a gap
there, which is told as missing; those of the same chain that waited with them come directly after. They are late.

Behind all that is covered, an entry may be older than the last digest where it was on its way when that was made, for
minutes at most. One that is older by more has come from a node that was cut off, and is in the next digest, or was put
in: nothing here can tell which, and so it is told.
"""

from typing import Final, NamedTuple

from shared.audit.entry import NotAnEntry, decode_entry
from shared.audit.findings import Finding, Kind
from shared.audit.frame import Frame, entry_id
from shared.audit.proof import Proof

ON_ITS_WAY_MILLISECONDS: Final = 5 * 60_000

AfterHole = tuple[str, int]
"""A chain, and its first entry behind a hole that the trail has noted."""


class _Uncovered(NamedTuple):
    """A frame: `at` is its place in the order of arrival, `times` those of its entries that can be read."""

    at: int
    chain: str
    first: int
    last: int
    times: tuple[int, ...]
    event: str
    late: bool


class Arrivals:
    """Of one trail. `take` every frame, in the order of arrival."""

    def __init__(self, proof: Proof, after_holes: frozenset[AfterHole]) -> None:
        self._proof, self._after_holes = proof, after_holes
        whole = proof.last is not None and proof.last.header.number == proof.digests
        self._end = proof.last.header.end if proof.last is not None and whole else -1
        self._at = self._covered_at = 0
        self._late = ""
        """The chain of which the frame before was late."""
        self._uncovered: list[_Uncovered] = []

    def take(self, frame: Frame, *, gap: bool) -> None:
        """`gap`: entries of the chain before it are not there."""
        self._at += 1
        late = (gap and (frame.chain, frame.first) in self._after_holes) or self._late == frame.chain
        self._late = frame.chain if late else ""
        count = self._proof.count(frame.chain)
        if frame.last > count:
            self._note(frame, max(frame.first, count + 1), late)
        elif not late:
            self._covered_at = self._at

    def _note(self, frame: Frame, first: int, late: bool) -> None:
        index = first - frame.first
        times = _times(frame.entries[index:])
        if not times or min(times) <= self._end:
            event = entry_id(frame.leaves[index], frame.chain, first)
            self._uncovered.append(_Uncovered(self._at, frame.chain, first, frame.last, times, event, late))

    def judge(self) -> tuple[list[Finding], int]:
        """What cannot be so, and how many entries of before the last digest are in none besides."""
        findings, late = [], 0
        for one in self._uncovered if self._end >= 0 else ():
            finding = None if one.late else self._against(one)
            if finding is not None:
                findings.append(finding)
            else:
                late += sum(time <= self._end for time in one.times)
        return findings, late

    def _against(self, one: _Uncovered) -> Finding | None:
        earliest = min(one.times, default=None)
        where = (one.chain, one.first, one.last)
        if one.at < self._covered_at:
            what = "no digest has it, though it lies before what a digest has"
            return Finding(Kind.ADDED, *where, what, earliest, one.event)
        if earliest is not None and earliest < self._end - ON_ITS_WAY_MILLISECONDS:
            what = "it is of before the last digest, and in none: it has come late, or was put in"
            return Finding(Kind.IN_NONE, *where, what, earliest, one.event)
        return None


def _times(entries: tuple[bytes, ...]) -> tuple[int, ...]:
    times = []
    for encoded in entries:
        try:
            times.append(decode_entry(encoded).time)
        except NotAnEntry:
            continue
    return tuple(times)
