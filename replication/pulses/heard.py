"""What a region has heard of one peer by its pulses.

Owns what follows from a pulse, without a clock of its own: which is the peer's latest, what looks like a rollback, how
fresh what was adopted of the peer is, and which pulse first showed that the peer has come somewhere. A pulse that is
repeated (anyone may write old ones to a topic again) changes nothing, and neither does one that goes backwards: a peer
that was rolled back counts as one that is not heard, until it has come further than it was.
"""

from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from replication.pulses.pulse import Pulse
from replication.records.position import Head

PULSES_KEPT = 256
"""Of each peer, in memory: some minutes' worth."""
BEATS_LOOKED_AT = 3


class HeardPulse(NamedTuple):
    """`at`: when it was heard, milliseconds of the own clock. `encoded`: as its author signed it."""

    pulse: Pulse
    encoded: bytes
    at: int

    @property
    def as_of(self) -> int:
        """The moment of which it surely speaks: a clock that is ahead makes nothing fresher than when it was heard."""
        return min(self.pulse.time, self.at)


class Heard:
    """One peer, whose partitions are as many as the region's own."""

    def __init__(self, peer: str, partitions: int) -> None:
        self._peer = peer
        self._kept: deque[HeardPulse] = deque(maxlen=PULSES_KEPT)
        self._fresh = [0] * partitions
        self.latest: HeardPulse | None = None

    def resume(self, fresh: Sequence[int], latest: HeardPulse | None) -> None:
        """Go on from what an earlier process had heard."""
        if len(fresh) == len(self._fresh):
            self._fresh = list(fresh)
        self.latest = latest

    def hear(self, heard: HeardPulse) -> str:
        """Take a verified pulse of the peer. Returns what looks like a rollback of the peer, or ""."""
        former, pulse = None if self.latest is None else self.latest.pulse, heard.pulse
        if former is not None and (suspicion := went_back(former, pulse)):
            return suspicion if pulse.time > former.time else ""  # an old one, told again, means nothing
        if former is None or pulse.time > former.time or _heads(pulse) != _heads(former):
            self.latest = heard
            self._kept.append(heard)
        return ""

    def let_go(self) -> None:
        """The peer was put back, and people have settled that what it had said since is lost: it is heard from the
        beginning. What was adopted of it stays as fresh as it is."""
        self.latest = None
        self._kept.clear()

    def freshen(self, adopted: Sequence[Head]) -> tuple[int, ...]:
        """By partition, the latest moment of which all is adopted here that the peer had shared then, in milliseconds;
        0 where none is known. `adopted`: how far this region has come with the peer.
        """
        for heard in self._kept:
            for partition, head in enumerate(adopted):
                if heard.as_of > self._fresh[partition] and heard.pulse.shared[partition].sequence <= head.sequence:
                    self._fresh[partition] = heard.as_of
        return tuple(self._fresh)

    @property
    def beat(self) -> int:
        """Milliseconds between pulses of late, by the peer's own clock; 0 where too few were heard."""
        late = [heard.pulse.time for heard in self._kept][-BEATS_LOOKED_AT - 1 :]
        return max((later - former for former, later in pairwise(late)), default=0)

    def first_beyond(self, region: str, partition: int, number: int) -> HeardPulse | None:
        """The earliest pulse still known in which the peer has adopted record `number` of `region`."""
        return next((one for one in self._all() if one.pulse.adopted_of(region, partition).sequence >= number), None)

    def _all(self) -> Sequence[HeardPulse]:
        resumed = [self.latest] if self.latest is not None and self.latest not in self._kept else []
        return [*resumed, *self._kept]


def went_back(former: Pulse, later: Pulse) -> str:
    """What of `former` is not so any more in `later`, in a sentence, or ""."""
    for region in (former.region, *sorted(former.adopted)):
        for partition in range(len(former.shared)):
            before, after = former.adopted_of(region, partition), later.adopted_of(region, partition)
            if after.sequence < before.sequence or (after.sequence == before.sequence and after != before):
                what = "shared" if region == former.region else f"adopted of {region}"
                return (
                    f"{former.region} had {what} {before.sequence} records of partition {partition}, and now "
                    f"{'others' if after.sequence == before.sequence else after.sequence}: it was rolled back"
                )
    return ""


def clocks_agree(offsets: Sequence[int], most: int) -> bool:
    """Whether a clock fits to most of those that it was compared with; it does where there are none.

    `offsets`: what each is ahead of it, in milliseconds; `most`: what still agrees.
    """
    agreeing = sum(abs(offset) <= most for offset in offsets)
    return not offsets or 2 * agreeing > len(offsets)


def _heads(pulse: Pulse) -> object:
    return pulse.shared, pulse.adopted
