"""Which region listens where, when all run on one machine.

Owns the scheme of ports: front door at the base, KMS APIs from base + 1, channels between a region's nodes from base +
51, feeds from base + 101, Kafka brokers from base + 201 and their controllers from base + 251; a further node of each
region has its own 300 higher. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from services.cli.main import PATIENCE
from services.front_door.settings import DoorSettings, RegionSocket
from services.region_node.settings.settings import DOOR_SOCKET, Address, KafkaSettings, NodeSettings, PeerSettings

LOOPBACK = "127.0.0.1"
CHANNELS, FEEDS, BROKERS, CONTROLLERS = 50, 100, 200, 250
NODES_APART = 300
FIRST = 1
"""The number of a region's first node; the further ones follow."""
MOST_REGIONS = 49

_Log: TypeAlias = Literal["embedded"] | KafkaSettings


class Topology(NamedTuple):
    """What `keytide up` was asked for. `port` is the front door's; `workers` None leaves each region's as they are.

    `patience`: seconds that a region may get no further before the others are proven without it. `nodes`: of each
    region.
    """

    regions: tuple[str, ...]
    directory: Path
    port: int
    workers: int | None
    kafka: bool
    patience: float = float(PATIENCE)
    nodes: int = 1

    @property
    def door_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def api(self, region: str, node: int = FIRST) -> Address:
        return self._address(region, 0, node)

    def feed(self, region: str, node: int = FIRST) -> Address:
        return self._address(region, FEEDS, node)

    def channel(self, region: str, node: int = FIRST) -> Address | None:
        """None where each region has one node."""
        return self._address(region, CHANNELS, node) if self.nodes > 1 else None

    def broker(self, region: str) -> Address:
        return Address(LOOPBACK, self.port + BROKERS + self._number(region))

    def controller(self, region: str) -> Address:
        return Address(LOOPBACK, self.port + CONTROLLERS + self._number(region))

    def region_directory(self, region: str) -> Path:
        return self.directory / region

    def node_directory(self, region: str, node: int) -> Path:
        """Of a further node."""
        return self.directory / f"{region}.{node_name(node)}"

    @property
    def further(self) -> range:
        """The numbers of each region's further nodes."""
        return range(FIRST + 1, self.nodes + 1)

    def addresses(self) -> Iterator[Address]:
        """Every address that has to be free."""
        yield Address(LOOPBACK, self.port)
        kinds = (self.api, self.feed, *((self.broker, self.controller) if self.kafka else ()))
        for kind in kinds:
            yield from (kind(region) for region in self.regions)
        for node in self.further:
            for region in self.regions:
                yield from (self.api(region, node), self.feed(region, node))

    def _address(self, region: str, kind: int, node: int) -> Address:
        return Address(LOOPBACK, self.port + kind + self._number(region) + NODES_APART * (node - FIRST))

    def _number(self, region: str) -> int:
        return self.regions.index(region) + 1


def node_name(number: int) -> str:
    return f"node-{number}"


def next_region(regions: Sequence[str], region: str) -> str | None:
    """The one after `region`, from the last to the first: the stand-by of its accounts. None where it is alone."""
    return regions[(regions.index(region) + 1) % len(regions)] if len(regions) > 1 else None


def node_settings(topology: Topology, region: str, number: int = FIRST) -> NodeSettings:
    """The settings of a new node of `region`, its first one or another."""
    return NodeSettings(
        region=region,
        api=topology.api(region, number),
        feed=topology.feed(region, number),
        channel=topology.channel(region, number),
        workers=topology.workers or 1,
        log=_log(topology, region),
        peers=tuple(_peer(topology, peer) for peer in topology.regions if peer != region),
        directory=topology.region_directory(region),
    )


def refreshed_settings(kept: NodeSettings, topology: Topology, number: int = FIRST) -> NodeSettings:
    """`kept`, as it stands in its file, with the ports and workers of this start. `number`: of the node in its region.

    Only what `node_settings` has made is changed, and of that the ports on loopback: a log, a peer or an address that
    somebody has set by hand stays.
    """
    fresh = node_settings(topology, kept.region, number)
    by_region = {peer.region: peer for peer in fresh.peers}
    return replace(
        kept,
        api=replace(kept.api, port=fresh.api.port),
        feed=replace(kept.feed, port=fresh.feed.port),
        channel=fresh.channel if kept.channel is None else _at_port_of(kept.channel, fresh.channel),
        workers=topology.workers or kept.workers,
        log=_moved(kept.log, fresh.log),
        peers=tuple(_moved_peer(peer, by_region.get(peer.region)) for peer in kept.peers),
    )


def _at_port_of(kept: Address, fresh: Address | None) -> Address:
    return kept if fresh is None else replace(kept, port=fresh.port)


def _moved(kept: _Log, fresh: _Log) -> _Log:
    """A broker of this machine under its new port; any other log as it is."""
    if isinstance(kept, KafkaSettings) and isinstance(fresh, KafkaSettings) and _is_own_broker(kept):
        return _moved_broker(kept, fresh)
    return kept


def _moved_broker(kept: KafkaSettings, fresh: KafkaSettings) -> KafkaSettings:
    """Settings of an older version do not say yet that one broker will do."""
    return replace(kept, bootstrap=fresh.bootstrap, development=fresh.development)


def _is_own_broker(kafka: KafkaSettings) -> bool:
    return kafka.bootstrap.startswith(f"{LOOPBACK}:") and "," not in kafka.bootstrap


def _moved_peer(kept: PeerSettings, fresh: PeerSettings | None) -> PeerSettings:
    if fresh is None:
        return kept
    if kept.feed is not None and fresh.feed is not None and kept.feed.host == LOOPBACK:
        kept = replace(kept, feed=fresh.feed, other_feeds=fresh.other_feeds)
    if kept.kafka is not None and fresh.kafka is not None and _is_own_broker(kept.kafka):
        kept = replace(kept, feed=kept.feed or fresh.feed, kafka=_moved_broker(kept.kafka, fresh.kafka))
    return kept


def door_settings(topology: Topology, nodes: Sequence[NodeSettings]) -> DoorSettings:
    """The front door's settings for all regions. One that has no node now is known, and answers that it is down."""
    sockets = {node.region: node.door_socket for node in nodes}
    rows = tuple(
        RegionSocket(
            region,
            sockets.get(region, topology.region_directory(region) / DOOR_SOCKET),
            tuple(topology.node_directory(region, number) / DOOR_SOCKET for number in topology.further),
        )
        for region in topology.regions
    )
    return DoorSettings(Address(LOOPBACK, topology.port), rows)


def _log(topology: Topology, region: str) -> _Log:
    return KafkaSettings(str(topology.broker(region)), development=True) if topology.kafka else "embedded"


def _peer(topology: Topology, region: str) -> PeerSettings:
    others = tuple(topology.feed(region, number) for number in topology.further)
    kafka = KafkaSettings(str(topology.broker(region)), development=True) if topology.kafka else None
    return PeerSettings(region, feed=topology.feed(region), other_feeds=others, kafka=kafka)
