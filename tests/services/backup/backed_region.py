"""One region with its files on disk, as it stands still after it has made some keys; and archives of it."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

from replication.sharing.publication import local_log
from replication.state.lmdb_store import LmdbStore
from services.backup.archive_key import ArchiveKey, fresh_archive_key
from services.backup.making import Source, Steps, make_archive
from services.backup.manifest import Manifest
from services.backup.restoring import Steps as RestoringSteps
from services.backup.shares import Share
from services.backup.survey import Survey
from services.cli.region_state import opened_logs
from services.region_node.keys.key_files import create_region_keys, open_region_keys
from services.region_node.keys.root import Root, create_root_file, read_root_file
from services.region_node.settings.settings import Address, KafkaSettings, NodeSettings, write_node_settings
from shared.crypto.entropy import random_bytes
from shared.crypto.sealed_stream import CHUNK_BYTES
from tests.services.region_node.running_replicator import NOW, PARTITIONS, RunningRegion

REGION = "us-east-1"
HOLDERS = ("ap-southeast-2", "eu-west-1", "us-west-2")
THRESHOLD = 2


class BackedRegion(NamedTuple):
    """`key_ids`: the keys that it has made. `root`: a copy of its root, beside its directory."""

    settings: NodeSettings
    key_ids: tuple[str, ...]
    root: Path

    def archive(self, target: Path, recorded: list[Survey] | None = None) -> tuple[Manifest, ArchiveKey]:
        """Made anew. `recorded`: what the region would have been told."""
        key = fresh_archive_key(REGION, HOLDERS, THRESHOLD)
        return asyncio.run(self._archive(key, target, [] if recorded is None else recorded)), key

    async def _archive(self, key: ArchiveKey, target: Path, recorded: list[Survey]) -> Manifest:
        def is_unfinished() -> bool:
            return not target.exists()

        async def record(_key: ArchiveKey, seen: Survey) -> None:
            assert is_unfinished()
            recorded.append(seen)

        async def hand_out() -> None:
            assert is_unfinished()

        root = read_root_file(self.settings.root_file)
        keys = open_region_keys(self.settings.keys_directory, REGION, root)
        (log,) = await opened_logs(self.settings, local_log(REGION))
        with closing(LmdbStore(self.settings.state_directory, writer=False)) as store:
            try:
                source = Source(self.settings, keys, store, log, lambda: NOW)
                steps = Steps(record, hand_out, lambda _done, _total: None)
                return await make_archive(source, key, target, steps)
            finally:
                await log.close()

    def placed_root(self, directory: Path) -> Root:
        shutil.copy(self.root, directory / "root")
        return read_root_file(directory / "root")

    @property
    def restoring(self) -> RestoringSteps:
        return RestoringSteps(self.placed_root, lambda _stage, _done, _total: None)


def shares_of(key: ArchiveKey, *places: int) -> list[Share]:
    return [share for _, share in key.handed_out() if share.place in places]


@contextmanager
def backed_region(keys: int = 3, log: Literal["embedded"] | KafkaSettings = "embedded") -> Iterator[BackedRegion]:
    """Sockets' paths must be short, so the directory is too."""
    folder = Path(tempfile.mkdtemp(prefix="kt-"))
    try:
        settings = _made(folder, log)
        key_ids = asyncio.run(_fill(running(settings), keys))
        shutil.copy(settings.root_file, folder / "root")
        yield BackedRegion(settings, key_ids, folder / "root")
    finally:
        shutil.rmtree(folder)


async def _fill(region: RunningRegion, keys: int) -> tuple[str, ...]:
    region.start()
    await region.ready()
    await region.speaks()
    key_ids = [await region.create_key(multi_region=bool(number % 2)) for number in range(keys)]
    await region.stop()
    return tuple(key_ids)


def running(settings: NodeSettings) -> RunningRegion:
    """The region in `settings.directory`, not started yet."""
    keys = open_region_keys(settings.keys_directory, REGION, read_root_file(settings.root_file))
    return RunningRegion(settings, keys)


def _made(folder: Path, log: Literal["embedded"] | KafkaSettings) -> NodeSettings:
    directory = folder / REGION
    directory.mkdir()
    anywhere = Address("127.0.0.1", 0)
    settings = replace(NodeSettings(REGION, anywhere, anywhere, partitions=PARTITIONS, log=log), directory=directory)
    create_root_file(settings.root_file)
    root = read_root_file(settings.root_file)
    keys = create_region_keys(settings.keys_directory, REGION, PARTITIONS, root, NOW)
    settings.card_file.write_bytes(keys.encoded_card)
    (directory / "witness").mkdir()
    (directory / "witness" / "eu-west-1").write_bytes(random_bytes(3 * CHUNK_BYTES))
    write_node_settings(settings)
    return placed(settings, directory)


def placed(settings: NodeSettings, directory: Path) -> NodeSettings:
    return replace(settings, directory=directory, replicator_socket=directory / "replicator.sock")
