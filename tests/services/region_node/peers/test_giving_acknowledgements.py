"""A region acknowledges what its own fold has adopted, the moment that it has, and nothing else."""

import asyncio

from replication.pulses.pulse import decode_pulse
from replication.records.position import Head
from replication.sharing.publisher import Signing
from replication.state.partition_head import PartitionHead
from services.region_node.peers.giving_acknowledgements import Acknowledging
from tests.replication.pulses.signed_pulses import pulse, verify
from tests.replication.virtual_time import in_virtual_time
from tests.replication.written_log import HOME, IDENTITIES, PEER


class Region:
    """The peer, which adopts from the home."""

    def __init__(self) -> None:
        self.head = PartitionHead()
        said = lambda: pulse(0, adopted=(self.head.adopted[HOME].sequence,))  # noqa: E731
        self.acknowledging = Acknowledging(Signing(PEER, IDENTITIES[PEER].sign), lambda _: self.head, said)

    def adopt(self, number: int, partition: int = 0) -> None:
        self.head.adopted[HOME] = Head(number, bytes(32))
        self.acknowledging.applied(partition)


@in_virtual_time
async def test_who_asks_is_told_once_it_has_been_adopted_and_not_before() -> None:
    region = Region()
    asked = asyncio.create_task(region.acknowledging.adopted(HOME, 0, 3, 20))
    for number in (1, 2):
        region.adopt(number)
        await asyncio.sleep(1)
        assert not asked.done()
    region.adopt(4)
    encoded = await asked
    assert encoded is not None
    assert decode_pulse(encoded, verify).adopted_of(HOME, 0).sequence == 4
    assert await region.acknowledging.adopted(HOME, 0, 4, 0) is not None


@in_virtual_time
async def test_what_does_not_come_in_time_is_not_acknowledged() -> None:
    region = Region()
    region.adopt(1)
    started = asyncio.get_running_loop().time()
    assert await region.acknowledging.adopted(HOME, 0, 2, 0) is None
    assert await region.acknowledging.adopted("sa-east-1", 0, 1, 0) is None
    assert asyncio.get_running_loop().time() - started < 1
