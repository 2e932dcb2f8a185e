"""A region's first node, which may have others beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from services.region_node.keys.root import create_root_file
from services.region_node.settings.settings import Address
from tests.services.region_node.running_replicator import RunningRegion, free_ports, regions

HOME = "us-east-1"


@asynccontextmanager
async def first_node() -> AsyncIterator[RunningRegion]:
    """Ready, and reachable over its channel."""
    async with regions(HOME) as made:
        home = made[HOME]
        create_root_file(home.settings.root_file)
        home.settings = replace(home.settings, channel=Address("127.0.0.1", free_ports(1)[0]))
        home.start()
        await home.ready()
        yield home
