"""The author of a partition, with spans for what becomes of a request's record in the log.

Owns `append`, from sending the record's group to the log's word that it stands there, and `apply`, from there until the
record was read back and folded. Records that no request has asked for have neither.
"""

import time
from collections.abc import Sequence
from typing import Any

from opentelemetry import context
from opentelemetry.trace import Tracer, get_current_span

from replication.fold.materializer import Outcome
from replication.writing.author import PartitionAuthor
from replication.writing.draft import Answer, Draft


class TracedAuthor(PartitionAuthor):
    """`_asking`: the traces that drafts were submitted in, by the identity of the draft; `_sent`: by the record's
    hash, with the time at which it was appended."""

    def __init__(self, tracer: Tracer, *given: Any) -> None:
        super().__init__(*given)
        self._tracer = tracer
        self._asking: dict[int, context.Context] = {}
        self._sent: dict[bytes, tuple[context.Context, int]] = {}

    async def submit(self, draft: Draft, seconds: float | None = None) -> Answer:
        if not get_current_span().get_span_context().trace_flags.sampled:
            return await super().submit(draft, seconds)
        self._asking[id(draft)] = context.get_current()
        try:
            return await super().submit(draft, seconds)
        finally:
            self._asking.pop(id(draft), None)

    def _records(self, group: Sequence[Any]) -> dict[bytes, bytes]:
        records = super()._records(group)
        self._sent = {hash_: sent for hash_, sent in self._sent.items() if hash_ in self._unseen}  # not the given up
        asking = {id(waiting.answer): self._asking.get(id(waiting.draft)) for waiting in group}
        for hash_ in records:
            within = asking.get(id(self._unseen.get(hash_)))
            if within is not None:
                self._sent[hash_] = (within, 0)
        return records

    async def _append(self, records: dict[bytes, bytes], again: bool) -> None:
        start = time.time_ns()
        await super()._append(records, again)
        end = time.time_ns()
        for hash_ in records:
            within, _ = self._sent.get(hash_, (None, 0))
            if within is not None:
                self._tracer.start_span("append", within, start_time=start).end(end)
                self._sent[hash_] = (within, end)

    def _settle(self, outcome: Outcome) -> None:
        within, start = self._sent.pop(outcome.record_hash, (None, 0))
        if within is not None:
            self._tracer.start_span("apply", within, start_time=start or None).end()
        super()._settle(outcome)
