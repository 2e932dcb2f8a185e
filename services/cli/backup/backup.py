"""`keytide backup make`, `show`, `list`, `record`: archives of regions, and what is known of them.

Owns who holds the shares of a new archive's key, and what a person is told. How an archive is made is in
`services/backup/making.py`.
"""

import asyncio
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial

import orjson

from replication.reports.backup_report import backups_in
from replication.sharing.publication import local_log
from replication.state.state_store import Snapshot
from services.backup.archive_file import ArchiveReader
from services.backup.archive_key import ArchiveKey, fresh_archive_key
from services.backup.faults import CannotBackUp
from services.backup.making import Source, Steps, make_archive
from services.backup.manifest import Manifest, card_in
from services.backup.survey import Survey
from services.cli.backup.shares import HandingOut
from services.cli.columns import Row
from services.cli.columns import show as show_rows
from services.cli.operated_regions import OperatedRegions
from services.cli.progress_bar import ProgressBar
from services.cli.region_state import believed_cards, damage_of, opened_logs, state_of
from services.clock import now_milliseconds
from services.processes.directory_lock import DirectoryInUse, lock_directory
from services.region_node.keys.key_files import open_keys
from services.region_node.operator.questions import Verb, ask
from services.region_node.settings.settings import NodeSettings
from shared.backups.events import BackupMade
from shared.backups.model import Backup
from shared.crypto.region_card import fingerprint
from shared.times import instant

NO_ARCHIVES = "No region here knows of an archive."


def make(arguments: Namespace) -> int:
    """Errors: CannotBackUp, CannotStart, those of `ask`, KeysUnavailable, LogError, StoreFailed."""
    regions = OperatedRegions(arguments.directory)
    settings = regions.node(arguments.region)
    with _held_still(settings) as stands_still:
        manifest, handing_out = asyncio.run(_make(arguments, regions, settings, stands_still))
    size = arguments.to.stat().st_size
    if arguments.json:
        print(orjson.dumps({**_described(manifest), "bytes": size, "to_carry": handing_out.to_carry}).decode())
    else:
        print(f"{arguments.to} is archive {manifest.archive} of {settings.region}: {size:,} bytes")
        print("\n".join(handing_out.told()))
    if stands_still:
        told = f"tell the region of it once it runs, or nothing warns of it: keytide backup record {arguments.to}"
        print(f"keytide: {settings.region} does not run: {told}", file=sys.stderr)
    return 0


async def _make(
    arguments: Namespace, regions: OperatedRegions, settings: NodeSettings, stands_still: bool
) -> tuple[Manifest, HandingOut]:
    with closing(state_of(settings, damage_of(settings))) as store:
        cards = {region: card for region, card in believed_cards(settings, store).items() if region != settings.region}
        holders = _holders(arguments, tuple(sorted(cards)))
        key = fresh_archive_key(settings.region, holders, _threshold(arguments, len(holders)))
        handing_out = HandingOut(arguments, regions, cards, key)
        (log,) = await opened_logs(settings, local_log(settings.region))
        try:
            source = Source(settings, open_keys(settings), store, log, now_milliseconds)
            note = _nothing if stands_still else partial(_record_made, settings)
            steps = Steps(note, handing_out.run, ProgressBar(f"backing up {settings.region}"))
            return await make_archive(source, key, arguments.to, steps), handing_out
        finally:
            await log.close()


@contextmanager
def _held_still(settings: NodeSettings) -> Iterator[bool]:
    """Whether the region does not run; then it cannot be started meanwhile."""
    try:
        held = lock_directory(settings.directory, 0)
    except DirectoryInUse:
        yield False
        return
    try:
        yield True
    finally:
        os.close(held)


def _holders(arguments: Namespace, peers: tuple[str, ...]) -> tuple[str, ...]:
    """Errors: CannotBackUp where nobody would hold a share."""
    if arguments.shares_to is not None:
        return tuple(f"share-{place}" for place in range(1, (arguments.shares or 1) + 1))
    if arguments.shares is not None:
        raise CannotBackUp("-n needs --shares-to DIRECTORY: peer regions hold one share each")
    if not peers:
        raise CannotBackUp(f"{arguments.region} has no peers to hold shares: name --shares-to DIRECTORY -n 5 -k 3")
    return peers


def _threshold(arguments: Namespace, holders: int) -> int:
    wanted = int(arguments.threshold or holders // 2 + 1)
    if wanted > holders:
        raise CannotBackUp(f"-k {wanted}: there are only {holders} holders of shares, and the archive would never open")
    return wanted


async def _nothing(_key: ArchiveKey, _seen: Survey) -> None:
    return None


async def _record_made(settings: NodeSettings, key: ArchiveKey, seen: Survey) -> None:
    await _tell(settings, BackupMade(key.archive, key.threshold, key.holders, seen.oldest_epochs, seen.oldest_sealing))


async def _tell(settings: NodeSettings, made: BackupMade) -> None:
    await ask(
        settings,
        Verb.RECORD_BACKUP,
        archive=made.archive,
        threshold=str(made.threshold),
        holders=" ".join(made.holders),
        epochs=" ".join(map(str, made.oldest_epochs)),
        sealing=str(made.oldest_sealing),
    )


def record(arguments: Namespace) -> int:
    """Errors: ArchiveFault, CannotStart, those of `ask`."""
    told = ArchiveReader(arguments.file).manifest
    settings = OperatedRegions(arguments.directory).node(told.region)
    holders = tuple(holder.name for holder in told.holders)
    made = BackupMade(told.archive, told.threshold, holders, told.oldest_epochs, told.oldest_sealing)
    asyncio.run(_tell(settings, made))
    print(f"{told.region} knows of archive {told.archive}")
    return 0


def show(arguments: Namespace) -> int:
    """Errors: ArchiveFault."""
    reader = ArchiveReader(arguments.file)
    bar = ProgressBar("checking")
    reader.require_whole(lambda done: bar(done, reader.manifest.content_bytes))
    told = _described(reader.manifest)
    if arguments.json:
        print(orjson.dumps(told).decode())
        return 0
    for name, value in told.items():
        print(f"{name.replace('_', ' '):<10} {', '.join(value) if isinstance(value, list) else value}")
    return 0


def _described(manifest: Manifest) -> dict[str, object]:
    return {
        "archive": manifest.archive,
        "region": manifest.region,
        "made": instant(manifest.time),
        "records": sum(head.sequence for head in manifest.heads),
        "threshold": manifest.threshold,
        "holders": [holder.name for holder in manifest.holders],
        "identity": fingerprint(card_in(manifest).identity),
    }


def list_archives(arguments: Namespace) -> int:
    """0; 1: a region could not be read. Errors: CannotStart."""
    regions = OperatedRegions(arguments.directory)
    names = list(regions.nodes) if arguments.region is None else [regions.node(arguments.region).region]
    rows = [_row(region, backup) for region in names for backup in regions.read(region, _backups) or ()]
    show_rows(rows, as_json=arguments.json, nothing=NO_ARCHIVES)
    for region, reason in regions.unfit.items():
        print(f"keytide: {region} cannot be read: {reason}", file=sys.stderr)
    return int(bool(regions.unfit))


def _backups(_partitions: int, snapshot: Snapshot) -> list[Backup]:
    return backups_in(snapshot)


def _row(region: str, backup: Backup) -> Row:
    return {
        "archive": backup.archive,
        "region": region,
        "made": instant(backup.made_at),
        "needed": backup.threshold,
        "holders": list(backup.remaining),
        "destroyed": list(backup.destroyed),
        "expired": instant(backup.expired_at) if backup.expired_at else None,
    }
