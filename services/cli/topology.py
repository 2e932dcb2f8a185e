"""Which region listens where, when all run on one machine.

Owns the scheme of ports: front door at the base, KMS APIs from base + 1, feeds from base + 101, Kafka brokers from
base + 201 and their controllers from base + 251. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from services.cli.main import PATIENCE
from services.front_door.settings import DoorSettings, RegionSocket
from services.region_node.settings import Address, KafkaSettings, NodeSettings, PeerSettings

LOOPBACK = "127.0.0.1"
FEEDS, BROKERS, CONTROLLERS = 100, 200, 250
MOST_REGIONS = 49

_Log: TypeAlias = Literal["embedded"] | KafkaSettings


class Topology(NamedTuple):
    """What `keytide up` was asked for. `port` is the front door's; `workers` None leaves each region's as they are.

    `patience`: seconds that a region may get no further before the others are proven without it.
    """

    regions: tuple[str, ...]
    directory: Path
    port: int
    workers: int | None
    kafka: bool
    patience: float = float(PATIENCE)

    @property
    def door_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def api(self, region: str) -> Address:
        return Address(LOOPBACK, self.port + self._number(region))

    def feed(self, region: str) -> Address:
        return Address(LOOPBACK, self.port + FEEDS + self._number(region))

    def broker(self, region: str) -> Address:
        return Address(LOOPBACK, self.port + BROKERS + self._number(region))

    def controller(self, region: str) -> Address:
        return Address(LOOPBACK, self.port + CONTROLLERS + self._number(region))

    def region_directory(self, region: str) -> Path:
        return self.directory / region

    def addresses(self) -> Iterator[Address]:
        """Every address that has to be free."""
        yield Address(LOOPBACK, self.port)
        kinds = (self.api, self.feed, *((self.broker, self.controller) if self.kafka else ()))
        for kind in kinds:
            yield from (kind(region) for region in self.regions)

    def _number(self, region: str) -> int:
        return self.regions.index(region) + 1


def next_region(regions: Sequence[str], region: str) -> str | None:
    """The one after `region`, from the last to the first: the stand-by of its accounts. None where it is alone."""
    return regions[(regions.index(region) + 1) % len(regions)] if len(regions) > 1 else None


def node_settings(topology: Topology, region: str) -> NodeSettings:
    """The settings of a new node of `region`."""
    return NodeSettings(
        region=region,
        api=topology.api(region),
        feed=topology.feed(region),
        workers=topology.workers or 1,
        log=_log(topology, region),
        peers=tuple(_peer(topology, peer) for peer in topology.regions if peer != region),
        directory=topology.region_directory(region),
    )


def refreshed_settings(kept: NodeSettings, topology: Topology) -> NodeSettings:
    """`kept`, as it stands in its file, with the ports and workers of this start.

    Only what `node_settings` has made is changed, and of that the ports on loopback: a log, a peer or an address that
    somebody has set by hand stays.
    """
    fresh = node_settings(topology, kept.region)
    by_region = {peer.region: peer for peer in fresh.peers}
    return replace(
        kept,
        api=replace(kept.api, port=fresh.api.port),
        feed=replace(kept.feed, port=fresh.feed.port),
        workers=topology.workers or kept.workers,
        log=_moved(kept.log, fresh.log),
        peers=tuple(_moved_peer(peer, by_region.get(peer.region)) for peer in kept.peers),
    )


def _moved(kept: _Log, fresh: _Log) -> _Log:
    """A broker of this machine under its new port; any other log as it is."""
    if isinstance(kept, KafkaSettings) and isinstance(fresh, KafkaSettings) and _is_own_broker(kept):
        return replace(kept, bootstrap=fresh.bootstrap)
    return kept


def _is_own_broker(kafka: KafkaSettings) -> bool:
    return kafka.bootstrap.startswith(f"{LOOPBACK}:") and "," not in kafka.bootstrap


def _moved_peer(kept: PeerSettings, fresh: PeerSettings | None) -> PeerSettings:
    if fresh is None:
        return kept
    if kept.feed is not None and fresh.feed is not None and kept.feed.host == LOOPBACK:
        kept = replace(kept, feed=fresh.feed)
    if kept.kafka is not None and fresh.kafka is not None and _is_own_broker(kept.kafka):
        kafka = replace(kept.kafka, bootstrap=fresh.kafka.bootstrap)
        kept = replace(kept, feed=kept.feed or fresh.feed, kafka=kafka)
    return kept


def door_settings(topology: Topology, nodes: Sequence[NodeSettings]) -> DoorSettings:
    """The front door's settings for all regions. One that has no node now is known, and answers that it is down."""
    sockets = {node.region: node.door_socket for node in nodes}
    rows = tuple(
        RegionSocket(region, sockets.get(region, topology.region_directory(region) / "door.sock"))
        for region in topology.regions
    )
    return DoorSettings(Address(LOOPBACK, topology.port), rows)


def _log(topology: Topology, region: str) -> _Log:
    return KafkaSettings(str(topology.broker(region))) if topology.kafka else "embedded"


def _peer(topology: Topology, region: str) -> PeerSettings:
    kafka = KafkaSettings(str(topology.broker(region))) if topology.kafka else None
    return PeerSettings(region, feed=topology.feed(region), kafka=kafka)
