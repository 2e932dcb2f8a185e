"""A request's trace on its way from a worker to its node's replicator, beside the draft and not in it.

Owns the one text that is handed over, a `traceparent`. Source: W3C Trace Context, 3.2.
"""

from collections.abc import Sequence

from opentelemetry import context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
NAME = "traceparent"


def carried() -> Sequence[str]:
    """The trace that the current task is in; nothing where it is in none."""
    found: dict[str, str] = {}
    _propagator.inject(found)
    return (found[NAME],) if NAME in found else ()


def go_on(given: Sequence[str]) -> None:
    """The current task goes on in the trace that was handed over. Spans of a task that ends need no way back."""
    for traceparent in given:
        context.attach(_propagator.extract({NAME: traceparent}, context.Context()))
