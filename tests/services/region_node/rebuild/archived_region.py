"""A region of which there is an archive, and that is put back as of it: its log, and the mark of a restore.

Owns how that is done to a region of the tests. What was in its state and its pulses is lost.
"""

import shutil

from services.region_node.rebuild.restored import mark_restored
from tests.services.region_node.erasing_regions import ErasingRegion
from tests.services.region_node.running_replicator import eventually


async def archived(region: ErasingRegion) -> None:
    """Copied while it stands still; it goes on afterwards."""
    await region.stop()
    log = region.settings.log_directory
    shutil.copytree(log, log.with_name("log.backup"))
    region.start()
    await region.ready()


async def put_back(region: ErasingRegion, *peers: ErasingRegion) -> None:
    """It does not run yet. `peers`: those that run, and forget what they have witnessed of it."""
    await region.stop()
    for peer in peers:
        await peer.forget(region.name)
    settings = region.settings
    for folder in (settings.log_directory, settings.state_directory, settings.pulses_directory):
        shutil.rmtree(folder)
    shutil.move(settings.log_directory.with_name("log.backup"), settings.log_directory)
    mark_restored(settings.directory)


def hindrance(region: ErasingRegion) -> str:
    """Why it has not come home, or ""."""
    return region.replicator._homecoming.hindrance


async def come_home(*regions: ErasingRegion) -> None:
    await eventually(lambda: not any(map(hindrance, regions)))
