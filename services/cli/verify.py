"""`keytide verify`: are the regions' logs and states what they should be?

Owns which regions are checked, how their files are opened (for reading only, beside a running node too) and how the
findings are told. Where there is no state that can be read, the logs are checked alone. The rules are in
`replication/verify.py`.
"""

import asyncio
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from replication.embedded_log import EmbeddedLogs
from replication.event_log import EventLog, LogError
from replication.kafka_log import KafkaLog
from replication.lmdb_store import LmdbStore
from replication.memory_store import MemoryStore
from replication.publication import local_log, shared_log
from replication.state_store import StateStore, StoreFailed
from replication.verify import Checked, verify_region
from replication.verify_findings import Finding, Kind, Report, StateSeen
from services.cli.faults import CannotStart
from services.cli.regions_directory import founded
from services.cli.verify_output import Output
from services.region_node.federation import placed_cards
from services.region_node.key_files import open_keys
from services.region_node.node_logs import kafka_security
from services.region_node.peer_cards import PeerCards, card_of
from services.region_node.settings import KafkaSettings, NodeSettings, read_node_settings
from services.region_node.state_care import STATE_FILE, unreadable
from shared.crypto.region_card import MalformedCard, RegionCard


def main(arguments: Namespace) -> int:
    """0: all agree; 1: something was found. Errors: those of `services/cli/faults.py`."""
    output = Output(as_json=arguments.json)
    reports = []
    for settings in _nodes(arguments.directory, arguments.region):
        output.start(settings.region)
        try:
            report = asyncio.run(_check(settings, output))
        except (LogError, StoreFailed) as error:
            raise CannotStart(f"{settings.region} cannot be checked: {error}") from error
        output.show(report)
        reports.append(report)
    output.finish(reports)
    return int(any(report.findings for report in reports))


def _nodes(directory: Path, region: str | None) -> Iterator[NodeSettings]:
    made = founded(directory)
    if made is None:
        raise CannotStart(f"{directory} holds no regions; name the right --directory, or start them with: keytide up")
    if region is not None and region not in made.regions:
        raise CannotStart(f"--region: {region} is not in {directory}; there are {', '.join(made.regions)}")
    for name in made.regions if region is None else (region,):
        yield read_node_settings(directory / name, name)


async def _check(settings: NodeSettings, output: Output) -> Report:
    damage = _damage(settings)
    with closing(_state(settings, damage)) as store:
        checked = _checked(settings, store)
        local, shared = await _logs(settings)
        try:
            with store.read() as snapshot:
                report = await verify_region(checked, local, shared, snapshot, output.progress)
        finally:
            await local.close()
            await shared.close()
    return _with_state_seen(report, settings, damage)


def _is_there(settings: NodeSettings) -> bool:
    file = settings.state_directory / STATE_FILE
    return file.exists() and file.stat().st_size > 0


def _damage(settings: NodeSettings) -> str:
    """Why the state cannot be read, or "". Found out by a process of its own, which a damaged file may end."""
    return unreadable(settings.state_directory) if _is_there(settings) else ""


def _state(settings: NodeSettings, damage: str) -> StateStore:
    """The state; an empty one where there is none that can be read, so that the logs are checked alone."""
    readable = _is_there(settings) and not damage
    return LmdbStore(settings.state_directory, writer=False) if readable else MemoryStore()


def _with_state_seen(report: Report, settings: NodeSettings, damage: str) -> Report:
    if damage:
        finding = Finding(local_log(settings.region), 0, Kind.STATE, f"the state cannot be read: {damage}")
        return report._replace(state=StateSeen.DAMAGED, findings=(finding, *report.findings))
    return report if _is_there(settings) else report._replace(state=StateSeen.ABSENT)


def _cards(settings: NodeSettings, store: StateStore) -> Mapping[str, RegionCard]:
    """The cards that the node itself believes: those in its state, which the check holds against the log.

    Where there is no state, those that the operator has placed.
    """
    if not isinstance(store, MemoryStore):
        return PeerCards(store, settings.partitions)()
    placed = {}
    for region, encoded in placed_cards(settings).items():
        try:
            placed[region] = card_of(region, encoded)
        except MalformedCard:
            continue  # the adoptions from that peer are not checked, which is no finding about the log
    return placed


def _checked(settings: NodeSettings, store: StateStore) -> Checked:
    keys = open_keys(settings)
    cards = {region: card.identity for region, card in _cards(settings, store).items()}
    return Checked(settings.region, settings.partitions, keys.record_key, keys.identity.public_bytes, cards)


async def _logs(settings: NodeSettings) -> tuple[EventLog, EventLog]:
    names = (local_log(settings.region), shared_log(settings.region))
    if isinstance(settings.log, KafkaSettings):
        kafka, partitions = settings.log, settings.partitions
        local, shared = [
            await KafkaLog.open(name, kafka.bootstrap, partitions, kafka_security(kafka), create=False)
            for name in names
        ]
        return local, shared
    logs = EmbeddedLogs.open(settings.log_directory, dict.fromkeys(names, settings.partitions), readonly=True)
    return logs[names[0]], logs[names[1]]
