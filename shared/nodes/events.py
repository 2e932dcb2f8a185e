"""What happens to the nodes of a region. All of it is recorded in every partition, and never shared."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias


class NodeAdmitted(NamedTuple):
    """A node belongs to the region from here on. For the fields see `Node`."""

    node: str
    card: bytes
    address: str
    token_id: bytes = b""


class NodeMoved(NamedTuple):
    """The other nodes reach it at this address from now on."""

    node: str
    address: str


class NodeRemoved(NamedTuple):
    """A node belongs to the region no more, for ever. `by`: the node whose operator has said so."""

    node: str
    by: str


class NodeMissed(NamedTuple):
    """A node was waited for in vain: until it returns it may serve by promises alone. `by`: which node has waited."""

    node: str
    by: str


class NodeReturned(NamedTuple):
    """A node that was missed is there again, and waited for. `absences`: how often it was missed."""

    node: str
    absences: int


NodeEvent: TypeAlias = NodeAdmitted | NodeMoved | NodeRemoved | NodeMissed | NodeReturned

NODE_EVENTS: Mapping[int, type[Any]] = {
    140: NodeAdmitted,
    141: NodeMoved,
    142: NodeRemoved,
    148: NodeMissed,
    149: NodeReturned,
}
