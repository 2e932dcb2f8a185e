"""The steps that every request runs through, in their order, without a word of HTTP servers.

Owns `answer`: parse the signature, authenticate against one snapshot of the state, find the operation, decode, handle,
encode. One read transaction serves the whole of a request. What goes wrong ends here as an answer in AWS's form; what
nobody foresaw is logged under the request's id, by its place in the program and never by its values.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple, NoReturn, TypeAlias

import orjson

from replication.record import Request
from replication.state_store import StateStore
from replication.view import served
from services.region_node.call import Call, Caller, Decide, Quotas, Vault
from services.region_node.changing import Changing, Command
from services.region_node.fault_log import log_fault
from services.region_node.metrics import RequestCounts
from services.region_node.request_id import RequestIds
from services.region_node.routes import ROUTES, Route
from services.region_node.wire import json_protocol, query_protocol, sigv4
from services.region_node.wire.authentication import Authenticator, command_id
from services.region_node.wire.error_table import render_error
from services.region_node.wire.sigv4 import SignedRequest
from shared.crypto.entropy import random_bytes
from shared.decision import StateView
from shared.errors import InternalFailure, KeytideError, UnknownOperation

LONGEST_USER_AGENT = 1024
"""Characters of it that a record keeps, as CloudTrail does."""
UNKNOWN_OPERATION = "unknown"
GET_CALLER_IDENTITY = "GetCallerIdentity"

log = logging.getLogger(__name__)


class Arrived(NamedTuple):
    """One whole request. `path` and `query` are as received; `source` is the client's address, without its port.

    `exchange`: the front door's number for it, b"" where it came without the door.
    """

    method: str
    path: bytes
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    source: str
    exchange: bytes = b""


class Answered(NamedTuple):
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


Answering: TypeAlias = Answered | Awaitable[Answered]
"""At once, or, where the operation changes something, when its record is applied."""


class Region(NamedTuple):
    """What the pipeline serves. `now` gives integer milliseconds since 1970."""

    name: str
    partitions: int
    quotas: Quotas
    store: StateStore
    vault: Vault
    authenticator: Authenticator
    changing: Changing
    now: Callable[[], int]


class Pipeline:
    """Answers the requests of one region."""

    def __init__(self, region: Region, counts: RequestCounts) -> None:
        self._region = region
        self._counts = counts
        self._request_ids = RequestIds()

    def answer(self, arrived: Arrived) -> Answering:
        """Never raises."""
        started = time.perf_counter()
        request_id = self._request_ids.fresh()
        try:
            signed = sigv4.parse(arrived.method, arrived.path, arrived.query, arrived.headers)
        except Exception as fault:
            protocol = _protocol_of(arrived.headers)
            return self._refused(fault, protocol, UNKNOWN_OPERATION, request_id, started)
        if signed.credential.service in sigv4.GLOBAL_SERVICES:
            return self._answer_query(arrived, signed, request_id, started)
        route = ROUTES.get(signed.headers.get(b"x-amz-target", b""))
        if route is not None and route.operation.changes:
            return self._answer_change(arrived, signed, route, request_id, started)
        return self._answer_read(arrived, signed, route, request_id, started)

    def refuse(self, error: KeytideError) -> Answered:
        """The answer to what never became a request."""
        return self._refused(error, JSON, UNKNOWN_OPERATION, self._request_ids.fresh(), time.perf_counter())

    def _answer_read(
        self, arrived: Arrived, signed: SignedRequest, route: Route | None, request_id: str, started: float
    ) -> Answered:
        name = UNKNOWN_OPERATION if route is None else route.operation.name
        region = self._region
        try:
            with region.store.read() as snapshot:
                view = served(snapshot, region.partitions)
                now = region.now()
                caller = region.authenticator.authenticate(signed, arrived.body, view, now)
                if route is None:
                    raise UnknownOperation
                request = route.decode(json_protocol.parse_body(arrived.body))
                call = Call(
                    region.name, caller, request_id, now, view, region.vault, region.quotas, _changes_nothing, _no_view
                )
                body = _encoded(route, route.operation.handler(call, request))
        except Exception as fault:
            return self._refused(fault, JSON, name, request_id, started)
        self._counts.note(name, "", time.perf_counter() - started)
        return Answered(200, _headers(JSON, request_id), body)

    async def _answer_change(
        self, arrived: Arrived, signed: SignedRequest, route: Route, request_id: str, started: float
    ) -> Answered:
        try:
            with ExitStack() as snapshots:
                body = await self._change(arrived, signed, route, request_id, snapshots)
        except Exception as fault:
            return self._refused(fault, JSON, route.operation.name, request_id, started)
        self._counts.note(route.operation.name, "", time.perf_counter() - started)
        return Answered(200, _headers(JSON, request_id), body)

    async def _change(
        self, arrived: Arrived, signed: SignedRequest, route: Route, request_id: str, snapshots: ExitStack
    ) -> bytes:
        region = self._region

        def latest() -> StateView:
            return served(snapshots.enter_context(region.store.read()), region.partitions)

        view, now = latest(), region.now()
        caller = region.authenticator.authenticate(signed, arrived.body, view, now)
        document = json_protocol.parse_body(arrived.body)
        request = route.decode(document)
        command = _command(arrived, signed, route, caller, request_id, route.parameters(document, request))

        async def change(decide: Decide) -> str:
            snapshots.close()  # the state has few readers, and the log may take its time
            return await region.changing.change(command, decide)

        call = Call(region.name, caller, request_id, now, view, region.vault, region.quotas, change, latest)
        return _encoded(route, await route.operation.handler(call, request))

    def _answer_query(self, arrived: Arrived, signed: SignedRequest, request_id: str, started: float) -> Answered:
        region = self._region
        try:
            with region.store.read() as snapshot:
                view = served(snapshot, region.partitions)
                caller = region.authenticator.authenticate(signed, arrived.body, view, region.now())
            query = query_protocol.parse_query(arrived.body)
            if query.action != GET_CALLER_IDENTITY or signed.credential.service != "sts":
                raise query_protocol.unknown_action(query)
        except Exception as fault:
            return self._refused(fault, QUERY, UNKNOWN_OPERATION, request_id, started)
        self._counts.note(GET_CALLER_IDENTITY, "", time.perf_counter() - started)
        body = query_protocol.render_caller_identity(caller, request_id)
        return Answered(200, _headers(QUERY, request_id), body)

    def _refused(
        self, fault: Exception, protocol: "_Protocol", operation: str, request_id: str, started: float
    ) -> Answered:
        error = fault
        if not isinstance(error, KeytideError):
            log_fault(log, fault, request_id)
            error = InternalFailure(f"The node met an unforeseen fault; see request id {request_id} in its log.")
        self._counts.note(operation, error.code, time.perf_counter() - started)
        status, body = protocol.render_error(error, request_id)
        return Answered(status, _headers(protocol, request_id), body)


class _Protocol(NamedTuple):
    """How refusals go out, and under which content type everything does."""

    content_type: bytes
    render_error: Callable[[KeytideError, str], tuple[int, bytes]]


JSON = _Protocol(json_protocol.CONTENT_TYPE, lambda error, _request_id: render_error(error))
QUERY = _Protocol(query_protocol.CONTENT_TYPE, query_protocol.render_query_error)


def _protocol_of(headers: Sequence[tuple[bytes, bytes]]) -> _Protocol:
    """The protocol of a request whose signature cannot be read: only STS and IAM take forms."""
    form = query_protocol.FORM_CONTENT_TYPE
    is_form = any(name.lower() == b"content-type" and value.lower().startswith(form) for name, value in headers)
    return QUERY if is_form else JSON


def _headers(protocol: _Protocol, request_id: str) -> tuple[tuple[bytes, bytes], ...]:
    return (b"content-type", protocol.content_type), (b"x-amzn-requestid", request_id.encode())


def _encoded(route: Route, response: Any) -> bytes:
    return b"" if route.encode is None else orjson.dumps(route.encode(response))


def _command(
    arrived: Arrived,
    signed: SignedRequest,
    route: Route,
    caller: Caller,
    request_id: str,
    parameters: dict[str, object],
) -> Command:
    operation = route.operation.name
    request = Request(
        caller=caller.arn,
        access_key_id=caller.access_key_id,
        request_id=request_id,
        source_address=arrived.source,
        user_agent=signed.headers.get(b"user-agent", b"").decode("latin-1")[:LONGEST_USER_AGENT],
        operation=operation,
        parameters=parameters,
    )
    invocation_id = signed.headers.get(b"amz-sdk-invocation-id") or (arrived.exchange and b"door/" + arrived.exchange)
    identity = command_id(caller, operation, arrived.body, invocation_id, random_bytes(16))
    return Command(caller.account, identity, request)


async def _changes_nothing(_decide: Decide) -> NoReturn:
    raise InternalFailure("an operation that only reads asked for a change")


def _no_view() -> NoReturn:
    raise InternalFailure("an operation that only reads asked for the state after a change")
