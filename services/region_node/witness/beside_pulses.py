"""What the region and its peers say beside their pulses.

Owns what is written at every beat: the region's own checkpoint once it is served; and, where the log of pulses is all
that peers can read of it (Kafka), what it has seen of each of them, whether it is served itself or not. Regions that
start at the same time confirm each other's logs in this way.
"""

from collections.abc import Callable, Sequence

from replication.sharing.publisher import Signing
from replication.state.partition_head import PartitionHead
from replication.witness.checkpoint import FORMAT_VERSION, Checkpoint, encode_checkpoint
from services.region_node.witness.seen_of_peers import SeenOfPeers


class BesidePulses:
    """Of one node. `told_to`: the peers that can read what has been seen of them in this log alone."""

    def __init__(
        self,
        signing: Signing,
        node: str,
        seen: SeenOfPeers,
        told_to: Callable[[], Sequence[str]],
        now: Callable[[], int],
    ) -> None:
        self._signing, self._node, self._seen, self._told_to, self._now = signing, node, seen, told_to, now

    def own(self, heads: Sequence[PartitionHead], *, served: bool) -> list[bytes]:
        cosigned = [self._seen.cosigned(peer) for peer in self._told_to()]
        return [self._checkpoint(heads), *cosigned] if served else cosigned

    def take(self, peer: str, encoded: bytes) -> bool:
        return self._seen.take(peer, encoded)

    def _checkpoint(self, heads: Sequence[PartitionHead]) -> bytes:
        own = tuple(head.head for head in heads)
        checkpoint = Checkpoint(FORMAT_VERSION, self._signing.region, self._node, self._now(), own)
        return encode_checkpoint(checkpoint, self._signing.sign)
