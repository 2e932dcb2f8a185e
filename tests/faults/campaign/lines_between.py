"""The lines between the regions of a campaign: what one reads of another passes a proxy, at its feed and its broker.

Owns where the proxies stand. A Kafka client goes on at the address that a broker names, so a broker has a listener for
each region that reads it, which names that one's proxy.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.cli.up.brokers import FOLDER
from services.cli.up.topology import Topology
from services.drill.links import HOST, Link, Links
from services.local_kafka.broker import BY_HAND, SETTINGS, free_port
from services.region_node.settings.settings import (
    Address,
    KafkaSettings,
    PeerSettings,
    stored_node_settings,
    write_node_settings,
)


def lead_through(links: Links, topology: Topology) -> None:
    """Have every region of the directory that is prepared read the others through `links`."""
    brokers = {region: _proxies(links, topology, region) for region in topology.regions if topology.kafka}
    for region in topology.regions:
        settings = stored_node_settings(topology.directory / region, region)
        peers = tuple(_linked(links, topology, region, peer, brokers) for peer in settings.peers)
        write_node_settings(replace(settings, peers=peers))


def _linked(
    links: Links, topology: Topology, region: str, peer: PeerSettings, brokers: dict[str, dict[str, int]]
) -> PeerSettings:
    """The feed of each of the peer's nodes by a line of its own, and its broker."""
    feeds = [topology.feed(peer.region, node) for node in range(1, topology.nodes + 1)]
    first, *others = (Address(HOST, links.add(Link(region, peer.region), feed.port)) for feed in feeds)
    linked = replace(peer, feed=first, other_feeds=tuple(others))
    if peer.region not in brokers:
        return linked
    return replace(linked, kafka=KafkaSettings(f"{HOST}:{brokers[peer.region][region]}", development=True))


def _proxies(links: Links, topology: Topology, source: str) -> dict[str, int]:
    """The ports at which the other regions read the broker of `source`."""
    readers = [region for region in topology.regions if region != source]
    behind = {reader: free_port() for reader in readers}
    proxies = {reader: links.add(Link(reader, source), behind[reader]) for reader in readers}
    folder = topology.directory / source / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / BY_HAND).write_text("\n".join(_listeners(topology, source, behind, proxies)))
    return proxies


def _listeners(topology: Topology, source: str, behind: dict[str, int], proxies: dict[str, int]) -> Sequence[str]:
    own, controller = topology.broker(source), topology.controller(source)
    ports = {_listener(reader): f"127.0.0.1:{port}" for reader, port in behind.items()}
    named = {_listener(reader): f"{HOST}:{port}" for reader, port in proxies.items()}
    protocols = "".join(f",{name}:PLAINTEXT" for name in ports)
    return (
        f"listeners={_addresses({'PLAINTEXT': str(own), **ports, 'CONTROLLER': str(controller)})}",
        f"advertised.listeners={_addresses({'PLAINTEXT': str(own), **named})}",
        f"listener.security.protocol.map={SETTINGS['listener.security.protocol.map']}{protocols}",
    )


def _listener(reader: str) -> str:
    return reader.upper().replace("-", "_")


def _addresses(by_name: dict[str, str]) -> str:
    return ",".join(f"{name}://{address}" for name, address in by_name.items())
