"""The decisions of one worker on their way to its record.

Owns what is remembered of each, and the writing once a second, in a thread. Nothing here refuses or delays a request. A
refusal is always recorded. Requests that are allowed alike, which are nearly all, are told once a second with their
number and their ids, and the facts of the first: the same principal, action, resource, alias, encryption context and
address, let in by the same statements.
"""

import asyncio
import logging
from collections.abc import Callable

from services.region_node.authorization.asked import told
from services.region_node.decisions.record import Recorded, digest_of, encode
from services.region_node.decisions.segments import Segments
from services.region_node.requests.call import Call
from services.region_node.requests.fault_log import log_fault
from shared.policy.question import Question
from shared.policy.verdict import Verdict

WRITE_SECONDS = 1.0
ALIKE_MOST = 200
"""Kinds of allowed requests that are told of one second: the facts of each take as long as an authorization."""
IDS_MOST = 1_000
"""Ids that are kept of requests that are alike."""
NOTED_MOST = 20_000
HELD_MOST = 32_000_000
"""What is remembered while the disk stalls: decisions, and characters of what clients chose of them (a session's tags
and policies, encryption contexts). What comes beyond is counted, and said in the log."""

log = logging.getLogger(__name__)


class _Noted:
    """One decision, with references to what never changes."""

    __slots__ = (
        "call_time",
        "context",
        "operation",
        "question",
        "refused",
        "request_ids",
        "requests",
        "sequences",
        "verdict",
    )

    def __init__(self, call: Call, question: Question, verdict: Verdict, refused: bool) -> None:
        self.call_time, self.operation, self.request_ids, self.requests = call.now, call.operation, [call.request_id], 1
        self.question, self.verdict, self.refused = question._replace(context={}), verdict, refused
        self.context = told(question.context)
        accounts = {question.resource_account, question.principal.account} - {""}
        self.sequences = {account: call.view.sequence(account) for account in sorted(accounts)}

    def size(self) -> int:
        """Characters of what the client chose."""
        policies = sum(len(policy.text) for policy in self.question.identity.session or ())
        return policies + sum(len(key) + sum(map(len, values)) for key, values in self.context.items())

    def recorded(self) -> Recorded:
        question = self.question
        return Recorded(
            time=self.call_time,
            request_ids=tuple(self.request_ids),
            requests=self.requests,
            operation=self.operation,
            refused=self.refused,
            principal=question.principal,
            session=question.identity.session,
            action=question.action,
            resource=question.resource,
            resource_account=question.resource_account,
            has_resource_policy=question.resource_policy is not None,
            grant_operation=question.grant_operation,
            cross_account=question.cross_account,
            context=self.context,
            encryption_context=question.encryption_context,
            verdict=self.verdict,
            sequences=self.sequences,
            policies=digest_of(question),
        )


class Recorder:
    """Implements `services.region_node.decisions.noting.Decisions`. Only the worker's event loop may call it."""

    watched = False

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._noted: list[_Noted] = []
        self._alike: dict[object, _Noted] = {}
        self._held = 0
        self._passed_over = 0
        self._failing = False

    def begin(self) -> None:
        """It does not matter when."""

    def note(self, call: Call, question: Question, verdict: Verdict, alias: str | None, *, refused: bool) -> None:
        """Takes some microseconds for a refusal or what is new, less than one for what is alike."""
        if refused:
            self._add(call, question, verdict, refused)
            return
        context = question.encryption_context
        key = (question[0], question[2], question[3], verdict, alias, call.arrival[0], context and (*context.items(),))
        alike = self._alike.get(key)
        if alike is not None:
            alike.requests += 1
            if alike.requests <= IDS_MOST:
                alike.request_ids.append(call.request_id)
        elif len(self._alike) < ALIKE_MOST:
            noted = self._add(call, question, verdict, refused)
            if noted is not None:
                self._alike[key] = noted

    def _add(self, call: Call, question: Question, verdict: Verdict, refused: bool) -> _Noted | None:
        """None where it is not recorded. Whatever fails here must not fail the request."""
        if len(self._noted) >= NOTED_MOST:
            self._passed_over += 1
            return None
        try:
            noted = _Noted(call, question, verdict, refused)
        except Exception as fault:
            log_fault(log, fault, call.request_id)
            return None
        size = noted.size()
        if self._held + size > HELD_MOST:
            self._passed_over += 1
            return None
        self._held += size
        self._noted.append(noted)
        return noted

    async def keep_writing(self) -> None:
        """Write for as long as the worker runs."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await self.write()

    async def write(self) -> None:
        """Write what was noted. What cannot be written is given up, and that is said once for as long as it lasts."""
        noted, self._noted, self._alike, self._held = self._noted, [], {}, 0
        if self._passed_over:
            log.warning("decisions were not recorded", extra={"count": self._passed_over})
            self._passed_over = 0
        if noted:
            self._failing = not await self._guarded(lambda: self._segments.append(_encoded(noted)))

    async def _guarded(self, work: Callable[[], None]) -> bool:
        try:
            await asyncio.to_thread(work)
        except Exception as error:
            if not self._failing:
                log.error("the record of decisions cannot be written; it is tried again", extra={"reason": str(error)})
            return False
        return True


def _encoded(noted: list[_Noted]) -> bytes:
    return b"".join([encode(one.recorded()) for one in noted])
