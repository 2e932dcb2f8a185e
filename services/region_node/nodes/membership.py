"""Who belongs to the region, as this node's state says.

Owns reading the nodes partition by partition, and the marks that keep a node from believing that it is alone. A node
that is alone serves without a lease, and for as long as it likes. So before the log can say that there is another one,
something must say it that no restart and no lost log takes away: a file in `nodes/` for every token, until the token
has run out or its node stands in the state.
"""

from collections.abc import Collection, Mapping
from enum import Enum
from typing import NamedTuple

from replication.state.state_store import StateStore
from replication.state.view_nodes import known_nodes
from services.durable_file import PRIVATE_DIRECTORY, place_new_file, sync_directory
from services.region_node.settings.settings import NodeSettings
from shared.nodes.model import Node

CLOCKS_APART_MOST = 5 * 60 * 1000
"""Milliseconds by which another node's clock may be behind when it judges whether a token is still good."""


class Standing(Enum):
    """How a node stands in its region."""

    ALONE = "alone"
    """Nobody else can acknowledge a change."""
    MEMBER = "member"
    STRANGER = "stranger"
    """It has joined, and this state does not know it yet."""
    REMOVED = "removed"


class Members(NamedTuple):
    """All nodes that were ever admitted, by partition and name."""

    own: str
    by_partition: tuple[Mapping[str, Node], ...]

    def present(self, partition: int) -> frozenset[str]:
        """Those that belong to the region as this partition knows it."""
        return frozenset(name for name, node in self.by_partition[partition].items() if not node.removed)

    def removed(self) -> frozenset[str]:
        """Those of which any partition says that they do not belong to the region any more."""
        return frozenset(name for nodes in self.by_partition for name, node in nodes.items() if node.removed)

    def others(self) -> dict[str, Node]:
        """The other nodes that any partition knows, and none as removed."""
        gone = self.removed() | {self.own}
        return {name: node for nodes in self.by_partition for name, node in nodes.items() if name not in gone}

    def has_company(self) -> bool:
        """Whether any partition still knows another node: all must have removed it before it writes no more."""
        numbers = range(len(self.by_partition))
        return any(self.present(number) - {self.own} for number in numbers)

    def is_away(self) -> bool:
        """Whether any partition goes on without this node."""
        return any(nodes[self.own].away for nodes in self.by_partition if self.own in nodes)

    def is_admitted(self) -> bool:
        """Whether every partition has this node."""
        return all(self.own in self.present(number) for number in range(len(self.by_partition)))


def told(members: Members) -> list[tuple[str, str, str]]:
    """Name, address, and "admitted", "away" or "removed" of every node that there ever was."""
    gone = members.removed()
    known = {name: node for nodes in members.by_partition for name, node in nodes.items()}
    away = {name for nodes in members.by_partition for name, node in nodes.items() if node.away}
    found = ((name, node.address, _place_of(name, gone, away)) for name, node in sorted(known.items()))
    return list(found)


def _place_of(name: str, gone: Collection[str], away: Collection[str]) -> str:
    return "removed" if name in gone else "away" if name in away else "admitted"


class Membership:
    """Of one node."""

    def __init__(self, settings: NodeSettings, store: StateStore) -> None:
        self._settings, self._store = settings, store
        self._directory = settings.directory / "nodes"

    def members(self) -> Members:
        """Errors: StoreFailed."""
        with self._store.read() as snapshot:
            found = tuple(known_nodes(snapshot, number) for number in range(self._settings.partitions))
        return Members(self._settings.node, found)

    def waited_for(self, partition: int) -> Mapping[str, Node]:
        """All nodes that this partition knows, the removed ones too."""
        with self._store.read() as snapshot:
            return known_nodes(snapshot, partition)

    def standing(self, members: Members, now: int) -> Standing:
        """`now` is integer milliseconds since 1970."""
        if members.own in members.removed():
            return Standing.REMOVED
        if self._settings.joined and not members.is_admitted():
            return Standing.STRANGER
        return Standing.MEMBER if members.has_company() or self._is_marked(members, now) else Standing.ALONE

    def mark(self, token_id: bytes, expires: int) -> None:
        """Another node may come by this token. Durable when this returns. Errors: OSError."""
        self._directory.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
        sync_directory(self._directory.parent)
        place_new_file(self._directory / f"{token_id.hex()}.{expires}", b"")

    def _is_marked(self, members: Members, now: int) -> bool:
        if not self._directory.exists():
            return False
        arrived = set.intersection(*({n.token_id.hex() for n in nodes.values()} for nodes in members.by_partition))
        marks = (path.name.partition(".")[::2] for path in self._directory.iterdir())
        return any(
            token not in arrived and not (expires.isdecimal() and int(expires) + CLOCKS_APART_MOST < now)
            for token, expires in marks
        )
