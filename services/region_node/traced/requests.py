"""The span of a request, around the whole pipeline.

Owns its name, how it follows the client's `traceparent`, and what is said in it: the operation, the outcome, the
request's id. Nothing of a request's parameters stands in it. No fault of tracing is one of a request.
Source: W3C Trace Context (https://www.w3.org/TR/trace-context/).
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from opentelemetry import context, trace
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from services.region_node.metrics import SUCCESS, RequestCounts
from services.region_node.requests.arrived import Answered, Answering, Arrived
from services.region_node.requests.fault_log import told_of

REQUEST_ID_HEADER = b"x-amzn-requestid"
CARRYING = (b"traceparent", b"tracestate")
BEGUN = "request"
"""What a span is called until its operation is known."""
SERVER_FAULTS = 500

_propagator = TraceContextTextMapPropagator()
log = logging.getLogger(__name__)

Answer: TypeAlias = Callable[[Arrived], Answering]


def traced_answer(answer: Answer, tracer: Tracer) -> Answer:
    """The same, in a span."""

    def answer_in_span(arrived: Arrived) -> Answering:
        span = _begun(tracer, arrived.headers)
        token = context.attach(trace.set_span_in_context(span))
        try:
            answering = answer(arrived)
        finally:
            context.detach(token)
        if isinstance(answering, Answered):
            _end(span, answering)
            return answering
        return _answered_later(answering, span)

    return answer_in_span


async def _answered_later(answering: Awaitable[Answered], span: Span) -> Answered:
    token = context.attach(trace.set_span_in_context(span))
    try:
        answered = await answering
    except BaseException:
        span.end()
        raise
    finally:
        context.detach(token)
    _end(span, answered)
    return answered


def _begun(tracer: Tracer, headers: Sequence[tuple[bytes, bytes]]) -> Span:
    try:
        carried = {name.decode(): value.decode("latin-1") for name, value in headers if name in CARRYING}
        parent = _propagator.extract(carried) if carried else context.Context()
        return tracer.start_span(BEGUN, parent, SpanKind.SERVER)
    except Exception as fault:
        log.error("a request is not traced", extra=told_of(fault))
        return trace.INVALID_SPAN


def _end(span: Span, answered: Answered) -> None:
    if span.is_recording():
        span.set_attribute("http.response.status_code", answered.status)
        for name, value in answered.headers:
            if name.lower() == REQUEST_ID_HEADER:
                span.set_attribute("aws.request_id", value.decode("latin-1"))
        if answered.status >= SERVER_FAULTS:
            span.set_status(StatusCode.ERROR)
    span.end()


class TracedCounts(RequestCounts):
    """Where the pipeline says what a request was, and how it ended."""

    def note(self, operation: str, code: str, seconds: float) -> None:
        super().note(operation, code, seconds)
        span = trace.get_current_span()
        if span.is_recording():
            span.update_name(operation)
            span.set_attribute("rpc.method", operation)
            span.set_attribute("keytide.outcome", code or SUCCESS)
