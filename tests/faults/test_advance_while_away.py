"""A region erases while one of its nodes is recorded away, and that node is what stands in the way until it is back."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.erasure_proof import Opened
from tests.faults.test_erasure import (
    NEAR,
    TWO_NODES,
    advanced_until_erased,
    at_second,
    brought,
    decrypts,
    destroyed,
    listed_of,
    opened_at_both,
    second_node,
)
from tests.faults.test_nodes import is_ready, tell
from tests.faults.test_processes import verified
from tests.running import SECOND_NODE, Process, Running, wait_until
from tests.running_command import command, done
from tests.thoroughness import in_full_only


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Running]:
    """One region of two nodes, the first of which may go on alone."""
    with closing(Running(tmp_path / "keytide", (NEAR,), *TWO_NODES)) as running:
        yield running.ready()


def may_advance_alone(run: Running) -> None:
    """Else it waits for the second node to keep a copy of the fresh key."""
    settings = run.directory / NEAR / "node.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "erasure": {"min_copies": 1}}))
    os.kill(run.find("replicator", "--region", NEAR, str(run.directory / NEAR)).number, signal.SIGKILL)
    wait_until(lambda: both_serve(run), "both nodes serve")


def both_serve(run: Running) -> bool:
    return all(is_ready(f"http://127.0.0.1:{run.port + 1 + further}") for further in (0, SECOND_NODE))


def of_second(run: Running) -> list[Process]:
    place = str(second_node(run, NEAR))
    return [row for row in run.processes() if place in row.command_line.split()]


@contextmanager
def away(run: Running) -> Iterator[None]:
    """The second node is killed, and cannot start before the block has ended."""
    settings = second_node(run, NEAR) / "node.json"
    lost = settings.rename(settings.with_suffix(".lost"))
    tell(of_second(run), signal.SIGKILL)
    try:
        yield
    finally:
        lost.rename(settings)


def standing(run: Running) -> str:
    """Of the second node, as the first one lists it."""
    lines = command(run, "node", "list", "--region", NEAR).stdout.splitlines()
    return next((line.split()[-1] for line in lines if line.startswith("node-2 ")), "")


@in_full_only
@pytest.mark.timeout(300)
def test_an_epoch_advances_while_a_node_is_away_and_ends_when_that_is_back(run: Running) -> None:
    wait_until(lambda: both_serve(run), "both nodes serve")
    may_advance_alone(run)
    kms = run.client(NEAR, endpoint=run.endpoint(NEAR))
    doomed, living = (brought(kms, os.urandom(32)) for _ in range(2))
    still_there = {Opened(NEAR, "wrapped", doomed.material)}
    with away(run):
        destroyed(kms, doomed)
        wait_until(lambda: standing(run) == "away", "it is missed")
        done(run, "erasure", "advance", "--region", NEAR)
        (row,) = listed_of(run, doomed)
        assert not row["erased"]
        assert any("node-2" in hindrance and "it is away" in hindrance for hindrance in row["in_the_way"]), row
        assert opened_at_both(run, doomed) == still_there, "whoever takes the disk of the node that is away opens it"
        assert decrypts(kms, living)
    wait_until(lambda: standing(run) == "admitted", "it is there again")
    advanced_until_erased(run, doomed)
    assert opened_at_both(run, doomed) == set()
    wait_until(lambda: both_serve(run), "both nodes serve")
    assert decrypts(kms, living)
    assert decrypts(at_second(run), living)
    verified(run)
