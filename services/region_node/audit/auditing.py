"""Audit first: what becomes of an answer until its entry is durable.

Owns which answers wait, what is refused while nothing can be recorded, and that an answer whose entry failed never
leaves. Requests that nobody was authenticated for go to the security log instead.
"""

import logging
from collections.abc import Callable, Mapping
from contextvars import copy_context
from http import HTTPStatus
from typing import Any, Final, NamedTuple, Protocol

from services.audit.security_log import Unauthenticated
from services.audit.settings import AuditSettings
from services.audit.spool.spool import Waiting
from services.region_node.audit.audited import encoded_entry
from services.region_node.http.held_answer import HeldAnswer
from services.region_node.operations.table import AuditClass
from services.region_node.requests.answers import Answers
from services.region_node.requests.arrived import Answered, Answering
from services.region_node.requests.fault_log import log_fault
from services.region_node.requests.underway import Underway
from services.region_node.wire.authentication import NOBODY
from services.region_node.wire.error_table import row_of
from shared.audit.errors import OUTCOME_UNKNOWN, AuditUnavailable
from shared.errors import KeytideError

ENTRY_FIRST = frozenset({AuditClass.KEY_USE, AuditClass.CHANGE})
"""What does not even begin while nothing can be recorded. Of these, what succeeds waits for its entry, unless the
record of a change tells of it; as does every refusal, whatever was asked."""
NO_ANSWER_WAITS: Final = {"Durability": "after the answer"}
"""What every entry tells of a worker that lets no answer wait."""

log = logging.getLogger(__name__)


class Entries(Protocol):
    """`services.audit.spool.spool.Spool`."""

    failing: bool

    @property
    def crowded(self) -> bool: ...

    def add(self, entry: bytes, waiting: Waiting | None = None) -> None: ...


class Audited(NamedTuple):
    """Where entries go. `entries` None: nowhere, as in a test of something else.

    `unauthenticated` takes what nobody could be authenticated for.
    """

    entries: Entries | None
    unauthenticated: Callable[[Unauthenticated], None]
    settings: AuditSettings


UNAUDITED = Audited(None, lambda _refused: None, AuditSettings())


class Auditing:
    """Of one worker."""

    def __init__(self, answers: Answers, audited: Audited) -> None:
        self._answers = answers
        self._entries, self._unauthenticated, settings = audited
        self._waits = settings.durability == "before the answer"
        self._more = None if self._waits else NO_ANSWER_WAITS

    def require(self, audit: AuditClass) -> None:
        """Before a request is handled, and before anything is changed. Errors: AuditUnavailable."""
        if self._entries is not None and self._entries.failing and audit in ENTRY_FIRST:
            raise AuditUnavailable

    def release(
        self, underway: Underway, answered: Answered, response: Any, error: KeytideError | None = None
    ) -> Answering:
        """The answer, at once or once its entry is durable. `response`: of a success."""
        code = "" if error is None else error.code
        entries = self._entries
        caller = underway.caller if underway.call is None else underway.call.caller
        if caller is NOBODY:
            self._unauthenticated(_claimed(underway, code))
        elif entries is not None and not underway.recorded:
            waits = self._waits and (error is not None or entries.crowded or self._first(underway))
            entry = _encoded(underway, response, error, waits, self._more)
            if waits:
                held = _Held(self._answers, underway, answered, error)
                entries.add(entry, held)
                return held
            entries.add(entry)
        self._answers.count(underway, code)
        return answered

    def _first(self, underway: Underway) -> bool:
        return underway.route is not None and underway.route.operation.audit in ENTRY_FIRST


class _Held(HeldAnswer):
    """An answer that is made, and waits for its entry."""

    __slots__ = ("_answered", "_answers", "_context", "_error", "_underway")

    def __init__(self, answers: Answers, underway: Underway, answered: Answered, error: KeytideError | None) -> None:
        super().__init__()
        self._answers, self._underway, self._answered, self._error = answers, underway, answered, error
        self._context = copy_context()
        """The request's own, with its span: many are told by one callback."""

    def settled(self, durable: bool) -> None:
        answered, error = self._answered, self._error
        if not durable:
            error = _unrecorded(error)
            answered = self._answers.refusal(self._underway, error)
        self._context.run(self._answers.count, self._underway, "" if error is None else error.code)
        self.let_go(answered)


def _unrecorded(error: KeytideError | None) -> AuditUnavailable:
    """What is told in the place of an answer that cannot be recorded: a fault may follow on a change,
    but the refusal even to begin does not."""
    if isinstance(error, AuditUnavailable):
        return error
    fault = error is not None and row_of(error).status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return AuditUnavailable(OUTCOME_UNKNOWN) if fault else AuditUnavailable()


def _encoded(
    underway: Underway, response: Any, error: KeytideError | None, waits: bool, more: Mapping[str, Any] | None
) -> bytes:
    """The entry; without what could not be told, if ever something of a request cannot."""
    try:
        return encoded_entry(underway, response, error, waits, more)
    except Exception as fault:
        log_fault(log, fault, underway.request_id)
        underway.request = None
        return encoded_entry(underway, None, error, waits, more)


def _claimed(underway: Underway, code: str) -> Unauthenticated:
    arrival, signed = underway.arrived_from(), underway.signed
    access_key_id = "" if signed is None else signed.claims.credential.access_key_id
    return Unauthenticated(underway.request_id, underway.name, code, arrival.source, arrival.user_agent, access_key_id)
