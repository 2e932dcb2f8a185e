"""Frames of what is derived from the records of the region's own log: what was changed, what the region did itself.

Owns how far that is. Each partition has a chain of its own, named after the log; a frame of it holds the entries of one
record, so that every node makes the same frames of the same log, and it does not matter whose comes first. Which
records were applied the fold tells, and nobody else can: it is committed only once the trail has what was derived, so
that a crash repeats and loses nothing.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from replication.log.event_log import Entry, EventLog
from shared.audit.entry import AuditEntry, encode_entry
from shared.audit.frame import ChainHead, Frame, frame_of, head_of

AT_A_TIME: Final = 500
"""Records of a partition that are read at once."""
CHAIN_DIGITS: Final = 16


class Told(NamedTuple):
    """What an applied record tells; `number` is its sequence in its partition, which is the entries' `origin`."""

    number: int
    entries: Sequence[AuditEntry]


class Fold(Protocol):
    """The fold of one log. What was applied since the last `commit` is forgotten with `give_up`, or by a crash."""

    def position(self, partition: int) -> int:
        """Where to read on."""

    def apply(self, partition: int, entries: Sequence[Entry]) -> Sequence[Told]:
        """Fold the next entries of the log."""

    def commit(self) -> None: ...

    def give_up(self) -> None: ...

    def close(self) -> None: ...


def derived_chain(partition: int, identity: str) -> str:
    """The chain of what is derived from a partition of the log with that identity."""
    return f"log/{partition}/{hashlib.sha256(identity.encode()).hexdigest()[:CHAIN_DIGITS]}"


class DerivedFrames:
    """Of one node. `fold_of` opens the fold of the log with an identity; `heads` and `origin` are those of the node's
    trail: how far each chain goes, and of which record its last entry is."""

    def __init__(
        self,
        fold_of: Callable[[str], Fold],
        heads: Callable[[], Mapping[str, ChainHead]],
        origin: Callable[[str], int],
    ) -> None:
        self._fold_of, self._heads, self._origin = fold_of, heads, origin
        self._fold: Fold | None = None
        self._identity = ""
        self._sent: dict[str, int] = {}
        self.behind = 0
        """Positions of the log that the fold has not reached."""
        self.went_on = False
        """Whether the fold got any further the last time: then there may be more."""

    def begin(self) -> None:
        """A session begins: the trail has all that the audit log has, and it is not known what was sent."""
        self._sent.clear()
        if self._fold is not None:
            self._fold.give_up()

    def close(self) -> None:
        if self._fold is not None:
            self._fold.close()
            self._fold = None

    async def next_frames(self, log: EventLog) -> Sequence[Frame]:
        """What follows from the records of the next stretch of each partition. Errors: LogError, StoreFailed.

        The trail has taken up all that was sent before.
        """
        fold, frames = self._folding(await log.identity()), list[Frame]()
        self._settle(fold)
        behind, self.went_on = 0, False
        for partition in range(log.partitions):
            begun = fold.position(partition)
            entries = await log.read(partition, begun, AT_A_TIME)
            if entries:
                chain = derived_chain(partition, self._identity)
                frames.extend(self._framed(chain, fold.apply(partition, entries)))
            reached = fold.position(partition)
            self.went_on = self.went_on or reached > begun
            behind += await log.end(partition) - reached
        self.behind, self._sent = behind, {frame.chain: frame.last for frame in frames}
        return frames

    def _folding(self, identity: str) -> Fold:
        if self._fold is None or identity != self._identity:
            self.close()
            self._fold, self._identity = self._fold_of(identity), identity
        return self._fold

    def _settle(self, fold: Fold) -> None:
        """What the trail has, from this node or another, need not be derived again."""
        heads = self._heads()
        if all(heads.get(chain, ChainHead()).number >= last for chain, last in self._sent.items()):
            fold.commit()
        else:
            fold.give_up()

    def _framed(self, chain: str, told: Sequence[Told]) -> Iterator[Frame]:
        head, known = self._heads().get(chain, ChainHead()), self._origin(chain)
        for number, entries in told:
            if entries and number > known:
                frame = frame_of(chain, head, [encode_entry(entry) for entry in entries])
                head = head_of(frame)
                yield frame
