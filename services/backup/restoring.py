"""An archive becomes a region's directory again, whole or not at all.

Owns the order of it: everything that can be checked is checked before anything is written, and all is written beside,
and takes its place last. The state is not in an archive: the node builds it
from the log at its first start. The root is not in it either, so that neither the archive with all shares of its key,
nor the root alone, opens anything.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from replication.log.event_log import EventLog
from services.backup.archive_file import ArchiveReader
from services.backup.archive_key import rejoined_key
from services.backup.contents import KeptFile, KeptRecords, decode_contents
from services.backup.faults import ArchiveFault, CannotRestore
from services.backup.manifest import Manifest, card_in
from services.backup.shares import Share
from services.durable_file import PRIVATE_DIRECTORY, write_new_file
from services.region_node.keys.key_files import open_region_keys
from services.region_node.keys.root import Root
from services.region_node.rebuild.new_directory import is_vacant, made_beside
from services.region_node.rebuild.restored import mark_restored
from services.region_node.replicator.node_logs import open_own_logs
from services.region_node.settings.settings import KafkaSettings, stored_node_settings
from shared.crypto.region_card import fingerprint
from shared.secrets import Secret


class Wanted(NamedTuple):
    """What is to be restored, and where. `identity`: the fingerprint that the region's card has to have, or None."""

    region: str
    directory: Path
    identity: str | None = None


class Steps(NamedTuple):
    """`root`: places the root in the directory and gives it. `told`: a stage, and how many of how many bytes are
    done."""

    root: Callable[[Path], Root]
    told: Callable[[str, int, int], None]


async def restore_archive(archive: ArchiveReader, shares: Iterable[Share], wanted: Wanted, steps: Steps) -> Manifest:
    """Errors: ArchiveFault, CannotRestore, KeysUnavailable for a root that is not the right one, LogError, OSError."""
    manifest = archive.manifest
    _require_wanted(manifest, wanted)
    key = rejoined_key(manifest, shares)
    archive.require_whole(lambda done: steps.told("checking", done, manifest.content_bytes))
    with made_beside(wanted.directory) as beside:
        await _unpack(archive, key, beside, steps)
        _require_right_keys(manifest, beside, steps.root(beside))
        mark_restored(beside)
    return manifest


def _require_wanted(manifest: Manifest, wanted: Wanted) -> None:
    if manifest.region != wanted.region:
        raise CannotRestore(f"the archive is of {manifest.region}, not of {wanted.region}")
    if not is_vacant(wanted.directory):
        raise CannotRestore(f"{wanted.directory} is not empty: it is kept. Move it away, or name another --directory")
    found = fingerprint(card_in(manifest).identity)
    if wanted.identity is not None and "".join(wanted.identity.split()) != "".join(found.split()):
        raise CannotRestore(f"the archive is signed by {found}, and that is not the identity that was asked for")


async def _unpack(archive: ArchiveReader, key: Secret, beside: Path, steps: Steps) -> None:
    manifest = archive.manifest
    log: EventLog | None = None
    counts = [0] * manifest.partitions
    try:
        pieces = archive.content(key, lambda done: steps.told("restoring", done, manifest.content_bytes))
        for kept in decode_contents(pieces):
            if isinstance(kept, KeptFile):
                _place(beside, kept)
                continue
            log = log or await _new_log(manifest, beside)
            await log.append(_partition(kept, manifest), kept.records)
            counts[kept.partition] += len(kept.records)
    finally:
        if log is not None:
            await log.close()
    if tuple(counts) != manifest.entries:
        raise ArchiveFault(f"the archive holds {sum(counts)} entries, and its manifest says {sum(manifest.entries)}")


async def _new_log(manifest: Manifest, beside: Path) -> EventLog:
    """The region's own log, which must be empty: with Kafka it is where the settings say, not in the directory."""
    settings = stored_node_settings(beside, manifest.region)
    if settings.partitions != manifest.partitions:
        raise ArchiveFault(
            f"the archive is of {manifest.partitions} partitions, and its settings say {settings.partitions}"
        )
    logs = await open_own_logs(settings)
    if isinstance(settings.log, KafkaSettings):
        await logs.shared.close()
    for partition in range(manifest.partitions):
        if await logs.local.end(partition):
            await logs.local.close()
            raise CannotRestore(f"{logs.local.name} is not empty: it is kept. Restore into new topics alone")
    return logs.local


def _partition(kept: KeptRecords, manifest: Manifest) -> int:
    if not 0 <= kept.partition < manifest.partitions:
        raise ArchiveFault(f"the archive holds records of partition {kept.partition}, and there is none")
    return kept.partition


def _place(beside: Path, kept: KeptFile) -> None:
    path = beside / kept.path
    path.parent.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
    write_new_file(path, kept.content)


def _require_right_keys(manifest: Manifest, beside: Path, root: Root) -> None:
    keys = open_region_keys(beside / "keys", manifest.region, root)
    if keys.identity.public_bytes != card_in(manifest).identity:
        raise ArchiveFault(f"the keys in the archive are not those of the {manifest.region} that signed it")
