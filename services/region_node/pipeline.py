"""The steps that every request runs through, in their order, without a word of HTTP servers.

Owns `answer`: parse the signature, find the operation, authenticate against one snapshot of the state, decode, handle,
encode. One read transaction serves all that a request reads, also where it is answered later; a change ends it. What
goes wrong ends here as an answer in AWS's form; what nobody foresaw is logged under the request's id, by its place in
the program and never by its values.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple, NoReturn

from replication.change_position import ChangePosition
from replication.served_state import ServedState
from replication.state_store import Reading, StateStore
from replication.told_position import ToldPositions
from replication.view import Moment, SnapshotView
from services.region_node.barriers import Reach, Reached
from services.region_node.call import (
    AnyAge,
    Arrival,
    Call,
    Caller,
    Change,
    Decide,
    Quotas,
    Staleness,
    Threads,
    Uses,
    Vault,
    no_barrier,
)
from services.region_node.changing import Place
from services.region_node.decisions.noting import UNRECORDED, Decisions
from services.region_node.elsewhere import elsewhere
from services.region_node.exchange import Answered, Answering, Arrived, arrival_of, command_of, understood
from services.region_node.fault_log import log_fault
from services.region_node.key_stores.key_stores import KeyStores
from services.region_node.metrics import RequestCounts
from services.region_node.receipts.position_header import position_headers
from services.region_node.request_id import RequestIds
from services.region_node.routes import Asked, Route
from services.region_node.sts.identity_providers import IdentityProviders
from services.region_node.sts.issuing import SessionIssuer
from services.region_node.synchronous import SynchronousChanging
from services.region_node.throttle import Throttle
from services.region_node.wire.authentication import NOBODY, Authenticator
from services.region_node.wire.protocols import JSON, Protocol, headers_of, protocol_of
from services.region_node.wire.signed_request import SignedRequest
from services.region_node.witness.unconfirmed_header import unconfirmed_headers
from shared.crypto.attestation.model import Rules
from shared.decision import Decision, StateView
from shared.errors import InternalFailure, KeytideError, UnknownOperation
from shared.grants.token import GrantTokens

REMEDY_HEADER = b"x-keytide-remedy"
"""What to do next, on every refusal. It goes by the kind of refusal alone, so it tells no more than the code."""
UNKNOWN_OPERATION = "unknown"

log = logging.getLogger(__name__)


class Region(NamedTuple):
    """What the pipeline serves. `now` gives integer milliseconds since 1970. `throttle` None: any rate of requests."""

    name: str
    served: ServedState
    quotas: Quotas
    throttle: Throttle | None
    attestation_rules: Rules
    store: StateStore
    vault: Vault
    threads: Threads
    key_stores: KeyStores
    authenticator: Authenticator
    changing: SynchronousChanging
    grant_tokens: GrantTokens
    told: ToldPositions
    uses: Uses
    sessions: SessionIssuer
    identity_providers: IdentityProviders
    now: Callable[[], int]
    decisions: Decisions = UNRECORDED
    reach: Reach = no_barrier
    staleness: Staleness = AnyAge()

    def moment(self) -> Moment:
        return Moment(self.name, self.now())


class Pipeline:
    """Answers the requests of one region."""

    def __init__(self, region: Region, counts: RequestCounts) -> None:
        self._region = region
        self._counts = counts
        self._request_ids = RequestIds()

    def answer(self, arrived: Arrived) -> Answering:
        """Never raises."""
        started = time.perf_counter()
        request_id = self._request_ids.begin()
        try:
            signed, asked = understood(arrived)
        except Exception as fault:
            protocol = protocol_of(arrived.headers, arrived.query)
            return self._refused(fault, protocol, UNKNOWN_OPERATION, request_id, started)
        if signed is not None and asked.route is not None and asked.route.changes:
            return self._answer_change(arrived, signed, asked, asked.route, request_id, started)
        return self._answer_read(arrived, signed, asked, request_id, started)

    def refuse(self, error: KeytideError) -> Answered:
        """The answer to what never became a request."""
        return self._refused(error, JSON, UNKNOWN_OPERATION, self._request_ids.fresh(), time.perf_counter())

    def _answer_read(
        self, arrived: Arrived, signed: SignedRequest | None, asked: Asked, request_id: str, started: float
    ) -> Answering:
        protocol, route = asked.protocol, asked.route
        name = UNKNOWN_OPERATION if route is None else route.operation.name
        region = self._region
        reading: Reading | None = None
        call: Call | None = None
        try:
            reading = region.store.read()
            now = region.now()
            view = region.served.view(reading, Moment(region.name, now))
            caller = NOBODY
            if signed is not None:
                caller = region.authenticator.authenticate(signed, arrived.body, view, now)
            if route is None:
                raise asked.refusal or UnknownOperation
            document = route.parse(asked.parameters)
            if region.throttle is not None and signed is None:
                region.throttle.count_unsigned(arrived.source, route.counted_as, document, now)
            elif region.throttle is not None:
                region.throttle.count(caller.account, route.counted_as, document, now)
            request = route.decode(document)
            call = _call(
                region, name, arrival_of(arrived, signed), caller, request_id, now, view, _changes_nothing, _no_view
            )
            response = route.operation.handle(call, request)
            if not isinstance(response, tuple):
                later = self._answer_later(response, protocol, route, call, reading, started)
                reading = call = None  # the answer holds them now
                return later
            body = _finished(route, call, response)
        except Exception as fault:
            return self._refused(fault, protocol, name, request_id, started)
        finally:
            if reading is not None:
                reading.close()
            if call is not None:
                call.end()
        return self._succeeded(protocol, name, body, request_id, started)

    async def _answer_later(
        self,
        response: Awaitable[Any],
        protocol: Protocol,
        route: Route,
        call: Call,
        reading: Reading,
        started: float,
    ) -> Answered:
        """The answer of a handler that has to wait; the snapshot is held as long as the handler runs."""
        try:
            with reading:
                body = _finished(route, call, await response)
        except Exception as fault:
            return self._refused(fault, protocol, route.operation.name, call.request_id, started)
        finally:
            call.end()
        return self._succeeded(protocol, route.operation.name, body, call.request_id, started)

    async def _answer_change(
        self, arrived: Arrived, signed: SignedRequest, asked: Asked, route: Route, request_id: str, started: float
    ) -> Answered:
        protocol, places = asked.protocol, list[Place]()
        try:
            with ExitStack() as snapshots:
                body = await self._change(arrived, signed, asked, route, request_id, snapshots, places.append)
        except Exception as fault:
            answered = self._refused(fault, protocol, route.operation.name, request_id, started)
        else:
            answered = self._succeeded(protocol, route.operation.name, body, request_id, started)
        return answered._replace(headers=(*answered.headers, *position_headers(self._region.told, places)))

    async def _change(
        self,
        arrived: Arrived,
        signed: SignedRequest,
        asked: Asked,
        route: Route,
        request_id: str,
        snapshots: ExitStack,
        note: Callable[[Place], None],
    ) -> bytes:
        region = self._region

        def latest() -> StateView:
            return region.served.view(snapshots.enter_context(region.store.read()), region.moment())

        view, now = latest(), region.now()
        caller = region.authenticator.authenticate(signed, arrived.body, view, now)
        document = route.parse(asked.parameters)
        if region.throttle is not None:
            region.throttle.count(caller.account, route.counted_as, document, now)
        request = route.decode(document)
        arrival = arrival_of(arrived, signed)
        command = command_of(arrived, signed, arrival, route, caller, request_id, route.parameters(document, request))

        async def change(decide: Decide, account: str = caller.account, /) -> str:
            def at_this_moment(view: SnapshotView) -> Decision:
                return decide(view.at(region.moment()))

            snapshots.close()  # the state has few readers, and the log may take its time
            return await region.changing.change(command._replace(account=account), at_this_moment, note, call)

        async def barrier(position: ChangePosition, regions: Sequence[str], seconds: float, /) -> Reached:
            snapshots.close()
            return await region.reach(position, regions, seconds)

        call = _call(region, route.operation.name, arrival, caller, request_id, now, view, change, latest)
        call.barrier, call.read_position = barrier, region.told.read
        try:
            return _finished(route, call, await route.operation.handle(call, request))
        finally:
            call.end()

    def _succeeded(self, protocol: Protocol, operation: str, body: bytes, request_id: str, started: float) -> Answered:
        self._counts.note(operation, "", time.perf_counter() - started)
        return Answered(200, self._headers(protocol, request_id), body)

    def _headers(self, protocol: Protocol, request_id: str) -> tuple[tuple[bytes, bytes], ...]:
        return (*headers_of(protocol, request_id), *unconfirmed_headers(self._region.served))

    def _refused(
        self, fault: Exception, protocol: Protocol, operation: str, request_id: str, started: float
    ) -> Answered:
        error = fault
        if not isinstance(error, KeytideError):
            log_fault(log, fault, request_id)
            error = InternalFailure(f"The node met an unforeseen fault; see request id {request_id} in its log.")
        self._counts.note(operation, error.code, time.perf_counter() - started)
        status, body = protocol.render_error(error, request_id)
        remedy = (REMEDY_HEADER, error.remedy.encode())
        return Answered(status, (*self._headers(protocol, request_id), remedy, *elsewhere(error)), body)


def _call(
    region: Region,
    operation: str,
    arrival: Arrival,
    caller: Caller,
    request_id: str,
    now: int,
    view: StateView,
    change: Change,
    latest: Callable[[], StateView],
) -> Call:
    return Call(
        region.name,
        operation,
        caller,
        request_id,
        now,
        view,
        region.vault,
        region.quotas,
        region.threads,
        region.key_stores,
        change,
        latest,
        region.grant_tokens,
        region.uses,
        region.attestation_rules,
        arrival,
        region.sessions,
        region.identity_providers,
        region.staleness,
        decisions=region.decisions,
    )


def _finished(route: Route, call: Call, response: Any) -> bytes:
    """The body of a success. The keys that were used are noted: only now it is known that nothing refused their use."""
    for place in route.used:
        call.uses.note(response[place], route.operation.name, call.now, call.request_id)
    return route.render(response, call.request_id)


async def _changes_nothing(_decide: Decide, _account: str = "", /) -> NoReturn:
    raise InternalFailure("an operation that only reads asked for a change")


def _no_view() -> NoReturn:
    raise InternalFailure("an operation that only reads asked for the state after a change")
