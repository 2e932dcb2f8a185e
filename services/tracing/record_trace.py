"""The trace of a shared record, which every region finds without being told of it.

Owns how its ids follow from the record's hash, which its author's region and every peer know: the trace's id is the
first 16 bytes, the id of its first span the next 8. So nothing has to stand in the record for it, and all regions that
sample the same share of traces keep the same records' traces whole.
Source: W3C Trace Context, 3.2.2.3 (16 bytes, not all zero).
"""

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, TraceFlags

TRACE_BYTES = 16
SPAN_BYTES = 8


def record_context(hash_: bytes) -> SpanContext:
    """Where the trace of the record with this hash begins."""
    trace, span = hash_[:TRACE_BYTES], hash_[TRACE_BYTES : TRACE_BYTES + SPAN_BYTES]
    sampled = TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(int.from_bytes(trace, "big"), int.from_bytes(span, "big"), is_remote=True, trace_flags=sampled)


def trace_name(hash_: bytes) -> str:
    """The trace's id as tools show it: 32 hexadecimal digits."""
    return hash_[:TRACE_BYTES].hex()


def beginning(hash_: bytes) -> NonRecordingSpan:
    """Stands for the trace's first span, wherever that is made."""
    return NonRecordingSpan(record_context(hash_))


def link_to(context: SpanContext) -> tuple[Link, ...]:
    return (Link(context),) if context.is_valid else ()


class RecordIds(RandomIdGenerator):
    """Gives the ids of a record's trace to the span that begins it: `begin` it, and start the span at once."""

    def __init__(self) -> None:
        self._next: SpanContext | None = None

    def begin(self, hash_: bytes) -> None:
        self._next = record_context(hash_)

    def generate_trace_id(self) -> int:
        return super().generate_trace_id() if self._next is None else self._next.trace_id

    def generate_span_id(self) -> int:
        """The SDK asks for the trace's id first."""
        begun, self._next = self._next, None
        return super().generate_span_id() if begun is None else begun.span_id
