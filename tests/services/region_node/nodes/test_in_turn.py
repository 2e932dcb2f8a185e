"""Adoptions where a region has several nodes: one adopts, and the others do what is left."""

import asyncio

import pytest

from replication.draft import Answer, Draft
from replication.head import PartitionHead
from replication.judge import Verdict
from replication.position import Head
from services.region_node.nodes.in_turn import InTurn
from services.region_node.partitions import BEHIND_LEADER_SECONDS
from tests.replication.virtual_time import in_virtual_time

PEER = "eu-west-1"
ADOPTION = Draft(0, None, (), origin=(PEER, 4, b"hash"))


class Author:
    """Takes whatever it is given."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []

    async def submit(self, draft: Draft) -> Answer:
        self.drafts.append(draft)
        return Answer(str(Verdict.APPLIED), "", 9)


@pytest.mark.parametrize(
    ("leads", "adopted_meanwhile", "submitted"), [(True, False, 1), (False, False, 1), (False, True, 0)]
)
@in_virtual_time
async def test_who_does_not_lead_adopts_only_what_the_leader_does_not(
    leads: bool, adopted_meanwhile: bool, submitted: int
) -> None:
    author, head = Author(), PartitionHead()
    turn = InTurn(lambda: leads, lambda: head, author)  # type: ignore[arg-type]  # an author that only takes
    task = asyncio.create_task(turn.submit(ADOPTION))
    await asyncio.sleep(BEHIND_LEADER_SECONDS / 2)
    assert len(author.drafts) == int(leads)
    if adopted_meanwhile:
        head.adopted[PEER] = Head(4, b"hash")
    assert (await task).verdict == Verdict.APPLIED
    assert len(author.drafts) == submitted
