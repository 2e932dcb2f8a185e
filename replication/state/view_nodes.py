"""The nodes of a region, as one partition of its state knows them.

Owns reading them. What has no account is recorded in every partition, and each is folded by itself: who writes to a
partition must ask that partition whom it has to wait for.
"""

from collections.abc import Mapping

from replication.state.rows import decode_row
from replication.state.state_store import STREAMS, Snapshot, row_key
from shared.nodes.model import Node
from shared.nodes.streams import node_stream


def known_nodes(snapshot: Snapshot, partition: int) -> Mapping[str, Node]:
    """All that were ever admitted, the removed ones too, by name."""
    prefix = row_key(partition, node_stream(""))
    states = (decode_row(encoded).state for _, encoded in snapshot.scan(STREAMS, prefix, prefix))
    return {state.node: state for state in states if type(state) is Node}


def revision_of_node(snapshot: Snapshot, partition: int, node: str) -> int:
    """What a change of the node rests on."""
    return decode_row(snapshot.get(STREAMS, row_key(partition, node_stream(node)))).revision
