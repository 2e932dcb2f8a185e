"""Entries in frames, and a trail of them in a list."""

from collections.abc import Sequence

from services.audit.trail.forms import ArrivedFrame, Dropped
from shared.audit.entry import AuditEntry, encode_entry
from shared.audit.frame import ChainHead, Frame, frame_of, head_of
from tests.shared.usage.test_tally import KEY, TIME, entry

__all__ = ["KEY", "TIME", "FakeTrail", "entry"]

CHAIN = "node-1/worker-0/0123456789abcdef"


class FakeTrail:
    """As `Trail` answers. `dropped`: so many of its first frames are gone."""

    def __init__(self) -> None:
        self.arrived: list[Frame] = []
        self.heads: dict[str, ChainHead] = {}
        self.dropped = 0

    def arrive(self, *entries: AuditEntry, chain: str = CHAIN) -> None:
        """One frame."""
        frame = frame_of(chain, self.heads.get(chain, ChainHead()), [encode_entry(one) for one in entries])
        self.heads[chain] = head_of(frame)
        self.arrived.append(frame)

    def frames(self, after: int, limit: int) -> Sequence[ArrivedFrame]:
        if after < self.dropped:
            raise Dropped(self.dropped + 1)
        numbered = [ArrivedFrame(ordinal, frame) for ordinal, frame in enumerate(self.arrived, 1)]
        return numbered[after : after + limit]

    def last_ordinal(self) -> int:
        return len(self.arrived)
