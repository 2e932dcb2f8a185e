"""What happens to the nodes of a region. All of it is recorded in every partition, and never shared."""

from typing import NamedTuple, TypeAlias


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


NodeEvent: TypeAlias = NodeAdmitted | NodeMoved | NodeRemoved
