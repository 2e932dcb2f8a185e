"""A peer that hands over other bytes, or what does not open, again and again fills no log and hides no other."""

import logging
from typing import Any, cast

import pytest

from replication.fold.judge import Verdict
from replication.state.memory_store import MemoryStore
from services.region_node.erasure.rewrapping import Adopter
from services.region_node.peers.committed import TOLD_MOST, checking
from services.region_node.replicator.status import ReplicatorStatus

PARTITION = 1


def adopters(status: ReplicatorStatus, *givers: str) -> list[Adopter]:
    plain = Adopter(cast(Any, None), "us-east-1", PARTITION)
    return [checking(plain, MemoryStore(), status, giver) for giver in givers]


def test_each_is_said_once_and_of_one_giver_so_many_at_most(caplog: pytest.LogCaptureFixture) -> None:
    status = ReplicatorStatus()
    turned, other = adopters(status, "eu-west-1", "ap-southeast-2")
    with caplog.at_level(logging.ERROR):
        for number in range(3 * TOLD_MOST):
            turned.wrong(f"material/{number % (2 * TOLD_MOST)}")
            turned.unopened(f"secret/{number}")
        assert len(caplog.records) == TOLD_MOST
        assert status.alarms[str(Verdict.REJECTED)] == 3 * TOLD_MOST, "all are counted"
        other.wrong("material/1")
        other.unopened("secret/1")
    assert len(caplog.records) == TOLD_MOST + 2
