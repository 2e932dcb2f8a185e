"""A node whose region is contradicted is no node for the others: it neither promises nor leads."""

import socket
from dataclasses import replace

import pytest

from services.region_node.keys.root import create_root_file
from services.region_node.settings.settings import Address
from tests.services.region_node.running_replicator import RunningRegion, eventually, free_ports
from tests.services.region_node.witness.test_regions_as_witnesses import (
    HOME,
    PEER,
    contradicted,
    disable,
    has_seen_all,
    older_copy,
    put_back,
    witnesses,
)


def listens(region: RunningRegion) -> bool:
    channel = region.settings.channel
    assert channel is not None
    with socket.socket() as probe:
        try:
            probe.bind((channel.host, channel.port))
        except OSError:
            return True
    return False


@pytest.fixture
def channel() -> Address:
    return Address("127.0.0.1", free_ports(1)[0])


async def test_a_node_that_stands_still_closes_its_channel(channel: Address) -> None:
    async with witnesses(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        await home.stop()
        create_root_file(home.settings.root_file)
        home.settings = replace(home.settings, channel=channel)
        home.start()
        await home.ready()
        assert listens(home)
        assert home.replicator._nodes._writes()
        key_id = await home.create_key(multi_region=False)
        await home.stop()
        older = older_copy(home)
        home.start()
        await home.ready()
        await disable(home, key_id)
        await has_seen_all(peer, home)
        await home.stop()
        put_back(home, older, "log", "state")
        home.start()
        await contradicted(home)
        await eventually(lambda: not listens(home))
        assert not home.replicator._nodes._writes()
