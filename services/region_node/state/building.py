"""Which partitions of the state are built from the log, and so may be served.

Owns that mark. A state that was lost, or that another version has built, begins empty, and on its way through the log
it shows keys as they once were: one that was disabled since would decrypt again. A partition is marked once it has
reached the end that the log had at the start, without waiting for a missing record. The mark stays: a later restart
serves at once, for what was acknowledged had been committed to the state before. Before the first mark nobody relies on
the state, and its commits need not be durable one by one: so the first marks come together, once no partition gets
any further.
"""

from collections.abc import Mapping

from replication.fold.materializer import Materializer
from replication.state.state_store import ADAPTER, BUILT, PREFIX_BYTES, Snapshot, StateStore, partition_prefix


class Building:
    """`expect` the ends, and `look` whenever a partition has been read on."""

    def __init__(self, store: StateStore, materializer: Materializer) -> None:
        self._store = store
        self._materializer = materializer
        self._ends: dict[int, int] = {}
        self._is_first = False

    def expect(self, ends: Mapping[int, int]) -> None:
        """`ends`: the position after the last entry of each partition."""
        built = self._built()
        self._is_first = not built
        if self._is_first:
            self._store.build()
        self._ends = {partition: end for partition, end in ends.items() if partition_prefix(partition) not in built}

    def is_whole(self, partitions: int) -> bool:
        """Whether each of so many partitions is marked, from an earlier run too."""
        with self._store.read() as snapshot:
            return is_whole(snapshot, partitions)

    def look(self, partition: int) -> None:
        """Mark the partition if it is whole now; the first ones with all others that are. Errors: StoreFailed."""
        if partition in self._ends and not (self._is_first and any(map(self._gets_further, self._ends))):
            self.mark()

    def mark(self) -> None:
        """Mark what is whole now, whatever else is to be read. Errors: StoreFailed."""
        whole = [partition for partition in self._ends if self._is_whole(partition)]
        if not whole:
            return
        self._store.settle()
        built = sorted({*self._built(), *map(partition_prefix, whole)})
        with self._store.write() as transaction:
            transaction.put(ADAPTER, BUILT, b"".join(built))
        self._is_first = False
        for partition in whole:
            del self._ends[partition]

    def _gets_further(self, partition: int) -> bool:
        return not self._waits(partition) and not self._is_whole(partition)

    def _waits(self, partition: int) -> bool:
        return partition in self._materializer.waiting()

    def _is_whole(self, partition: int) -> bool:
        return not self._waits(partition) and self._materializer.position(partition) >= self._ends[partition]

    def _built(self) -> list[bytes]:
        with self._store.read() as snapshot:
            return _built(snapshot)


def is_whole(snapshot: Snapshot, partitions: int) -> bool:
    """Whether each of so many partitions is built from the log. A state that is not there is not."""
    return len(_built(snapshot)) == partitions


def _built(snapshot: Snapshot) -> list[bytes]:
    row = snapshot.get(ADAPTER, BUILT) or b""
    return [row[start : start + PREFIX_BYTES] for start in range(0, len(row), PREFIX_BYTES)]
