"""The spans in the traces of shared records.

Owns their names, in the order in which they happen: `publish` begins the trace, at the author's time; `write` belongs
to the request that has made the record, and links to it; `adopt` is in each peer, from reading the record to its
adoption's being applied, and `apply` is that last part.
"""

from opentelemetry.trace import SpanContext, Tracer, set_span_in_context
from opentelemetry.util.types import AnyValue

from replication.records.record import Envelope
from replication.sharing.mirror_ends import Passage
from services.tracing.record_trace import RecordIds, beginning, link_to

NANOSECONDS = 1_000_000
"""Of a millisecond, the unit of times in records."""


class RecordSpans:
    """`ids`: those that `tracer` asks."""

    def __init__(self, tracer: Tracer, ids: RecordIds) -> None:
        self._tracer, self._ids = tracer, ids

    def published(self, hash_: bytes, envelope: Envelope, now: int) -> None:
        """The record stands in the own shared log since `now`, in milliseconds."""
        self._ids.begin(hash_)
        start = min(envelope.time, now) * NANOSECONDS
        attributes = {"keytide.partition": envelope.partition, "keytide.record.number": envelope.sequence}
        self._tracer.start_span("publish", attributes=attributes, start_time=start).end(now * NANOSECONDS)

    def written(self, hash_: bytes, request: SpanContext, start: int, end: int) -> None:
        """The span `request` has made the record. Times are nanoseconds since 1970."""
        parent = set_span_in_context(beginning(hash_))
        self._tracer.start_span("write", parent, links=link_to(request), start_time=start).end(end)

    def adopted(self, peer: str, passage: Passage) -> None:
        """A record of `peer` has been adopted here."""
        record, envelope = passage.record, passage.record.envelope
        attributes: dict[str, AnyValue] = {
            "keytide.peer": peer,
            "keytide.partition": envelope.partition,
            "keytide.record.number": envelope.sequence,
        }
        parent = set_span_in_context(beginning(record.hash))
        adopt = self._tracer.start_span("adopt", parent, attributes=attributes, start_time=passage.read * NANOSECONDS)
        within = set_span_in_context(adopt, parent)
        apply = self._tracer.start_span("apply", within, start_time=passage.submitted * NANOSECONDS)
        apply.end(passage.applied * NANOSECONDS)
        adopt.end(passage.applied * NANOSECONDS)
