"""`keytide verify`: are the regions' logs and states what they should be?

Owns which regions are checked, how their files are opened (for reading only, beside a running node too) and how the
findings are told. The rules are in `replication/verify.py`.
"""

import asyncio
import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from replication.embedded_log import EmbeddedLogs
from replication.event_log import EventLog, LogError
from replication.kafka_log import KafkaLog
from replication.lmdb_store import LmdbStore
from replication.publication import local_log, shared_log
from replication.record import RecordKey
from replication.state_store import StoreFailed
from replication.verify import Checked, verify_region
from replication.verify_findings import Report
from services.cli.faults import CannotStart
from services.cli.regions_directory import founded
from services.cli.verify_output import Output
from services.region_node.key_files import open_region_keys
from services.region_node.node_logs import kafka_security
from services.region_node.root import find_root
from services.region_node.settings import KafkaSettings, NodeSettings, read_node_settings
from shared.crypto.region_card import MalformedCard, decode_card


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
    checked = _checked(settings)
    with _state(settings) as store:
        local, shared = await _logs(settings)
        try:
            with store.read() as snapshot:
                return await verify_region(checked, local, shared, snapshot, output.progress)
        finally:
            await local.close()
            await shared.close()


def _checked(settings: NodeSettings) -> Checked:
    root = find_root(os.environ, None, settings.root_file)
    keys = open_region_keys(settings.keys_directory, settings.region, root)
    cards = {}
    for peer in settings.peers:
        path = settings.peer_card_file(peer.region)
        try:
            cards[peer.region] = decode_card(path.read_bytes()).identity
        except MalformedCard as error:
            raise CannotStart(f"{path}: {error}; restore the card that was pinned for {peer.region}") from error
    record_key = RecordKey(keys.mac_key_id, keys.mac_key.reveal())
    return Checked(settings.region, settings.partitions, record_key, keys.identity.public_bytes, cards)


@contextmanager
def _state(settings: NodeSettings) -> Iterator[LmdbStore]:
    store = LmdbStore(settings.state_directory, writer=False)
    try:
        yield store
    finally:
        store.close()


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
