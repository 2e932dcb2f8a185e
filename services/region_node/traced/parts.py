"""The steps of a request that have spans of their own: who asks, may they, what comes of it, and the log.

Owns their names: `authenticate`, `authorize`, `decide`, `submit` and `await adoption`. A span says which permission was
asked for, on what, and which rule decided; never a parameter, and nothing of an encryption context.
"""

import time
from collections.abc import Sequence
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import StatusCode, Tracer

from replication.writing.draft import Answer, Draft
from services.region_node.changes.changing import Changing, Command, Decide, Done
from services.region_node.decisions.noting import Decisions
from services.region_node.replicator.client import ReplicatorClient
from services.region_node.requests.call import Call, Caller
from services.region_node.traced.carried import carried
from services.region_node.wire.authentication import Authenticator
from services.region_node.wire.signed_request import SignedRequest
from services.region_node.worker.assembling import Parts
from services.tracing.record_trace import link_to, record_context, trace_name
from services.tracing.tracing import Tracing
from shared.decision import StateView
from shared.errors import KeytideError
from shared.keys.synchronous import Synchronous
from shared.policy.question import Question
from shared.policy.verdict import Verdict

KEY = ":key/"
"""In the ARN of a key, and of nothing else that a permission is asked for."""


def traced_parts(tracer: Tracer) -> Parts:
    """Parts of a region that trace."""

    def authenticator(*given: Any) -> Authenticator:
        return TracedAuthenticator(tracer, *given)

    def changing(*given: Any, **named: Any) -> Changing:
        return TracedChanging(tracer, *given, **named)

    return Parts(authenticator, changing)


class TracedAuthenticator(Authenticator):
    """With a span around each authentication."""

    def __init__(self, tracer: Tracer, *given: Any) -> None:
        super().__init__(*given)
        self._tracer = tracer

    def authenticate(self, signed: SignedRequest, body: bytes, view: StateView, now: int) -> Caller:
        with self._tracer.start_as_current_span(
            "authenticate", record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                caller = super().authenticate(signed, body, view, now)
            except KeytideError as refused:
                span.set_attribute("keytide.outcome", refused.code)
                raise
            span.set_attribute("keytide.principal", caller.arn)
            return caller


class TracedDecisions:
    """`Decisions` that are kept by `decisions`, each with a span."""

    watched = True

    def __init__(self, tracer: Tracer, decisions: Decisions) -> None:
        self._tracer, self._decisions, self._begun = tracer, decisions, 0

    def begin(self) -> None:
        self._begun = time.time_ns()

    def note(self, call: Call, question: Question, verdict: Verdict, alias: str | None, *, refused: bool) -> None:
        start, self._begun = self._begun or time.time_ns(), 0
        self._decisions.note(call, question, verdict, alias, refused=refused)
        span = self._tracer.start_span("authorize", start_time=start)
        if span.is_recording():
            span.set_attribute("keytide.action", question.action)
            span.set_attribute("keytide.resource", question.resource)
            span.set_attribute("keytide.verdict", verdict.reason.name)
            if KEY in question.resource:
                trace.get_current_span().set_attribute("keytide.key", question.resource)
        span.end()


class TracedChanging(Changing):
    """With a span around each decision: a change that another made void is decided again."""

    def __init__(self, tracer: Tracer, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._tracer = tracer

    def _decide(self, command: Command, decide: Decide) -> Draft | Done:
        with self._tracer.start_as_current_span("decide", record_exception=False, set_status_on_exception=False):
            return super()._decide(command, decide)


class TracedReplicatorClient(ReplicatorClient):
    """With a span from handing a record over until it binds the region's nodes, which links to the record's trace."""

    def __init__(self, tracing: Tracing, *given: Any) -> None:
        super().__init__(*given)
        self._tracer, self._records = tracing.requests, tracing.records

    async def submit(self, draft: Draft) -> Answer:
        start = time.time_ns()
        with self._tracer.start_as_current_span("submit") as span:
            answer = await super().submit(draft)
            span.set_attribute("keytide.partition", draft.partition)
            span.set_attribute("keytide.verdict", answer.verdict)
            if answer.shared is not None:
                self._note_record(span, answer.shared.digest, start)
            return answer

    async def adopted(self, partition: int, number: int, demand: Synchronous, seconds: float) -> tuple[str, ...]:
        with self._tracer.start_as_current_span("await adoption") as span:
            lacking = await super().adopted(partition, number, demand, seconds)
            if lacking:
                span.set_status(StatusCode.ERROR)
            return lacking

    def _carried(self) -> Sequence[str]:
        return carried()

    def _note_record(self, span: trace.Span, hash_: bytes, start: int) -> None:
        """The two traces find each other from either side."""
        (link,) = link_to(record_context(hash_))
        span.add_link(link.context)
        span.set_attribute("keytide.record.trace", trace_name(hash_))
        self._records.written(hash_, span.get_span_context(), start, time.time_ns())
