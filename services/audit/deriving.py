"""Entries that are derived from the records of the region's own log: what was changed, and what the region did itself.

Owns how far that is. Each partition has a chain of its own, named after the log; a frame of it holds the entries of one
record, so that every node makes the same frames of the same log, and it does not matter whose comes first.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from replication.event_log import EventLog
from shared.audit.entry import AuditEntry, encode_entry
from shared.audit.frame import ChainHead, Frame, frame_of, head_of

AT_A_TIME: Final = 500
"""Records of a partition that are read at once."""
CHAIN_DIGITS: Final = 16

Derive = Callable[[int, int, bytes], Sequence[AuditEntry]]
"""Of a partition, a position in it, and the record that stands there; their `origin` is that place. Pure."""


class Reached(NamedTuple):
    """From where to read on, and the head of the chain of what was derived before."""

    position: int
    head: ChainHead


def derived_chain(partition: int, identity: str) -> str:
    """The chain of what is derived from a partition of the log with that identity."""
    return f"log/{partition}/{hashlib.sha256(identity.encode()).hexdigest()[:CHAIN_DIGITS]}"


class Deriving:
    """Of one node. `heads` and `origin` are those of its trail: of a chain, the record that its last entry is of.
    `marked` tells how far a chain's log was read, for the long stretches from which nothing is derived."""

    def __init__(
        self,
        derive: Derive,
        heads: Callable[[], Mapping[str, ChainHead]],
        origin: Callable[[str], int],
        marked: Callable[[str], Reached | None],
    ) -> None:
        self._derive, self._heads, self._origin, self._marked = derive, heads, origin, marked
        self._reached: dict[str, Reached] = {}

    def begin(self) -> None:
        """A session begins: the trail has all that the audit log has."""
        self._reached.clear()

    def marks(self) -> Mapping[str, Reached]:
        """How far each chain's log was read, where the trail has all that was derived of it."""
        heads = self._heads()
        return {
            chain: reached for chain, reached in self._reached.items() if reached.head == heads.get(chain, ChainHead())
        }

    async def next_frames(self, log: EventLog) -> Sequence[Frame]:
        """What follows from the records of the next stretch of each partition. Errors: LogError.

        The trail has taken up all that was sent before: another head in it is another node's, which was faster.
        """
        identity = await log.identity()
        frames: list[Frame] = []
        for partition in range(log.partitions):
            frames.extend(await self._of_partition(log, partition, derived_chain(partition, identity)))
        return frames

    async def _of_partition(self, log: EventLog, partition: int, chain: str) -> Sequence[Frame]:
        position, head = self._where(chain)
        frames: list[Frame] = []
        for entry in await log.read(partition, position, AT_A_TIME):
            derived = self._derive(partition, entry.position, entry.record)
            if derived:
                frames.append(frame_of(chain, head, [encode_entry(each) for each in derived]))
                head = head_of(frames[-1])
            position = entry.position + 1
        self._reached[chain] = Reached(position, head)
        return frames

    def _where(self, chain: str) -> Reached:
        head = self._heads().get(chain, ChainHead())
        known = self._reached.get(chain) or self._marked(chain)
        return known if known is not None and known.head == head else Reached(self._origin(chain) + 1, head)
