"""What happens when a region that has lost everything is built anew from its peers.

Owns the classes, their permanent tags and their streams. What has no account stands in every partition. An identity is
the 32 bytes of an Ed25519 public key.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from shared.identifiers import peer_stream

FORGOTTEN_STREAM: Final = "forgotten-witness"
"""One in every partition. It has no state: it is there to be read in the log."""


def rebuild_stream(region: str) -> str:
    """In the log of the region itself: that it was built anew."""
    return f"rebuild/{region}"


def readmission_stream(region: str, peer_region: str) -> str:
    """What `peer_region` has told of the readmission of `region`."""
    return f"readmission/{region}/{peer_region}"


def forgotten_stream(region: str) -> str:
    """One in every partition: what of `region` the nodes of this one are to forget."""
    return f"forgotten-region/{region}"


class PeerReplaced(NamedTuple):
    """An operator of this region has pinned another card of the peer, with another identity, in place of the former.

    From here on the former identity counts for nothing in this partition.
    """

    region: str
    card: bytes


class RegionReadmitted(NamedTuple):
    """`peer_region` has pinned a new identity of `region`, and tells all what it knows of the lost one's partition.

    `adopted` and `digest`: the last shared record of the region that it has. `said`: how many the lost region has said
    to have shared; `witnessed`: how many records its own log has had; `taken`: how many of those it had adopted from
    others; 0 where the peer has heard nothing. `heard_at`: when it was last heard, milliseconds.
    """

    region: str
    peer_region: str
    former: bytes
    identity: bytes
    adopted: int
    digest: bytes
    said: int
    witnessed: int
    taken: int
    heard_at: int


class RebuildBegun(NamedTuple):
    """This region begins anew with nothing but its peers; before, its identity was `former`."""

    region: str
    former: bytes


class RebuildEnded(NamedTuple):
    """This region has what its peers have of it, up to record `shared` of what it had shared.

    `disabled`: so many keys of the partition came back disabled, because nobody knows their regional settings.
    """

    region: str
    shared: int
    disabled: int


class WitnessForgotten(NamedTuple):
    """An operator of this region has had one node of it forget what it had seen of the log of `region`: the highest was
    `sequence` and the running hash `digest` of the partition."""

    region: str
    sequence: int
    digest: bytes


class RegionForgotten(NamedTuple):
    """As `WitnessForgotten`, said once for every node of this region: each does so as it meets the record."""

    region: str
    sequence: int
    digest: bytes


RebuildEvent: TypeAlias = (
    PeerReplaced | RegionReadmitted | RebuildBegun | RebuildEnded | WitnessForgotten | RegionForgotten
)
REBUILD_EVENTS: Mapping[int, type[RebuildEvent]] = {
    190: PeerReplaced,
    191: RegionReadmitted,
    192: RebuildBegun,
    193: RebuildEnded,
    194: WitnessForgotten,
    217: RegionForgotten,
}
REBUILD_STREAMS: Mapping[type[Any], Callable[[Any], str]] = {
    PeerReplaced: lambda event: peer_stream(event.region),
    RegionReadmitted: lambda event: readmission_stream(event.region, event.peer_region),
    **dict.fromkeys((RebuildBegun, RebuildEnded), lambda event: rebuild_stream(event.region)),
    WitnessForgotten: lambda _event: FORGOTTEN_STREAM,
    RegionForgotten: lambda event: forgotten_stream(event.region),
}
