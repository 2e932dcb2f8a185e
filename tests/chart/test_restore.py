"""A region that is restored as the README says: beside the volume of its keys, and then moved to where it belongs."""

import asyncio
import re
import subprocess
from pathlib import Path

from services.backup.archive_file import ArchiveReader
from services.backup.restoring import Wanted, restore_archive
from services.region_node.settings.settings import NodeSettings
from tests.chart.tools import CHART
from tests.services.backup.backed_region import REGION, BackedRegion, backed_region, placed, running, shares_of


def moves() -> str:
    """The commands that take what was restored to its place."""
    (found,) = re.findall(r"^\$ (mv new/.*)$", (CHART / "README.md").read_text(), re.MULTILINE)
    return str(found)


def restored_beside(region: BackedRegion, archive: Path) -> Path:
    """A node's directory in which the volume of the keys is mounted, and the restored region in `new`."""
    directory = region.root.with_name("node")
    (directory / "keys").mkdir(parents=True)
    _, key = region.archive(archive)
    wanted = Wanted(REGION, directory / "new")
    asyncio.run(restore_archive(ArchiveReader(archive), shares_of(key, 1, 3), wanted, region.restoring))
    return directory


async def serves(settings: NodeSettings, key_ids: tuple[str, ...]) -> bool:
    region = running(settings)
    region.start()
    try:
        await region.ready()
        return all(region.opened(key_id) is not None for key_id in key_ids) and bool(await region.create_key())
    finally:
        await region.stop()


def test_the_region_has_its_keys_and_goes_on(tmp_path: Path) -> None:
    with backed_region() as region:
        directory = restored_beside(region, tmp_path / "archive")
        volume = (directory / "keys").stat().st_ino
        subprocess.run(("sh", "-c", moves()), cwd=directory, check=True)
        assert not (directory / "new").exists()
        assert (directory / "keys").stat().st_ino == volume, "a mount cannot be exchanged"
        assert asyncio.run(serves(placed(region.settings, directory), region.key_ids))
