"""Copies of a served region: each goes on where the region stopped, alone, and leaves it as it is."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from services.region_node.operator.administration import Administrator
from services.region_node.settings.settings import Address, NodeSettings
from tests.services.region_node.running_replicator import KEYS, RunningRegion
from tests.services.region_node.serving import Regions, Serving


class Copy(NamedTuple):
    """A region's directory when it was at rest, and its administrator."""

    directory: Path
    settings: NodeSettings
    administrator: Administrator


def copy_of(region: Serving, directory: Path) -> Copy:
    """What the region holds. It serves no more."""
    region.stop()
    settings = region.region.settings
    shutil.copytree(settings.directory, directory, ignore=shutil.ignore_patterns("*.sock"))
    return Copy(directory, settings, region.administrator)


def serving_copy(runner: asyncio.Runner, copy: Copy) -> Serving:
    """A region that goes on where `copy` was taken, as within the same start; its peers do not run."""
    return Serving(runner, _copied(copy), copy.administrator)


@asynccontextmanager
async def _copied(copy: Copy) -> AsyncIterator[Regions]:
    with TemporaryDirectory(prefix="kt-") as folder:  # in a short path, as the socket's has to be
        directory = Path(folder) / "node"
        shutil.copytree(copy.directory, directory)
        settings = replace(
            copy.settings,
            directory=directory,
            replicator_socket=directory / "replicator.sock",
            feed=Address("127.0.0.1", 0),
        )
        region = RunningRegion(settings, KEYS[settings.region])
        try:
            yield Regions(region)
        finally:
            await region.stop()
