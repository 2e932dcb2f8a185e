"""Health, readiness and metrics of a worker, asked over the application itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from replication.state.memory_store import MemoryStore
from services.region_node.http.app import choose, make_app
from services.region_node.metrics import CountsDirectory, RequestCounts
from services.region_node.replicator.client import ToldStatus
from services.region_node.requests.arrived import Answered, Arrived
from services.region_node.worker.health import Health
from shared.errors import DependencyTimeout

FIGURES = (("records_appended", ("0",), 3), ("records_applied", ("0",), 4))
READY = ToldStatus(True, "", {}, {"alarms_gap": 1}, {"log_troubles": 0.0}, figures=FIGURES)


class Replicator:
    """Says what it is told to say, or does not answer."""

    def __init__(self) -> None:
        self.said: ToldStatus | None = READY

    async def status(self) -> ToldStatus:
        if self.said is None:
            raise DependencyTimeout("The region's replicator does not answer.")
        return self.said


class Worker:
    def __init__(self, directory: Path) -> None:
        self.replicator, self.store, self.counts = Replicator(), MemoryStore(), CountsDirectory(directory)
        health = Health("us-east-1", self.store, self.replicator, self.counts)  # type: ignore[arg-type]
        self.answer = choose(lambda _: Answered(200, (), b"kms"), make_app("us-east-1", health))

    async def get(self, path: str, method: str = "GET") -> tuple[int, Mapping[bytes, bytes], bytes]:
        answering = self.answer(Arrived(method, path.encode(), b"", (), b"", ""))
        answered = answering if isinstance(answering, Answered) else await answering
        return answered.status, dict(answered.headers), answered.body

    async def readiness(self) -> tuple[int, Any]:
        status, _, body = await self.get("/readyz")
        return status, orjson.loads(body)


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return Worker(tmp_path)


async def test_a_worker_that_answers_is_alive(worker: Worker) -> None:
    worker.replicator.said = None
    status, _, body = await worker.get("/healthz")
    assert (status, orjson.loads(body)) == (200, {"status": "alive", "region": "us-east-1"})


async def test_ready_is_what_its_replicator_says(worker: Worker) -> None:
    assert await worker.readiness() == (200, {"status": "ready", "region": "us-east-1"})
    worker.replicator.said = READY._replace(ready=False, reason="partition 3 is being caught up")
    told = {"status": "not ready", "region": "us-east-1", "reason": "partition 3 is being caught up"}
    assert await worker.readiness() == (503, told)


async def test_a_log_in_trouble_is_named_though_the_region_serves(worker: Worker) -> None:
    troubles = {"keytide.us-east-1.local/0": "the broker is away"}
    worker.replicator.said = READY._replace(troubles=troubles)
    assert await worker.readiness() == (200, {"status": "ready", "region": "us-east-1", "troubles": troubles})


async def test_a_replicator_that_does_not_answer_is_not_ready(worker: Worker) -> None:
    worker.replicator.said = None
    status, told = await worker.readiness()
    assert (status, told["reason"]) == (503, "The region's replicator does not answer.")


async def test_a_state_that_cannot_be_read_is_not_ready(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_store: MemoryStore) -> None:
        raise OSError("no disk")

    monkeypatch.setattr(MemoryStore, "read", fails)
    status, told = await worker.readiness()
    assert (status, "state cannot be read" in told["reason"]) == (503, True)


async def test_metrics_are_of_all_workers_and_the_replicator(worker: Worker) -> None:
    for number in (1, 2):
        counts = RequestCounts()
        counts.note("Encrypt", "", 0.0002)
        counts.note("Encrypt", "NotFoundException", 3.0)
        worker.counts.write(number, counts.samples())
    status, headers, body = await worker.get("/metrics")
    assert (status, headers[b"content-type"].startswith(b"text/plain")) == (200, True)
    lines = body.decode().splitlines()
    for number in (1, 2):
        named = f'operation="Encrypt",region="us-east-1",worker="{number}"'
        assert f'keytide_requests_total{{code="OK",{named}}} 1.0' in lines
        assert f"keytide_request_seconds_count{{{named}}} 2.0" in lines
    assert 'keytide_ready{region="us-east-1"} 1.0' in lines
    assert 'keytide_records_applied_total{partition="0",region="us-east-1"} 4.0' in lines
    assert 'keytide_alarms_total{kind="gap",region="us-east-1"} 1.0' in lines


async def test_metrics_without_a_replicator_say_that_it_is_down(worker: Worker) -> None:
    worker.replicator.said = None
    _, _, body = await worker.get("/metrics")
    assert 'keytide_replicator_up{region="us-east-1"} 0.0' in body.decode().splitlines()


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/nothing"), ("POST", "/healthz"), ("PUT", "/")])
async def test_everything_else_is_refused_as_aws_would(worker: Worker, method: str, path: str) -> None:
    status, headers, body = await worker.get(path, method)
    assert status in (404, 405)
    assert orjson.loads(body)["__type"] == "UnknownOperationException"
    assert b"x-amzn-requestid" in headers


async def test_the_api_is_at_the_root(worker: Worker) -> None:
    assert (await worker.get("/", "POST"))[2] == b"kms"


async def test_readiness_tells_how_far_the_peers_are(tmp_path: Path) -> None:
    worker = Worker(tmp_path)
    peers = {"eu-west-1": {"records_behind": 3.0}}
    worker.replicator.said = READY._replace(peers=peers)
    assert (await worker.readiness())[1]["peers"] == peers
