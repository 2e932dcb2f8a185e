"""What a region has at one moment, so that all of an archive is of that moment.

Owns the reading of heads and positions in one snapshot of the state, and the choice of the key files. Keys come and
go while an archive is made: the files are copied after the snapshot, and must hold every key that was there before
it. *Otherwise: a bucket advances meanwhile, the earlier key is destroyed, and the archive's records rest on a key
that is not in it.* What the copy has more, a key that was made since, does no harm.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from replication.records.position import Head
from replication.state.partition_head import PartitionHead
from replication.state.state_store import ADAPTER, PARTITIONS, StateStore, partition_prefix, position_key
from services.backup.contents import KeptFile
from services.backup.faults import CannotBackUp
from services.region_node.keys.cabinet import numbers_in
from services.region_node.keys.key_cabinet import MANIFEST, SALT
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.settings.settings import SETTINGS_FILE, NodeSettings
from services.region_node.state.building import is_whole

SHARE_PREFIX = "share."
"""Of the key files that hold shares of other regions' archives: they go into no archive."""
_BESIDE = ("peers", "witness")
"""Folders that are kept whole."""


class Survey(NamedTuple):
    """`time`: integer milliseconds since 1970. `positions`: by partition, the end of what the heads tell of."""

    time: int
    heads: tuple[Head, ...]
    positions: tuple[int, ...]
    key_files: frozenset[str]

    @property
    def oldest_epochs(self) -> tuple[int, ...]:
        """By bucket, the earliest domain key."""
        oldest: dict[int, int] = {}
        for bucket, epoch in numbers_in("domain", self.key_files):
            oldest[bucket] = min(epoch, oldest.get(bucket, epoch))
        return tuple(oldest.get(bucket, 0) for bucket in range(max(oldest) + 1))

    @property
    def oldest_sealing(self) -> int:
        return min(number for (number,) in numbers_in("sealing", self.key_files))


def survey(settings: NodeSettings, keys: RegionKeys, store: StateStore, now: int) -> Survey:
    """Errors: CannotBackUp for a state that is not whole."""
    key_files = _key_files(keys)
    with store.read() as snapshot:
        if not is_whole(snapshot, settings.partitions):
            raise CannotBackUp(
                f"the state of {settings.region} is not whole: start the region, and wait until it is ready"
            )
        prefixes = [partition_prefix(partition) for partition in range(settings.partitions)]
        heads = [PartitionHead.decode(snapshot.get(PARTITIONS, prefix)).head for prefix in prefixes]
        positions = [snapshot.get(ADAPTER, position_key(partition)) or b"" for partition in range(settings.partitions)]
    return Survey(now, tuple(heads), tuple(int.from_bytes(one, "big") for one in positions), key_files)


def kept_files(settings: NodeSettings, keys: RegionKeys, seen: Survey) -> list[KeptFile]:
    """All files that go into the archive. Errors: FileNotFoundError for a key that went meanwhile: survey again."""
    found = [KeptFile(path, (settings.directory / path).read_bytes()) for path in _beside(settings)]
    present = _key_files(keys)
    if gone := seen.key_files - present:
        raise FileNotFoundError(min(gone))
    folder = Path("keys") / settings.region
    named = [(name, (settings.directory / folder / name).read_bytes()) for name in (SALT, *sorted(present))]
    manifest = json.dumps({**_manifest(settings), "files": sorted(present)}, indent=1).encode() + b"\n"
    return [*found, *(KeptFile(str(folder / name), content) for name, content in (*named, (MANIFEST, manifest)))]


def _key_files(keys: RegionKeys) -> frozenset[str]:
    return frozenset(name for name in keys.cabinet.names() if not name.startswith(SHARE_PREFIX))


def _manifest(settings: NodeSettings) -> dict[str, object]:
    content: dict[str, object] = json.loads((settings.keys_directory / settings.region / MANIFEST).read_bytes())
    return content


def _beside(settings: NodeSettings) -> Iterator[str]:
    """The paths of the other files, of those that are there."""
    for name in (SETTINGS_FILE, "card"):
        if (settings.directory / name).exists():
            yield name
    for folder in _BESIDE:
        inside = settings.directory / folder
        yield from (f"{folder}/{path.name}" for path in sorted(inside.glob("*")) if path.is_file())
