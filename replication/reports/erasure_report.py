"""What stands in the way of what was destroyed being erased, as a region's state tells it.

Owns the reading of the rows of ERASING: of each stream, whether nothing of this region can open its remains any more,
and otherwise what must still happen. Archives are told of by whoever keeps them: see `Archives`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from replication.fold.erasing import SEALING, Remains, domain_in, remains_in
from replication.state.partition_head import PartitionHead
from replication.state.rows import decode_row
from replication.state.state_store import PARTITIONS, STREAMS, Snapshot, partition_prefix, row_key
from replication.state.view_nodes import known_nodes
from shared.erasure.decide import advances_at, copies_needed
from shared.erasure.model import Domain
from shared.identifiers import peer_stream
from shared.identity.model import Peer

Archives = Callable[[Remains], Iterable[str]]
"""What is in the way of erasing these remains: the archives that hold a key under which they open."""


class Destroyed(NamedTuple):
    """A stream of which something was destroyed, the first time at `time`. `hindrances`: none once it is erased."""

    stream: str
    time: int
    hindrances: tuple[str, ...]


class Intervals(NamedTuple):
    """In milliseconds, and on how many nodes a fresh domain key has to stand: see `ErasureSettings`."""

    advance: int
    sealing: int
    min_copies: int | None = None


class Reader:
    """Of one region's state, in one snapshot. `instant` shows a time to people."""

    def __init__(
        self,
        snapshot: Snapshot,
        region: str,
        partitions: int,
        intervals: Intervals,
        instant: Callable[[int], str],
        archives: Archives = lambda _remains: (),
    ) -> None:
        self._snapshot, self._region, self._partitions = snapshot, region, partitions
        self._intervals, self._instant, self._archives = intervals, instant, archives

    def partition(self, partition: int) -> list[Destroyed]:
        """Everything that was destroyed in the partition, in the order of the streams."""
        nodes = self._nodes(partition)
        by_stream: dict[str, list[Remains]] = defaultdict(list)
        for remains in remains_in(self._snapshot, partition):
            by_stream[remains.stream].append(remains)
        return [
            Destroyed(stream, min(one.time for one in found), tuple(self._hindrances(partition, found, nodes)))
            for stream, found in sorted(by_stream.items())
        ]

    def _nodes(self, partition: int) -> dict[str, bool]:
        """Whoever belongs to the region holds its keys, whether it has ever written or is away; and whether it is.

        A region that has admitted nobody has one node, which has written.
        """
        known = known_nodes(self._snapshot, partition)
        head = PartitionHead.decode(self._snapshot.get(PARTITIONS, partition_prefix(partition)))
        if not known:
            return dict.fromkeys(sorted(head.chains), False)
        return {name: node.away for name, node in sorted(known.items()) if not node.removed}

    def _hindrances(self, partition: int, found: list[Remains], nodes: Mapping[str, bool]) -> Iterable[str]:
        told = [
            self._of_sealing(partition, one, nodes) if one.bucket == SEALING else self._of_domain(one, nodes)
            for one in found
        ]
        archives = [text for one in found for text in self._archives(one)]
        return dict.fromkeys([*(text for texts in told for text in texts), *archives])

    def _of_domain(self, remains: Remains, nodes: Mapping[str, bool]) -> list[str]:
        domain = domain_in(self._snapshot, self._partitions, remains.bucket)
        if domain.epoch <= remains.epoch:
            return [f"bucket {remains.bucket} of {self._region} {self._of_advance(domain, nodes)}"]
        if domain.closed < remains.epoch:
            return [f"live secrets of bucket {remains.bucket} of {self._region} are still being wrapped again"]
        return [
            f"node {node} of {self._region} has not destroyed its domain key of bucket {remains.bucket}{_while(away)}"
            for node, away in nodes.items()
            if domain.destroyed_at(node) < remains.epoch
        ]

    def _of_advance(self, domain: Domain, nodes: Mapping[str, bool]) -> str:
        wanted = copies_needed(self._intervals.min_copies, len(nodes))
        if wanted > len(nodes):
            return f"does not advance: its next key has to stand on {wanted} nodes, and the region has {len(nodes)}"
        gone = [name for name, away in nodes.items() if away]
        if wanted > len(nodes) - len(gone):
            return f"does not advance: its next key has to stand on {wanted} nodes, and {_away(gone)}"
        return f"has not advanced: it does {self._at(advances_at(domain, self._intervals.advance))}"

    def _of_sealing(self, partition: int, remains: Remains, nodes: Mapping[str, bool]) -> list[str]:
        state = decode_row(self._snapshot.get(STREAMS, row_key(partition, peer_stream(self._region)))).state
        own = state if isinstance(state, Peer) else Peer(self._region, b"", 0)
        if own.sealing_number <= remains.epoch:
            until = self._at(own.announced_at + self._intervals.sealing if own.announced_at else 0)
            gone = [name for name, away in nodes.items() if away]
            waits = f", and not while {_away(gone)}" if gone else ""
            return [f"sealing key {remains.epoch} of {self._region} is in use: it is exchanged {until}{waits}"]
        return [
            f"node {node} of {self._region} keeps sealing key {remains.epoch} until all peers have the next"
            + _while(away)
            for node, away in nodes.items()
            if dict(own.sealing_destroyed).get(node, 0) < remains.epoch
        ]

    def _at(self, time: int) -> str:
        return f"from {self._instant(time)} on" if time else "within moments"


def _away(nodes: Sequence[str]) -> str:
    """What an operator may do about it."""
    are = f"{', '.join(nodes)} {'is' if len(nodes) == 1 else 'are'} away"
    return f"{are}: bring back, or remove and destroy the disk"


def _while(away: bool) -> str:
    return " (it is away: bring it back, or remove it and destroy its disk)" if away else ""
