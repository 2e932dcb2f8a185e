"""Answers of the API as they leave, and what is counted of them.

Owns the headers that every answer has, and those of a refusal.
"""

import logging
import time

from replication.state.served_state import ServedState
from services.region_node.metrics import RequestCounts
from services.region_node.requests.arrived import Answered
from services.region_node.requests.elsewhere import elsewhere
from services.region_node.requests.fault_log import log_fault
from services.region_node.requests.underway import Underway
from services.region_node.wire.protocols import headers_of
from services.region_node.witness.unconfirmed_header import unconfirmed_headers
from shared.errors import InternalFailure, KeytideError

REMEDY_HEADER = b"x-keytide-remedy"
"""What to do next, on every refusal. It goes by the kind of refusal alone, so it tells no more than the code."""

log = logging.getLogger(__name__)


def refusal_of(fault: Exception, request_id: str) -> KeytideError:
    """The fault, or what a client may hear of one that nobody foresaw; the log hears the rest."""
    if isinstance(fault, KeytideError):
        return fault
    log_fault(log, fault, request_id)
    return InternalFailure(f"The node met an unforeseen fault; see request id {request_id} in its log.")


class Answers:
    """Of one worker."""

    def __init__(self, served: ServedState, counts: RequestCounts) -> None:
        self._served, self._counts = served, counts

    def success(self, underway: Underway, body: bytes) -> Answered:
        return Answered(200, self._headers(underway), body)

    def refusal(self, underway: Underway, error: KeytideError) -> Answered:
        status, body = underway.protocol.render_error(error, underway.request_id)
        remedy = (REMEDY_HEADER, error.remedy.encode())
        return Answered(status, (*self._headers(underway), remedy, *elsewhere(error)), body)

    def count(self, underway: Underway, code: str) -> None:
        """The answer leaves now. `code` is "" for success."""
        self._counts.note(underway.name, code, time.perf_counter() - underway.started)

    def _headers(self, underway: Underway) -> tuple[tuple[bytes, bytes], ...]:
        return (*headers_of(underway.protocol, underway.request_id), *unconfirmed_headers(self._served))
