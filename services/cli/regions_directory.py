"""The directory in which `keytide up` keeps its regions.

Owns its layout and its making: per region a folder with settings, root, keys and the peers' cards; `regions.json` last,
which says that all is there and for which regions. Whatever an interrupted first start left is taken up again. A later
start keeps what was set in the files by hand and changes only what the command line says: the ports of what runs on
this machine and, where they are named, the workers. A region whose files are not in order is left out of a start, and
keeps no other from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from services.cli.faults import CannotStart, fault_line
from services.cli.node.new_region import found_keys, place_cards
from services.cli.up.topology import MOST_REGIONS, Topology, door_settings, node_settings, refreshed_settings
from services.front_door.settings import write_door_settings
from services.region_node.keys.key_files import open_keys
from services.region_node.settings.outside import outside_machines
from services.region_node.settings.settings import (
    SETTINGS_FILE,
    NodeSettings,
    read_node_settings,
    stored_node_settings,
    write_node_settings,
)
from services.strict_settings import read_settings, write_settings

REGIONS_FILE = "regions.json"
PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class Founding:
    """What a directory was made for; it stays so. The first region is the administrator's home."""

    regions: tuple[str, ...]
    kafka: bool


def founded(directory: Path) -> Founding | None:
    """What the directory was made for, or None for a new one. Errors: SettingsError."""
    path = directory / REGIONS_FILE
    return read_settings(Founding, path) if path.exists() else None


def agreed_founding(directory: Path, regions: Sequence[str] | None, default: tuple[str, ...], kafka: bool) -> Founding:
    """What to start: as founded, or as asked for in a new directory. Errors: CannotStart where the two differ."""
    asked = default if regions is None else tuple(regions)
    if len(asked) > MOST_REGIONS:
        raise CannotStart(f"--regions: at most {MOST_REGIONS} regions run on one machine")
    made = founded(directory)
    if made is None:
        return Founding(asked, kafka)
    if regions is not None and asked != made.regions:
        raise CannotStart(
            f"{directory} was made for --regions {','.join(made.regions)}: start it with these, or without the option; "
            "for other regions name another --directory"
        )
    if kafka and not made.kafka:
        raise CannotStart(f"{directory} keeps embedded logs: start it without --kafka, or name another --directory")
    return made


class Prepared(NamedTuple):
    """What can be started. `unfit`: the regions whose files are not in order, and what a person has to mend."""

    nodes: tuple[NodeSettings, ...]
    unfit: Mapping[str, str]


def prepare(topology: Topology, now: int) -> Prepared:
    """Make the directory ready, and read what its nodes are told. `now` is integer milliseconds since 1970.

    A region whose files are not in order is left out, so that the others can be started. Errors: CannotStart where that
    is none; in a new directory also SettingsError, KeysUnavailable, OSError.
    """
    if founded(topology.directory) is None:
        _found(topology, now)
    nodes, unfit = [], {}
    for region in topology.regions:
        try:
            nodes.append(_fit(topology, region))
        except Exception as fault:
            unfit[region] = _line_for_a_person(fault)
    if not nodes:
        raise CannotStart("; ".join(f"region {region}: {reason}" for region, reason in unfit.items()))
    write_door_settings(door_settings(topology, nodes), topology.directory)
    return Prepared(tuple(nodes), unfit)


def _line_for_a_person(fault: Exception) -> str:
    line = fault_line(fault)
    if line is None:
        raise fault
    return line


def _fit(topology: Topology, region: str) -> NodeSettings:
    """The settings of a node that can start. Errors: what its processes would otherwise only write into their logs."""
    node = _refreshed(topology, region)
    open_keys(node)
    if node.attestation.trust_anchors:
        from services.region_node.settings.trust_anchors import read_attestation_rules

        read_attestation_rules(node)
    machines = outside_machines(node)
    if machines.external_key_stores or machines.hsm_clusters:
        from services.region_node.key_stores.key_stores import open_machines

        open_machines(machines)
    return node


def _found(topology: Topology, now: int) -> None:
    cards = {}
    nodes = [node_settings(topology, region) for region in topology.regions]
    for node in nodes:
        node.directory.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        cards[node.region] = found_keys(node, now).encoded_card
    for node in nodes:
        place_cards(node, cards)
        write_node_settings(node)
    write_settings(Founding(topology.regions, topology.kafka), topology.directory / REGIONS_FILE)


def _refreshed(topology: Topology, region: str) -> NodeSettings:
    """The node's settings with the ports and workers of this start, also in their file."""
    directory = topology.region_directory(region)
    if not (directory / SETTINGS_FILE).exists():
        raise CannotStart(f"{directory / SETTINGS_FILE} is missing: restore it, or name another --directory")
    kept = stored_node_settings(directory, region)
    refreshed = refreshed_settings(kept, topology)
    if refreshed != kept:
        write_node_settings(refreshed)
    return read_node_settings(directory, region)
