"""What becomes of spans: sampled alike, posted, and dropped rather than waited for."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from opentelemetry.trace import Tracer

from replication.records.record import record_hash
from services.tracing.leaving import STOP_SECONDS
from services.tracing.record_trace import beginning, record_context, trace_name
from services.tracing.settings import Chosen
from services.tracing.tracing import Tracing
from tests.services.tracing.receiver import Receiver, receiving

HASHES = [record_hash(bytes([number])) for number in range(64)]
UNTRACED = """
import sys
import services.region_node.worker.worker, services.region_node.replicator.replicator
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter", "requests"))])
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def tracing(receiver: Receiver, share: float = 1.0, region: str = "us-east-1", most: int = 100) -> Tracing:
    return Tracing(Chosen(f"{receiver.url}/v1/traces", share, "kms"), region, "node-1", "worker-1", most)


def spans(tracer: Tracer, count: int) -> None:
    for _ in range(count):
        tracer.start_span("one").end()


def counted(tracing: Tracing) -> dict[str, object]:
    """By outcome."""
    return {sample.labels[1]: sample.value for sample in tracing.samples()}


def test_spans_say_whose_they_are(receiver: Receiver) -> None:
    one = tracing(receiver)
    spans(one.requests, 1)
    one.close()
    (span,) = receiver.spans
    told = {name: span.resource[name] for name in ("service.name", "service.instance.id", "cloud.region")}
    assert told == {
        "service.name": "kms",
        "service.instance.id": "us-east-1/node-1/worker-1",
        "cloud.region": "us-east-1",
    }
    assert counted(one) == {"sent": 1, "lost": 0, "dropped": 0}


def test_nobody_waits_for_a_receiver_that_does_not_answer(receiver: Receiver) -> None:
    receiver.goes_on.clear()
    one = tracing(receiver, most=5)
    started = time.monotonic()
    spans(one.requests, 20)
    assert time.monotonic() - started < STOP_SECONDS / 2
    assert counted(one)["dropped"] == 15
    one.close()
    assert time.monotonic() - started < 2 * STOP_SECONDS
    receiver.goes_on.set()


def test_spans_that_are_not_taken_are_counted_and_said_once(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.status = 400
    one = tracing(receiver)
    for _ in range(3):
        spans(one.requests, 2)
        one.flush()
    assert counted(one) == {"sent": 0, "lost": 6, "dropped": 0}
    receiver.status = 200
    spans(one.requests, 1)
    one.close()
    assert counted(one) == {"sent": 1, "lost": 6, "dropped": 0}
    assert [record.getMessage() for record in caplog.records if record.name == "services.tracing.leaving"] == [
        "spans are lost: the receiver does not take them"
    ]


def test_regions_that_sample_the_same_share_sample_the_same_records(receiver: Receiver) -> None:
    sampled: list[set[str]] = []
    for region in ("us-east-1", "eu-west-1"):
        one = tracing(receiver, 0.5, region)
        for hash_ in HASHES:
            one.records.written(hash_, record_context(HASHES[0]), 1, 2)
        one.close()
        sampled.append({span.trace for span in receiver.spans if span.region == region})
    assert sampled[0] == sampled[1]
    assert 0 < len(sampled[0]) < len(HASHES)


def test_a_records_trace_begins_where_its_hash_says(receiver: Receiver) -> None:
    begun = beginning(HASHES[1]).get_span_context()
    assert trace_name(HASHES[1]) == f"{begun.trace_id:032x}" == HASHES[1][:16].hex()
    assert f"{begun.span_id:016x}" == HASHES[1][16:24].hex()
    assert begun.is_valid


def test_no_tracer_and_no_exporter_is_loaded_where_nothing_is_traced() -> None:
    """FastAPI loads the API of OpenTelemetry by itself; that does nothing without the rest."""
    told = subprocess.run((sys.executable, "-c", UNTRACED), capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
