"""One request on its way through the pipeline: what is known of it so far.

Owns `Underway`, from which answer, figures and audit entry are made, however far the request has come.
"""

from collections.abc import Mapping
from typing import Any

from services.region_node.requests.arrived import Arrived, arrival_of
from services.region_node.requests.call import Arrival, Call, Caller
from services.region_node.requests.routes import Asked, Route
from services.region_node.wire.authentication import NOBODY
from services.region_node.wire.protocols import JSON, Protocol
from services.region_node.wire.signed_request import SignedRequest

UNKNOWN_OPERATION = "unknown"


class Underway:
    """`now` is when it was authenticated, in milliseconds; `caller` NOBODY until then. `started`: for its latency.

    `document` and `request` are None until it is decoded, `call` until it is handled. `recorded`: a record of the
    region's log tells of it.
    """

    __slots__ = (
        "arrival",
        "arrived",
        "asked",
        "call",
        "caller",
        "document",
        "name",
        "now",
        "protocol",
        "recorded",
        "request",
        "request_id",
        "route",
        "signed",
        "started",
    )

    def __init__(self, arrived: Arrived | None, request_id: str, started: float) -> None:
        self.arrived, self.request_id, self.started = arrived, request_id, started
        self.protocol: Protocol = JSON
        self.route: Route | None = None
        self.name = UNKNOWN_OPERATION
        self.asked: Asked | None = None
        self.signed: SignedRequest | None = None
        self.arrival: Arrival | None = None
        self.caller: Caller = NOBODY
        self.now = 0
        self.document: Mapping[str, object] | None = None
        self.request: Any = None
        self.call: Call | None = None
        self.recorded = False

    def understood_as(self, signed: SignedRequest | None, asked: Asked) -> None:
        """What its head and the names in it say. Nothing is verified yet."""
        self.signed, self.asked, self.protocol, self.route = signed, asked, asked.protocol, asked.route
        if asked.route is not None:
            self.name = asked.route.operation.name

    def arrived_from(self) -> Arrival:
        """How it came."""
        if self.arrival is None:
            assert self.arrived is not None  # only what never became a request has none, and it is no caller's
            self.arrival = arrival_of(self.arrived, self.signed)
        return self.arrival
