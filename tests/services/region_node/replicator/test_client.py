"""Between a worker and its replicator: what a worker hears, and what the replicator does not do for nobody."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from replication.feed.frames import QUESTIONS_MOST, Dialogue
from replication.writing.draft import UNAVAILABLE, UNKNOWN, Answer, Draft
from services.region_node.replicator.client import ReplicatorClient
from services.region_node.replicator.questions import SUBMIT
from services.region_node.replicator.server import ReplicatorServer
from shared.errors import DependencyTimeout
from tests.services.region_node.running_replicator import eventually

STATUS = {
    "ready": False,
    "reason": "the log is away",
    "troubles": {"keytide.us-east-1.local/0": "away"},
    "counters": {},
    "figures": (),
    "gauges": {},
    "peers": {},
    "kafka": {},
}
DRAFT = Draft(0, None, ())


class Standing:
    """A replicator's socket whose log stands still until `go_on` is set."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.go_on = asyncio.Event()
        self.submitted: list[float] = []
        self.server = ReplicatorServer(self._submit, None, lambda: STATUS, None, None, None, None)  # type: ignore[arg-type]
        self.client = ReplicatorClient(path, deadline=30)

    async def _submit(self, _draft: Draft, seconds: float) -> Answer:
        self.submitted.append(seconds)
        await self.go_on.wait()
        return Answer("applied", "answer", 7)

    async def ask(self, *question: Any) -> Any:
        """As a client that knows nothing of the rules."""
        dialogue = Dialogue(lambda: asyncio.open_unix_connection(str(self.path)))
        try:
            return await dialogue.ask(question, 5)
        finally:
            await dialogue.close()


@asynccontextmanager
async def standing() -> AsyncIterator[Standing]:
    with tempfile.TemporaryDirectory(prefix="kt-") as folder:
        side = Standing(Path(folder) / "replicator.sock")
        await side.server.start(side.path)
        try:
            yield side
        finally:
            await side.client.close()
            await side.server.close()


async def test_a_verdict_comes_back() -> None:
    async with standing() as side:
        side.go_on.set()
        assert await side.client.submit(DRAFT) == Answer("applied", "answer", 7)
        assert 29 < side.submitted[0] < 30


async def test_changes_that_wait_keep_nobody_from_asking_why() -> None:
    async with standing() as side:
        waiting = [asyncio.create_task(side.client.submit(DRAFT)) for _ in range(QUESTIONS_MOST + 10)]
        await eventually(lambda: len(side.submitted) == QUESTIONS_MOST)
        status = await side.client.status()
        assert (status.reason, status.troubles) == ("the log is away", {"keytide.us-east-1.local/0": "away"})
        side.go_on.set()
        assert {answer.verdict for answer in await asyncio.gather(*waiting)} == {"applied"}


async def test_a_change_that_is_read_too_late_is_not_carried_out() -> None:
    async with standing() as side:
        answer = await side.ask(SUBMIT, (0.0, b"any draft"))
        assert b"too late" in answer
        assert UNAVAILABLE.encode() in answer
        assert side.submitted == []


async def test_a_change_without_an_answer_in_time_is_unknown() -> None:
    async with standing() as side:
        hasty = ReplicatorClient(side.path, deadline=0.7)
        assert (await hasty.submit(DRAFT)).verdict == UNKNOWN
        await hasty.close()


async def test_a_replicator_that_is_not_there_has_changed_nothing() -> None:
    absent = ReplicatorClient(Path("/nonexistent.sock"), connect_seconds=0)
    with pytest.raises(DependencyTimeout, match="nothing was changed"):
        await absent.submit(DRAFT)
    with pytest.raises(DependencyTimeout, match="does not answer"):
        await absent.status()
    await absent.close()


async def test_a_draft_that_is_none_is_rejected_and_ends_nothing() -> None:
    async with standing() as side:
        assert b"rejected" in await side.ask(SUBMIT, (1e18, b"junk"))
        assert side.submitted == []
