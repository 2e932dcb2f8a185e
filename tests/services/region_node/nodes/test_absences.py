"""Who is written down as missed, and who as there again."""

from collections.abc import Sequence

import pytest

from services.region_node.nodes.absences import AGAIN_SECONDS, Absences
from services.region_node.nodes.membership import Members, told
from shared.events import Event
from shared.nodes.events import NodeMissed, NodeReturned
from shared.nodes.model import Node

OWN, OTHER = "node-1", "node-2"
PRESENT = {name: Node(name, b"", f"{name}:1", 0) for name in (OWN, OTHER)}


def with_(name: str, *, away: bool = False, removed: bool = False) -> dict[str, Node]:
    return {**PRESENT, name: PRESENT[name]._replace(away=away, removed=removed)}


class Log:
    """One node's partitions, and what is written into them."""

    def __init__(self, *by_partition: dict[str, Node]) -> None:
        self.members = Members(OWN, by_partition)
        self.silent: set[str] = set()
        self.now = 5.0
        self.written: list[tuple[int, Event]] = []
        self.absences = Absences(OWN, lambda: self.members, self, self._record, lambda: True, lambda: self.now)

    async def _record(self, partition: int, events: Sequence[Event]) -> None:
        self.written += [(partition, event) for event in events]


async def test_who_was_waited_for_in_vain_is_missed_wherever_that_is_not_said_yet() -> None:
    log = Log(PRESENT, with_(OTHER, away=True))
    log.silent = {OTHER}
    await log.absences.look()
    assert log.written == [(0, NodeMissed(OTHER, OWN))]


@pytest.mark.parametrize("nodes", [PRESENT, with_(OTHER, removed=True)], ids=["heard", "removed"])
async def test_nobody_else_is_missed(nodes: dict[str, Node]) -> None:
    log = Log(nodes)
    log.silent = set() if nodes is PRESENT else {OTHER}
    await log.absences.look()
    assert log.written == []


async def test_one_that_was_heard_meanwhile_is_missed_again_at_once() -> None:
    log = Log(PRESENT)
    for silent in ({OTHER}, set[str](), {OTHER}):
        log.silent = silent
        await log.absences.look()
    assert log.written == [(0, NodeMissed(OTHER, OWN))] * 2


async def test_one_that_returns_and_is_not_heard_is_missed_once_a_minute() -> None:
    log = Log(PRESENT)
    log.silent = {OTHER}
    for seconds, missed in ((0.0, 1), (AGAIN_SECONDS - 1, 1), (1.0, 2)):
        log.now += seconds
        await log.absences.look()
        assert len(log.written) == missed


async def test_a_node_that_was_missed_writes_down_its_return() -> None:
    log = Log(PRESENT, with_(OWN, away=True))
    await log.absences.look()
    assert log.written == [(1, NodeReturned(OWN, 0))]


@pytest.mark.parametrize(
    ("second", "standing"),
    [(PRESENT, "admitted"), (with_(OTHER, away=True), "away"), (with_(OTHER, away=True, removed=True), "removed")],
)
def test_the_operator_is_told(second: dict[str, Node], standing: str) -> None:
    assert told(Members(OWN, (PRESENT, second))) == [
        (OWN, "node-1:1", "admitted"),
        (OTHER, "node-2:1", standing),
    ]
