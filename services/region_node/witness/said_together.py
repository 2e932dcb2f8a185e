"""Everything that is said beside the pulses, by whoever has something to say."""

from collections.abc import Sequence

from replication.state.partition_head import PartitionHead
from services.region_node.pulses.pulses import Beside


class SaidTogether:
    """In the order of the parts; an entry of a peer's log belongs to the first that knows it."""

    def __init__(self, *parts: Beside) -> None:
        self._parts = parts

    def own(self, heads: Sequence[PartitionHead], *, served: bool) -> list[bytes]:
        return [said for part in self._parts for said in part.own(heads, served=served)]

    def take(self, peer: str, encoded: bytes) -> bool:
        return any(part.take(peer, encoded) for part in self._parts)
