"""The steps that every request runs through, in their order, without a word of HTTP servers.

Owns `answer`: parse the signature, find the operation, authenticate against one snapshot of the state, decode, handle,
encode, and let the answer go once its audit entry allows. One read transaction serves all that a request reads, also
where it is answered later; a change ends it. What goes wrong ends here as an answer in AWS's form; what nobody foresaw
is logged under the request's id, by its place in the program and never by its values.
"""

import time
from collections.abc import Awaitable, Sequence
from contextlib import ExitStack
from typing import Any

from replication.records.change_position import ChangePosition
from replication.state.state_store import Reading
from replication.state.view import Moment, SnapshotView
from services.region_node.audit.auditing import UNAUDITED, Audited, Auditing
from services.region_node.changes.changing import Done
from services.region_node.metrics import RequestCounts
from services.region_node.operations.table import AuditClass
from services.region_node.pulses.barriers import Reached
from services.region_node.receipts.position_header import position_headers
from services.region_node.requests.answers import Answers, refusal_of
from services.region_node.requests.arrived import Answered, Answering, Arrived, command_of, permitted_by, understood
from services.region_node.requests.call import Call, Decide
from services.region_node.requests.request_id import RequestIds
from services.region_node.requests.routes import Route
from services.region_node.requests.underway import Underway
from services.region_node.wire.protocols import protocol_of
from services.region_node.wire.signed_request import SignedRequest
from services.region_node.worker.region import Region, call_of
from shared.decision import Decision, StateView
from shared.errors import KeytideError, UnknownOperation


