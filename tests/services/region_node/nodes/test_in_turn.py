"""Adoptions where a region has several nodes: one adopts, and the others do what is left."""

import asyncio

import pytest

from replication.fold.judge import Verdict
from replication.records.position import Head
from replication.state.partition_head import PartitionHead
from replication.writing.draft import Answer, Draft
from services.region_node.nodes.in_turn import InTurn
from services.region_node.replicator.partitions import BEHIND_LEADER_SECONDS
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


def submitting(author: Author, head: PartitionHead, *, leads: bool, lacks: bool = False) -> asyncio.Task[Answer]:
    turn = InTurn(lambda: leads, lambda: lacks, lambda: head, author)  # type: ignore[arg-type]  # it only takes
    return asyncio.create_task(turn.submit(ADOPTION))


@pytest.mark.parametrize(
    ("leads", "adopted_meanwhile", "submitted"), [(True, False, 1), (False, False, 1), (False, True, 0)]
)
@in_virtual_time
async def test_who_does_not_lead_adopts_only_what_the_leader_does_not(
    leads: bool, adopted_meanwhile: bool, submitted: int
) -> None:
    author, head = Author(), PartitionHead()
    task = submitting(author, head, leads=leads)
    await asyncio.sleep(BEHIND_LEADER_SECONDS / 2)
    assert len(author.drafts) == int(leads)
    if adopted_meanwhile:
        head.adopted[PEER] = Head(4, b"hash")
    assert (await task).verdict == Verdict.APPLIED
    assert len(author.drafts) == submitted


@pytest.mark.parametrize("adopted_meanwhile", [True, False])
@in_virtual_time
async def test_who_leads_and_lacks_a_key_adopts_only_what_nobody_else_has_adopted(adopted_meanwhile: bool) -> None:
    author, head = Author(), PartitionHead()
    task = submitting(author, head, leads=True, lacks=True)
    await asyncio.sleep(BEHIND_LEADER_SECONDS * 1.5)
    assert author.drafts == []
    if adopted_meanwhile:
        head.adopted[PEER] = Head(4, b"hash")
    await task
    assert len(author.drafts) == int(not adopted_meanwhile)
