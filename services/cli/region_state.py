"""The state and the logs of a region as a command reads them, beside a running node too, whatever has become of it.

Owns which regions a command speaks of, whether their state can be read, whose cards they believe, and how their logs
are opened. Reads only.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from replication.log.embedded_log import EmbeddedLogs
from replication.log.event_log import EventLog
from replication.sharing.publication import local_log, shared_log
from replication.state.lmdb_store import LmdbStore
from replication.state.memory_store import MemoryStore
from replication.state.state_store import StateStore
from services.cli.faults import CannotStart
from services.cli.regions_directory import founded
from services.region_node.kafka.logs import read_kafka_log
from services.region_node.peers.federation import placed_cards
from services.region_node.peers.peer_cards import PeerCards, card_of
from services.region_node.settings.settings import SETTINGS_FILE, KafkaSettings, NodeSettings, read_node_settings
from services.region_node.state.state_care import STATE_FILE, unreadable
from services.strict_settings import read_settings
from shared.crypto.region_card import MalformedCard, RegionCard


def nodes_in(directory: Path, region: str | None) -> Iterator[NodeSettings]:
    """Of every region in the directory, or of `region` alone; the directory may be that of one region's node.

    Errors: CannotStart, SettingsError.
    """
    made = founded(directory)
    if made is None:
        yield _only_node(directory, region)
        return
    if region is not None and region not in made.regions:
        raise CannotStart(f"--region: {region} is not in {directory}; there are {', '.join(made.regions)}")
    for name in made.regions if region is None else (region,):
        yield read_node_settings(directory / name, name)


def further_node_in(directory: Path, region: str, node: str) -> NodeSettings:
    """The region's node of that name, where `keytide up` has made several. Errors: CannotStart, SettingsError."""
    further = directory / f"{region}.{node}"
    if not (further / SETTINGS_FILE).exists():
        there = ", ".join(sorted(path.name.removeprefix(f"{region}.") for path in directory.glob(f"{region}.*")))
        raise CannotStart(f"--node: {region} has no further node {node} in {directory}; there: {there or 'none'}")
    return read_node_settings(further, region)


def _only_node(directory: Path, region: str | None) -> NodeSettings:
    file = directory / SETTINGS_FILE
    if not file.exists():
        raise CannotStart(f"{directory} holds no regions; name the right --directory, or start them with: keytide up")
    own = read_settings(NodeSettings, file).region
    if region not in (None, own):
        raise CannotStart(f"--region: {region} is not in {directory}; there is {own}")
    return read_node_settings(directory, own)


def is_there(settings: NodeSettings) -> bool:
    file = settings.state_directory / STATE_FILE
    return file.exists() and file.stat().st_size > 0


def damage_of(settings: NodeSettings) -> str:
    """Why the state cannot be read, or "". Found out by a process of its own, which a damaged file may end."""
    return unreadable(settings.state_directory) if is_there(settings) else ""


def state_of(settings: NodeSettings, damage: str) -> StateStore:
    """The state; an empty one where there is none that can be read."""
    readable = is_there(settings) and not damage
    return LmdbStore(settings.state_directory, writer=False) if readable else MemoryStore()


def believed_cards(settings: NodeSettings, store: StateStore) -> Mapping[str, RegionCard]:
    """The cards that the node itself believes: those in its state, which a check holds against the log.

    Where there is no state, those that the operator has placed.
    """
    if not isinstance(store, MemoryStore):
        return PeerCards(store, settings.partitions)()
    placed = {}
    for region, encoded in placed_cards(settings).items():
        try:
            placed[region] = card_of(region, encoded)
        except MalformedCard:
            continue  # the node does not believe it either
    return placed


async def opened_logs(settings: NodeSettings, *names: str) -> list[EventLog]:
    """Logs of the region, for reading only. Errors: LogError."""
    partitions = settings.partitions
    if isinstance(settings.log, KafkaSettings):
        return [await read_kafka_log(settings.log, name, partitions) for name in names]
    both = (local_log(settings.region), shared_log(settings.region))
    logs = EmbeddedLogs.open(settings.log_directory, dict.fromkeys(both, partitions), readonly=True)
    return [logs[name] for name in names]