class Pipeline:
    """Answers the requests of one region."""

    def __init__(self, region: Region, counts: RequestCounts, audited: Audited = UNAUDITED) -> None:
        self._region = region
        self._answers = Answers(region.served, counts)
        self._audit = Auditing(self._answers, audited)
        self._request_ids = RequestIds()

    def answer(self, arrived: Arrived) -> Answering:
        """Never raises."""
        underway = Underway(arrived, self._request_ids.begin(), time.perf_counter())
        try:
            underway.understood_as(*understood(arrived))
        except Exception as fault:
            underway.protocol = protocol_of(arrived.headers, arrived.query)
            return self._refused(underway, fault)
        signed, route = underway.signed, underway.route
        if signed is not None and route is not None and route.outlasts_snapshot:
            return self._answer_change(underway, arrived, signed, route)
        return self._answer_read(underway, arrived)

    def refuse(self, error: KeytideError) -> Answered:
        """The answer to what never became a request."""
        underway = Underway(None, self._request_ids.fresh(), time.perf_counter())
        self._answers.count(underway, error.code)
        return self._answers.refusal(underway, error)

    def _answer_read(self, underway: Underway, arrived: Arrived) -> Answering:
        region = self._region
        reading: Reading | None = None
        call: Call | None = None
        try:
            reading = region.store.read()
            underway.now = now = region.now()
            view = region.served.view(reading, Moment(region.name, now))
            if underway.signed is not None:
                underway.caller = region.authenticator.authenticate(underway.signed, arrived.body, view, now)
            route = self._decode(underway)
            call = underway.call = call_of(
                region, underway.name, underway.arrived_from(), underway.caller, underway.request_id, now, view
            )
            response = route.operation.handle(call, underway.request)
            if not isinstance(response, tuple):
                later = self._answer_later(underway, response, route, call, reading)
                reading = call = None  # the answer holds them now
                return later
            return self._succeeded(underway, route, call, response)
        except Exception as fault:
            return self._refused(underway, fault)
        finally:
            if reading is not None:
                reading.close()
            if call is not None:
                call.end()

    async def _answer_later(
        self, underway: Underway, response: Awaitable[Any], route: Route, call: Call, reading: Reading
    ) -> Answered:
        """The answer of a handler that has to wait; the snapshot is held as long as the handler runs."""
        try:
            with reading:
                answering = self._succeeded(underway, route, call, await response)
        except Exception as fault:
            answering = self._refused(underway, fault)
        finally:
            call.end()
        return answering if isinstance(answering, Answered) else await answering

    async def _answer_change(
        self, underway: Underway, arrived: Arrived, signed: SignedRequest, route: Route
    ) -> Answered:
        done = list[Done]()
        try:
            with ExitStack() as snapshots:
                answering = await self._change(underway, arrived, signed, route, snapshots, done)
        except Exception as fault:
            answering = self._refused(underway, fault)
        finally:
            if underway.call is not None:
                underway.call.end()
        answered = answering if isinstance(answering, Answered) else await answering
        headers = position_headers(self._region.told, [each.place for each in done])
        return answered._replace(headers=(*answered.headers, *headers))

    async def _change(
        self,
        underway: Underway,
        arrived: Arrived,
        signed: SignedRequest,
        route: Route,
        snapshots: ExitStack,
        done: list[Done],
    ) -> Answering:
        region = self._region

        def latest() -> StateView:
            return region.served.view(snapshots.enter_context(region.store.read()), region.moment())

        view, underway.now = latest(), region.now()
        underway.caller = caller = region.authenticator.authenticate(signed, arrived.body, view, underway.now)
        self._decode(underway)
        parameters = route.parameters(underway.document or {}, underway.request)
        command = command_of(arrived, signed, underway.arrived_from(), route, caller, underway.request_id, parameters)

        async def change(decide: Decide, account: str = caller.account, /) -> str:
            def at_this_moment(view: SnapshotView) -> Decision:
                return decide(view.at(region.moment()))

            self._audit.require(AuditClass.CHANGE)
            snapshots.close()  # the state has few readers, and the log may take its time
            asked = permitted_by(command, call.grants())._replace(account=account)
            return await region.changing.change(asked, at_this_moment, done.append, call)

        async def barrier(position: ChangePosition, regions: Sequence[str], seconds: float, /) -> Reached:
            snapshots.close()
            return await region.reach(position, regions, seconds)

        call = underway.call = call_of(
            region,
            underway.name,
            underway.arrived_from(),
            caller,
            underway.request_id,
            underway.now,
            view,
            change,
            latest,
        )
        call.barrier, call.read_position = barrier, region.told.read
        response = await route.operation.handle(call, underway.request)
        underway.recorded = any(each.written for each in done)
        return self._succeeded(underway, route, call, response)

    def _decode(self, underway: Underway) -> Route:
        """What is asked, in its checked form. Errors: UnknownOperation, Throttled, AuditUnavailable; of reading."""
        asked, route = underway.asked, underway.route
        if asked is None or route is None:
            raise UnknownOperation if asked is None or asked.refusal is None else asked.refusal
        underway.document = document = route.parse(asked.parameters)
        throttle = self._region.throttle
        if throttle is not None and underway.signed is None:
            throttle.count_unsigned(underway.arrived_from().source, route.counted_as, document, underway.now)
        elif throttle is not None:
            throttle.count(underway.caller.account, route.counted_as, document, underway.now)
        underway.request = route.decode(document)
        self._audit.require(route.operation.audit)
        return route

    def _succeeded(self, underway: Underway, route: Route, call: Call, response: Any) -> Answering:
        """The keys that were used are noted: only now it is known that nothing refused their use.

        Not that its entry is durable: of an answer that cannot be recorded, and never leaves, the use is told as well.
        """
        for place in route.used:
            call.uses.note(response[place], underway.name, call.now, call.request_id)
        answered = self._answers.success(underway, route.render(response, underway.request_id))
        return self._audit.release(underway, answered, response)

    def _refused(self, underway: Underway, fault: Exception) -> Answering:
        error = refusal_of(fault, underway.request_id)
        underway.recorded = False
        return self._audit.release(underway, self._answers.refusal(underway, error), None, error)
