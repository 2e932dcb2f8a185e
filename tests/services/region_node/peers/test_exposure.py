"""What would be lost with the region is counted, and how old it is, whether or not it is published yet."""

import asyncio

import pytest

from services.region_node.peers.exposure import Exposure
from tests.replication.adopting import account
from tests.replication.scripted_log import ScriptedLog
from tests.replication.written_log import HOME, START, SharedLog


class Exposed:
    """A region of two partitions; record n bears the time `START + n`."""

    def __init__(self) -> None:
        self.log, self.own = ScriptedLog("shared", 2), SharedLog(HOME)
        self.shared, self.adopted = [0, 0], [dict[str, int](), dict[str, int]()]
        self.clock = START + 10_000
        self.exposure = Exposure(2, self.shared.__getitem__, self.adopted.__getitem__, lambda: self.clock)

    def share(self, count: int, *, published: bool = True) -> None:
        records = [self.own.share(account(len(self.own.records) + 1)) for _ in range(count)]
        self.shared[0] += count
        if published:
            self.log.write(0, records)

    def told(self) -> tuple[float, float]:
        asyncio.run(self.exposure.look(self.log))
        gauges = self.exposure.gauges()
        return gauges["unadopted_records"], gauges["oldest_unadopted_seconds"]


@pytest.fixture
def exposed() -> Exposed:
    return Exposed()


def test_what_any_peer_has_is_safe_and_the_rest_is_counted(exposed: Exposed) -> None:
    assert exposed.told() == (0, 0)
    exposed.share(5)
    assert exposed.told() == (5, 9.999)
    exposed.adopted[0].update({"eu-west-1": 2, "ap-southeast-2": 3})
    assert exposed.told() == (2, 9.996)
    exposed.shared[1] = 4
    assert exposed.told()[0] == 6
    exposed.adopted[0]["eu-west-1"], exposed.adopted[1]["eu-west-1"] = 5, 4
    assert exposed.told() == (0, 0)


def test_what_is_not_published_ages_from_when_it_was_missed(exposed: Exposed) -> None:
    exposed.share(1, published=False)
    assert exposed.told() == (1, 0)
    exposed.clock += 60_000
    assert exposed.told() == (1, 60)
    exposed.log.write(0, exposed.own.records)
    exposed.log.read_failures = 1
    assert exposed.told() == (1, 60)
    assert exposed.told() == (1, 69.999)


def test_a_peer_that_has_more_than_there_is_makes_nothing_less(exposed: Exposed) -> None:
    exposed.share(1)
    exposed.shared[1] = 1
    exposed.adopted[1]["eu-west-1"] = 100
    assert exposed.told()[0] == 1
