"""The rhythm of a lease: what a node does when others, or the log, do not answer."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from replication.log.event_log import LogUnavailable
from replication.writing.serving_lease import ALONE, LEASE_SECONDS, WAIT_SECONDS
from services.region_node.nodes.leases import Leases, Log, NotHeld
from services.region_node.nodes.membership import Members, Standing
from shared.nodes.model import Node
from tests.replication.virtual_time import in_virtual_time

OWN, OTHER = "node-1", "node-2"


class Surrounded:
    """One node with another one, which promises while `promises` is set, over a log that answers while `log` is."""

    def __init__(self, unleased_seconds: float = 0.0, own: str = OWN) -> None:
        self.promises = self.log = self.writes = self.other_writes = True
        self.standing = Standing.MEMBER
        self.nodes = {name: Node(name, b"", "", 0) for name in (OWN, OTHER)}
        self.asked: list[Sequence[Any]] = []
        self.deadline = -1.0
        self.own, self.other = own, OTHER if own == OWN else OWN
        self.leases = Leases(
            own,
            lambda: Members(own, (self.nodes,)),
            lambda _: self.nodes,
            lambda _: self.standing,
            self._ask,
            Log(lambda: [7], self._ends, self._reach, self._apply),
            self._set,
            self.clock,
            lambda: self.writes,
            unleased_seconds,
        )

    def clock(self) -> float:
        return 1_000.0 + asyncio.get_running_loop().time()

    @property
    def remaining(self) -> float:
        return self.deadline - self.clock()

    def _set(self, deadline: float) -> None:
        self.deadline = deadline

    async def _ask(self, _node: Node, question: Sequence[Any], _seconds: float) -> Any:
        self.asked.append(question)
        if not self.promises:
            raise ConnectionRefusedError
        return (True, [7], self.other_writes) if question[0] == "lease" else 7

    async def _ends(self) -> list[int]:
        if not self.log:
            raise LogUnavailable("away")
        return [0]

    async def _reach(self, _ends: list[int], _seconds: float) -> bool:
        return True

    async def _apply(self, _partition: int, _sequence: int, _seconds: float) -> int:
        return 7


@in_virtual_time
async def test_a_node_that_everybody_promises_serves_while_its_log_is_away() -> None:
    node = Surrounded()
    node.log = False
    await node.leases.renew()
    assert node.remaining == pytest.approx(LEASE_SECONDS)
    assert node.leases.hindrance == ""


@in_virtual_time
async def test_a_node_that_nobody_promises_serves_by_its_log() -> None:
    node = Surrounded()
    node.promises = False
    await node.leases.renew()
    assert node.remaining == pytest.approx(LEASE_SECONDS)


@pytest.mark.parametrize(("unleased", "serves"), [(0.0, False), (60.0, True)])
@in_virtual_time
async def test_a_node_without_others_and_log_serves_as_long_as_its_operator_allows(
    unleased: float, serves: bool
) -> None:
    node = Surrounded(unleased)
    await node.leases.renew()
    node.promises = node.log = False
    await asyncio.sleep(LEASE_SECONDS + 1)
    await node.leases.renew()
    assert (node.remaining > 0) is serves
    await asyncio.sleep(unleased)
    await node.leases.renew()
    assert node.remaining <= 0
    assert "the log does not answer" in node.leases.hindrance


@in_virtual_time
async def test_a_node_that_never_had_a_lease_is_allowed_nothing() -> None:
    node = Surrounded(unleased_seconds=60.0)
    node.promises = node.log = False
    await node.leases.renew()
    assert node.remaining <= 0


@pytest.mark.parametrize(
    ("standing", "deadline"), [(Standing.ALONE, ALONE), (Standing.STRANGER, 0.0), (Standing.REMOVED, 0.0)]
)
@in_virtual_time
async def test_how_a_node_stands_decides_first(standing: Standing, deadline: float) -> None:
    node = Surrounded()
    node.standing = standing
    await node.leases.renew()
    assert (node.deadline, node.asked) == (deadline, [])


@in_virtual_time
async def test_a_removed_node_acknowledges_nothing() -> None:
    node = Surrounded()
    node.nodes[OWN] = node.nodes[OWN]._replace(removed=True)
    with pytest.raises(NotHeld):
        await node.leases.held(0, 7)


@in_virtual_time
async def test_a_removed_other_one_is_waited_for_once() -> None:
    node = Surrounded()
    node.nodes[OTHER] = node.nodes[OTHER]._replace(removed=True)
    began = node.clock()
    await node.leases.held(0, 7)
    assert node.clock() - began > LEASE_SECONDS
    began = node.clock()
    await node.leases.held(0, 8)
    assert node.clock() == began
    assert node.asked == []


@in_virtual_time
async def test_a_node_that_its_region_goes_on_without_serves_by_promises_alone() -> None:
    node = Surrounded()
    node.nodes[OWN] = node.nodes[OWN]._replace(away=True, absences=1)
    node.promises = False
    await node.leases.renew()
    assert node.remaining <= 0
    assert "until its return stands in the log" in node.leases.hindrance
    node.promises = True
    await node.leases.renew()
    assert node.remaining == pytest.approx(LEASE_SECONDS)


@in_virtual_time
async def test_one_that_is_away_is_waited_for_once_in_each_absence() -> None:
    node = Surrounded()
    node.promises = False
    for absence in (1, 2):
        node.nodes[OTHER] = node.nodes[OTHER]._replace(away=True, absences=absence)
        for waits in (True, False):
            began = node.clock()
            await node.leases.held(0, 7 + absence)
            assert (node.clock() - began > LEASE_SECONDS) is waits
    await node.leases.renew()
    began = node.clock()
    await node.leases.held(0, 10)
    assert node.clock() == began


@in_virtual_time
async def test_one_that_is_away_and_was_promised_something_is_waited_for() -> None:
    node = Surrounded()
    node.nodes[OTHER] = node.nodes[OTHER]._replace(away=True, absences=1)
    await node.leases.renew()
    await asyncio.sleep(2 * LEASE_SECONDS)
    assert (await node.leases.grant(OTHER, [7], [OWN, OTHER]))[0]
    node.promises = False
    began = node.clock()
    await node.leases.held(0, 8)
    assert node.clock() - began > LEASE_SECONDS


@in_virtual_time
async def test_who_was_waited_for_in_vain_is_silent_until_it_is_heard() -> None:
    node = Surrounded()
    node.promises = False
    await node.leases.held(0, 8)
    assert node.leases.silent == {OTHER}
    node.promises = True
    await node.leases.renew()
    assert node.leases.silent == set()


@in_virtual_time
async def test_a_node_that_does_not_know_all_the_others_gets_no_promise() -> None:
    node = Surrounded()
    assert (await node.leases.grant(OTHER, [7], [OTHER]))[0] is False
    assert (await node.leases.grant(OTHER, [7], [OWN, OTHER]))[0] is True
    assert (await node.leases.grant(OTHER, [7, 7], [OWN, OTHER]))[0] is False


@pytest.mark.parametrize("writes", [True, False])
@in_virtual_time
async def test_a_node_says_whether_it_may_write(writes: bool) -> None:
    node = Surrounded()
    node.writes = writes
    assert await node.leases.grant(OTHER, [7], [OWN, OTHER]) == (True, [7], writes)


@in_virtual_time
async def test_a_node_that_may_not_write_leads_nobody() -> None:
    node = Surrounded(own="node-2")
    await node.leases.renew()
    assert not node.leases.leads()
    node.other_writes = False
    await asyncio.sleep(WAIT_SECONDS + 1)
    await node.leases.renew()
    await node.leases.grant("node-1", [7], [OWN, OTHER])  # it lives, and asks
    assert node.leases.leads()
