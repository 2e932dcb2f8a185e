"""Serving leases: until when a node may serve its state, and for whom the writer of a change waits. Pure.

Owns both halves of one promise. A node serves while nobody can have acknowledged a change that it has not applied. It
knows that for three seconds from either of two things (`HeldLease`):

- **grants**: every other node of the region has promised it to acknowledge nothing before it has applied it;
- **the log**: it has asked the log for its end, and has applied everything up to there, and its region does not say
  there that it goes on without this node.

A node that acknowledges a change waits, for every other node, until that one has said that it has applied the change,
or until neither a promise of its own nor any look into the log before the change can still hold (`Promises`).

All times are seconds on a clock of the own machine that goes on while the machine sleeps; no two machines' clocks are
ever compared, only how fast they go. docs/nodes.md tells the interleavings against which each rule stands.
"""

from collections.abc import Collection, Mapping, Sequence
from math import inf
from typing import Final, NamedTuple

LEASE_SECONDS: Final = 3.0
WAIT_SECONDS: Final = LEASE_SECONDS * 1.05
"""Whoever waits for a lease to run out waits a little longer: two clocks may differ by a twentieth in their pace."""
BEHIND_SECONDS: Final = 1.0
"""A node that has not applied a change for so long gets no promise until it has: else a change would wait for ever."""
ALONE: Final = inf


class HeldLease:
    """What a node holds. `asked_at`: when it asked, which is not after the other side's answer."""

    def __init__(self) -> None:
        self._log = 0.0
        self._granted: dict[str, float] = {}

    def granted(self, by: str, asked_at: float) -> None:
        self._granted[by] = max(self._granted.get(by, 0.0), asked_at + LEASE_SECONDS)

    def log_applied(self, asked_at: float) -> None:
        """All that the log held when its end was asked for is applied."""
        self._log = max(self._log, asked_at + LEASE_SECONDS)

    def until(self, others: Collection[str]) -> float:
        """Until when the node may serve, in a region with these other nodes."""
        return max(self._log, min((self._granted.get(other, 0.0) for other in others), default=0.0))


class _Wait(NamedTuple):
    """A change that stands in the log and waits for other nodes."""

    partition: int
    sequence: int
    since: float
    passed_over: set[str]

    def is_late_for(self, node: str, now: float) -> bool:
        """Whether the node gets no promise any more before it has applied the change."""
        return node in self.passed_over or now - self.since > BEHIND_SECONDS


class Promises:
    """What a node has promised to the others, and whom it waits for.

    What an earlier process had acknowledged is forgotten, so the most is assumed: all that it has applied (`applied`,
    by partition). What it had promised need not be known: such a promise ends before the wait of a change that is new.
    """

    def __init__(self, applied: Sequence[int]) -> None:
        self._acknowledged = list(applied)
        self._promised: dict[str, float] = {}
        self._applied: dict[str, list[int]] = {}
        self._waiting: dict[int, _Wait] = {}
        self._number = 0

    def hear(self, node: str, applied: Sequence[int]) -> None:
        """The node has said how far it has applied each partition."""
        known = self._applied.setdefault(node, [0] * len(self._acknowledged))
        self._applied[node] = [max(pair) for pair in zip(known, applied, strict=True)]

    def grant(self, node: str, applied: Sequence[int], now: float) -> bool:
        """Whether the node gets a promise for `LEASE_SECONDS` from when it asked. Remembered until it has run out."""
        self.hear(node, applied)
        heard = self._applied[node]
        behind = any(mine > its for mine, its in zip(self._acknowledged, heard, strict=True))
        lacks = any(heard[wait.partition] < wait.sequence and wait.is_late_for(node, now) for wait in self._waits)
        if behind or lacks:
            return False
        self._promised[node] = now + WAIT_SECONDS
        return True

    @property
    def _waits(self) -> Collection["_Wait"]:
        return self._waiting.values()

    def begin(self, partition: int, sequence: int, now: float) -> int:
        """A change stands in the log, and waits for the others; the number is for `end`."""
        self._number += 1
        self._waiting[self._number] = _Wait(partition, sequence, now, set())
        return self._number

    def end(self, number: int, *, acknowledged: bool) -> None:
        partition, sequence, *_ = self._waiting.pop(number)
        if acknowledged:
            self._acknowledged[partition] = max(self._acknowledged[partition], sequence)

    def pass_over(self, node: str, number: int) -> None:
        """The change waits for the node no more: who has not applied it gets no promise until it has.

        The change may go on to wait for a third node; a promise that is given meanwhile would not be waited for.
        """
        self._waiting[number].passed_over.add(node)

    def wait_until(self, node: str, number: int, gone_since: float = inf) -> float:
        """When the node need not be waited for any more, whatever it does; 0 where it has applied the change.

        `gone_since`: when it stood in the log that the node may not rest on the log.
        """
        partition, sequence, since, _ = self._waiting[number]
        if self.has_applied(node, partition, sequence):
            return 0.0
        return max(min(since, gone_since) + WAIT_SECONDS, self._promised.get(node, 0.0))

    def has_applied(self, node: str, partition: int, sequence: int) -> bool:
        applied = self._applied.get(node)
        return applied is not None and applied[partition] >= sequence


def leader(own: str, writes_at: Mapping[str, float], now: float) -> str:
    """Who takes on what one node of a region is to do first: the lowest name of those that live, and may write.

    `writes_at`: when each other node has last said that it may.
    """
    return min([own, *(node for node, at in writes_at.items() if now - at <= WAIT_SECONDS)])
