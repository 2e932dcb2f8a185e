"""An archive is made: from what a region has at one moment to one file that is there whole or not at all.

Owns the order of it. The archive is recorded in the region's log before anything of it is written, so that no archive
is ever there of which the region does not know what it could open; its shares are handed out before the file gets its
name, so that none is there that nobody can open. The region runs or not: its state and log are only read.
"""

import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from replication.log.event_log import EventLog
from replication.state.state_store import StateStore
from services.backup.archive_file import ArchiveWriter
from services.backup.archive_key import ArchiveKey
from services.backup.contents import KeptRecords, encode_kept
from services.backup.faults import CannotBackUp
from services.backup.manifest import FORMAT_VERSION, Manifest
from services.backup.survey import Survey, kept_files, survey
from services.durable_file import PRIVATE_FILE, placed_at_last
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.settings.settings import NodeSettings

READ_MOST = 5_000
READ_BYTES = 1 << 20
ATTEMPTS = 5


class Source(NamedTuple):
    """The region that is backed up. `log`: its own, open for reading; `now` gives integer milliseconds."""

    settings: NodeSettings
    keys: RegionKeys
    store: StateStore
    log: EventLog
    now: Callable[[], int]


class Steps(NamedTuple):
    """What others do meanwhile. `record`: note in the region's log what is about to be made. `hand_out`: its shares.
    `told`: how many of how many entries are in the archive.
    """

    record: Callable[[ArchiveKey, Survey], Awaitable[None]]
    hand_out: Callable[[], Awaitable[None]]
    told: Callable[[int, int], None]


async def make_archive(source: Source, key: ArchiveKey, target: Path, steps: Steps) -> Manifest:
    """Make `target`, which must not be there. Errors: CannotBackUp, LogError, StoreFailed, OSError, and those of the
    steps; nothing is left of the file then.
    """
    try:
        with placed_at_last(target) as unfinished:
            manifest = await _attempts(source, key, unfinished, steps)
            await steps.hand_out()
    except FileExistsError as error:
        raise CannotBackUp(f"{target} exists already: it is kept. Name another file") from error
    return manifest


async def _attempts(source: Source, key: ArchiveKey, unfinished: Path, steps: Steps) -> Manifest:
    for _ in range(ATTEMPTS):
        seen = survey(source.settings, source.keys, source.store, source.now())
        try:
            files = [encode_kept(file) for file in kept_files(source.settings, source.keys, seen)]
        except FileNotFoundError:
            continue  # a key went since
        await steps.record(key, seen)
        return await _write(source, key, unfinished, seen, files, steps)
    raise CannotBackUp(f"the keys of {source.settings.region} change all the time: try again later")


async def _write(
    source: Source, key: ArchiveKey, unfinished: Path, seen: Survey, files: Iterable[bytes], steps: Steps
) -> Manifest:
    with _new_file(unfinished) as file:
        writer = ArchiveWriter(file, key.archive, key.key)
        for content in files:
            writer.take(content)
        entries = await _copy_log(source.log, seen, writer, steps)
        content_hash = writer.finish_content()
        manifest = Manifest(
            format=FORMAT_VERSION,
            archive=key.archive,
            region=source.settings.region,
            time=seen.time,
            threshold=key.threshold,
            holders=key.listed(),
            heads=seen.heads,
            entries=entries,
            content_hash=content_hash,
            content_bytes=writer.written,
            oldest_epochs=seen.oldest_epochs,
            oldest_sealing=seen.oldest_sealing,
            card=source.keys.encoded_card,
        )
        writer.finish(manifest, source.keys.identity.sign)
    return manifest


async def _copy_log(log: EventLog, seen: Survey, writer: ArchiveWriter, steps: Steps) -> tuple[int, ...]:
    """All that stands before the positions of the survey; gives how many entries of each partition that is."""
    counts = [0] * len(seen.positions)
    for partition, end in enumerate(seen.positions):
        position = 0
        while position < end:
            read = await log.read(partition, position, READ_MOST, most_bytes=READ_BYTES)
            within = [entry.record for entry in read if entry.position < end]
            if not within:
                break  # a log may leave gaps between positions
            writer.take(encode_kept(KeptRecords(partition, within)))
            counts[partition] += len(within)
            position = read[-1].position + 1
            steps.told(sum(counts), sum(seen.positions))
    return tuple(counts)


def _new_file(path: Path) -> BinaryIO:
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE), "wb")
