"""Spans on their way out of a process: a bounded queue, and one thread that posts what is in it.

Owns what becomes of a span when there is no room, or nobody to take it: it is dropped and counted, and no request waits
or fails for it. The queue is OpenTelemetry's own, which would drop what is oldest and count nothing; so what does not
fit is kept from it here.
"""

import logging
import threading
from collections.abc import Iterator, Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from services.metrics.family import Sample

WAITING_MOST = 4_096
AT_ONCE_MOST = 512
PAUSE_MILLISECONDS = 1_000
ANSWER_SECONDS = 5.0
"""In which the receiver has to take what is posted, repetitions among it."""
STOP_SECONDS = 2.0
"""For what waits when the process ends."""

log = logging.getLogger(__name__)


class Posting(SpanExporter):
    """Posts, and counts what came of it. A receiver that does not answer is said once, for as long as that lasts."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter, self._failing = exporter, False
        self.sent = self.lost = 0

    @property
    def taken(self) -> int:
        """Spans that have left the queue."""
        return self.sent + self.lost

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._posted(spans)
        failed = result is not SpanExportResult.SUCCESS
        if failed:
            self.lost += len(spans)
        else:
            self.sent += len(spans)
        if failed != self._failing:
            self._failing = failed
            log.log(logging.WARNING if failed else logging.INFO, _SAID[failed])
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def _posted(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            return self._exporter.export(spans)
        except Exception:
            return SpanExportResult.FAILURE


_SAID = {True: "spans are lost: the receiver does not take them", False: "the receiver takes spans again"}


class Leaving(SpanProcessor):
    """Takes the ended spans of the process's one event loop. `url`: where they are posted to."""

    def __init__(self, url: str, most: int = WAITING_MOST) -> None:
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it says every attempt that fails
        self._most, self._accepted, self._dropped = most, 0, 0
        self._posting = Posting(OTLPSpanExporter(endpoint=url, timeout=ANSWER_SECONDS))
        self._queue = BatchSpanProcessor(
            self._posting, most, PAUSE_MILLISECONDS, min(AT_ONCE_MOST, most), ANSWER_SECONDS * 1000
        )

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is None or not span.context.trace_flags.sampled:
            return
        if self._accepted - self._posting.taken >= self._most:
            self._dropped += 1
            return
        self._accepted += 1
        self._queue.on_end(span)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._queue.force_flush(timeout_millis)

    def shutdown(self) -> None:
        """Post what waits, for `STOP_SECONDS`: a receiver that is away keeps no process from ending."""
        ending = threading.Thread(target=self._queue.shutdown, daemon=True)
        ending.start()
        ending.join(STOP_SECONDS)

    def samples(self, process: str) -> Iterator[Sample]:
        told = {"sent": self._posting.sent, "lost": self._posting.lost, "dropped": self._dropped}
        return (Sample("trace_spans", (process, outcome), count) for outcome, count in told.items())
