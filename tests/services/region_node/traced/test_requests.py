"""The span of a request: whose trace it goes on in, how it ends, and that it stands in nobody's way."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import StatusCode, Tracer

from services.region_node.decisions.noting import UNRECORDED
from services.region_node.metrics import RequestCounts
from services.region_node.replicator.client import ReplicatorClient
from services.region_node.requests.arrived import Answered, Answering, Arrived
from services.region_node.settings.settings import Address, NodeSettings
from services.region_node.traced.requests import TracedCounts, traced_answer
from services.region_node.worker.worker_parts import worker_parts
from services.tracing.settings import ENDPOINT_VARIABLE, TRACES_ENDPOINT_VARIABLE

OK = Answered(200, ((b"x-amzn-RequestId", b"the-id"),), b"{}")
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Spans:
    """A tracer, whose spans stay here."""

    def __init__(self, share: float = 1.0) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(ParentBased(TraceIdRatioBased(share)), shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer: Tracer = provider.get_tracer("test")

    @property
    def ended(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()


def asked(*headers: tuple[bytes, bytes]) -> Arrived:
    return Arrived("POST", b"/", b"", headers, b"{}", "192.0.2.1")


def answering(answered: Answered) -> Callable[[Arrived], Answering]:
    counts = TracedCounts()

    def answer(_arrived: Arrived) -> Answered:
        counts.note("Encrypt", "", 0.1)
        return answered

    return answer


def parent_of(span: ReadableSpan) -> str:
    return "" if span.parent is None else f"{span.parent.trace_id:032x}-{span.parent.span_id:016x}"


@pytest.mark.parametrize(
    ("header", "parent"),
    [
        ((b"traceparent", f"00-{TRACE}-{SPAN}-01".encode()), f"{TRACE}-{SPAN}"),
        ((b"traceparent", b"00-0-0-01"), ""),
        ((b"traceparent", b"\xff" * 55), ""),
        ((b"tracestate", b"\xff="), ""),
        ((b"other", b"value"), ""),
    ],
)
def test_only_a_readable_trace_is_gone_on_with(header: tuple[bytes, bytes], parent: str) -> None:
    spans = Spans()
    assert traced_answer(answering(OK), spans.tracer)(asked(header)) == OK
    (span,) = spans.ended
    assert (span.name, parent_of(span)) == ("Encrypt", parent)


@pytest.mark.parametrize(("flags", "share", "count"), [("00", 1.0, 0), ("01", 0.0, 1), ("01", 1.0, 1)])
def test_a_client_says_whether_its_own_trace_is_sampled(flags: str, share: float, count: int) -> None:
    spans = Spans(share)
    traced_answer(answering(OK), spans.tracer)(asked((b"traceparent", f"00-{TRACE}-{SPAN}-{flags}".encode())))
    assert len(spans.ended) == count


def test_a_share_of_none_traces_nothing() -> None:
    spans = Spans(0.0)
    assert traced_answer(answering(OK), spans.tracer)(asked()) == OK
    assert spans.ended == ()


async def test_an_answer_that_comes_later_is_in_the_span_of_its_own_request() -> None:
    """Two requests are under way at once: each counts in its own span, and none is left behind."""
    spans, counts, goes_on = Spans(), TracedCounts(), asyncio.Event()

    def answer(arrived: Arrived) -> Awaitable[Answered]:
        async def later() -> Answered:
            await goes_on.wait()
            counts.note(arrived.source, "", 0.1)
            return OK

        return later()

    traced = traced_answer(answer, spans.tracer)
    begun = [traced(asked()._replace(source=name)) for name in ("Sign", "Verify")]
    tasks = [asyncio.ensure_future(one) for one in begun if not isinstance(one, Answered)]
    await asyncio.sleep(0)
    assert not trace.get_current_span().get_span_context().is_valid
    goes_on.set()
    assert await asyncio.gather(*tasks) == [OK, OK]
    assert [span.name for span in spans.ended] == ["Sign", "Verify"]


async def test_a_span_ends_with_its_request_however_that_ends() -> None:
    spans = Spans()

    def answer(_arrived: Arrived) -> Awaitable[Answered]:
        async def later() -> Answered:
            raise asyncio.CancelledError

        return later()

    awaited = traced_answer(answer, spans.tracer)(asked())
    assert not isinstance(awaited, Answered)
    with pytest.raises(asyncio.CancelledError):
        await awaited
    assert [span.name for span in spans.ended] == ["request"]


def test_only_what_the_region_is_to_blame_for_is_an_error() -> None:
    spans = Spans()
    for status in (200, 400, 500):
        traced_answer(answering(OK._replace(status=status)), spans.tracer)(asked())
    assert [span.status.status_code for span in spans.ended] == [StatusCode.UNSET, StatusCode.UNSET, StatusCode.ERROR]
    assert {(span.attributes or {})["aws.request_id"] for span in spans.ended} == {"the-id"}


def test_no_fault_of_tracing_is_one_of_a_request(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(trace.NoOpTracer):
        def start_span(self, *_given: object, **_named: object) -> trace.Span:
            raise RuntimeError("a secret value")

    assert traced_answer(answering(OK), Failing())(asked()) == OK
    assert [record.getMessage() for record in caplog.records] == ["a request is not traced"]
    assert "a secret value" not in caplog.text


async def test_where_nothing_is_traced_no_part_asks_whether_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in (ENDPOINT_VARIABLE, TRACES_ENDPOINT_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    anywhere = Address("127.0.0.1", 0)
    parts = worker_parts(NodeSettings("us-east-1", anywhere, anywhere, directory=tmp_path), 1, UNRECORDED)
    assert (type(parts.replicator), type(parts.counts)) == (ReplicatorClient, RequestCounts)
    assert parts.decisions is UNRECORDED
    answer = answering(OK)
    assert parts.around(answer) is answer
