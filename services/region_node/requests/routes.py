"""The tables of operations, made ready to serve: decoders and encoders compiled once, found by what a request says.

Owns `Route`, how a request finds its own, and which of its parameters records and the audit trail may tell: those that
are neither secret nor bytes nor a policy.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import orjson

from services.region_node.cloudtrail.table import CLOUDTRAIL_OPERATIONS
from services.region_node.cloudtrail.table import TARGET_PREFIX as CLOUDTRAIL_PREFIX
from services.region_node.iam.table import IAM_OPERATIONS
from services.region_node.operations import own_table
from services.region_node.operations.own_table import OwnOperation
from services.region_node.operations.table import OPERATIONS, AuditClass, Operation
from services.region_node.requests.query_operation import QueryOperation
from services.region_node.sts.table import STS_OPERATIONS
from services.region_node.wire import query_protocol
from services.region_node.wire.form import parse_form
from services.region_node.wire.json_protocol import TARGET_PREFIX, parse_body
from services.region_node.wire.member import Kind, Shape, is_structure, members_of
from services.region_node.wire.protocols import JSON, QUERY, Protocol
from services.region_node.wire.query_protocol import QueryService, render_query_answer
from services.region_node.wire.shapes import (
    MemberEncoder,
    compile_members,
    compile_query_request,
    compile_query_response,
    compile_request,
    compile_response,
)
from services.region_node.wire.signed_request import SignedRequest
from shared.errors import KeytideError, SerializationFailed, UnknownOperation

UNRECORDED = frozenset(
    {
        "Policy",
        "PolicyDocument",
        "AssumeRolePolicyDocument",
        "PolicyInputList",
        "PermissionsBoundaryPolicyInputList",
        "ResourcePolicy",
        "GrantToken",
        "GrantTokens",
        "ProvidedContexts",
        "TokenCode",
    }
)
"""A policy stands in the event, and the grant that a token names: the request would hold them a second time. Tokens of
every kind are to be shown by whoever holds them alone."""
ALWAYS_TOLD = frozenset(
    {
        "EncryptionAlgorithm",
        "SourceEncryptionAlgorithm",
        "DestinationEncryptionAlgorithm",
        "Origin",
        "BypassPolicyLockoutSafetyCheck",
    }
)
"""Told whether or not the client has said it, as CloudTrail does."""


class Route(NamedTuple):
    """One operation. `parse` reads a body into a document, `decode` makes the typed request of it.

    `render(response, request_id)` is the body of the answer. `described`: the members that may be told.
    `service`: as an audit entry calls it. `used`: the places in the response where the ARNs of the keys stand whose
    material was used.
    `counted_as`: by which name of `request_quotas.py` a request counts. `outlasts_snapshot`: whether the operation
    changes something, or waits for something; its handler is asynchronous then.
    """

    operation: Operation | QueryOperation | OwnOperation
    parse: Callable[[bytes], Mapping[str, object]]
    decode: Callable[[Any], Any]
    render: Callable[[Any, str], bytes]
    described: Mapping[str, MemberEncoder]
    service: str
    used: tuple[int, ...]
    counted_as: str
    outlasts_snapshot: bool

    def parameters(self, document: Mapping[str, object], request: Any) -> dict[str, object]:
        """What the client said, as far as it may be told: known members only, in their checked form."""
        told: dict[str, object] = {}
        for name, (place, encode) in self.described.items():
            if name in document or name in ALWAYS_TOLD:
                value = request[place]
                if value is not None:
                    told[name] = value if encode is None else encode(value)
        return told


class Asked(NamedTuple):
    """What a request asks for, in which protocol, and the bytes that `Route.parse` reads.

    `refusal`: the fault where that is no operation of the node.
    """

    protocol: Protocol
    parameters: bytes
    route: Route | None
    refusal: KeytideError | None = None


def asked_by(signed: SignedRequest, query: bytes, body: bytes) -> Asked:
    """What the request is for. Nothing is verified yet, so nothing may be answered by it."""
    service = query_protocol.QUERY_SERVICES.get(signed.claims.credential.service)
    if service is not None:
        return _asked_by_form(service, query, body)
    return Asked(JSON, body, ROUTES.get(signed.headers.get(b"x-amz-target", b"")))


def asked_by_nobody(query: bytes, body: bytes) -> Asked | None:
    """What a request is for that is not signed; None for what only somebody may ask."""
    asked = _asked_by_form(query_protocol.STS, query, body)
    operation = None if asked.route is None else asked.route.operation
    return asked if isinstance(operation, QueryOperation) and operation.unsigned else None


def _asked_by_form(service: QueryService, query: bytes, body: bytes) -> Asked:
    """A presigned URL has the form in its query string, beside what signs it."""
    protocol, parameters = QUERY[service.name], b"&".join(filter(None, (query, body)))
    try:
        form = parse_form(parameters)
    except SerializationFailed as fault:
        return Asked(protocol, parameters, None, fault)
    action, version = form.get("Action", ""), form.get("Version", "")
    if version == service.version and isinstance(action, str) and (service.name, action) in QUERY_ROUTES:
        return Asked(protocol, parameters, QUERY_ROUTES[service.name, action])
    text = f"Could not find operation {action} for version {version or 'NO_VERSION_SPECIFIED'}"
    return Asked(protocol, parameters, None, UnknownOperation(text))


def _json_route(service: str, operation: Operation | OwnOperation) -> Route:
    return Route(
        operation=operation,
        parse=parse_body,
        decode=compile_request(operation.request),
        render=_json_renderer(operation.response),
        described=_described(operation.request),
        service=service,
        used=_used(operation),
        counted_as=operation.name,
        outlasts_snapshot=isinstance(operation, OwnOperation) or operation.changes,
    )


def _query_route(service: QueryService, operation: QueryOperation) -> Route:
    return Route(
        operation=operation,
        parse=parse_form,
        decode=compile_query_request(operation.request),
        render=_query_renderer(service, operation.name, operation.response),
        described=_described(operation.request),
        service=service.name,
        used=(),
        counted_as=service.name.upper(),
        outlasts_snapshot=operation.changes,
    )


def _json_renderer(response: type[Shape] | None) -> Callable[[Shape, str], bytes]:
    if response is None:
        return lambda _response, _request_id: b""
    encode = compile_response(response)
    return lambda value, _request_id: orjson.dumps(encode(value))


def _query_renderer(service: QueryService, name: str, response: type[Shape] | None) -> Callable[[Shape, str], bytes]:
    render = partial(render_query_answer, service, name)
    if response is None:
        return lambda _response, request_id: render(None, request_id)
    encode = compile_query_response(response)
    return lambda value, request_id: render(encode(value), request_id)


def _described(request: type[Shape]) -> Mapping[str, MemberEncoder]:
    encoders = compile_members(request)
    return {
        member.wire_name: encoders[member.wire_name]
        for member in members_of(request)
        if not _is_kept_back(member.kind) and member.wire_name not in UNRECORDED
    }


def _used(operation: Operation | OwnOperation) -> tuple[int, ...]:
    if operation.audit is not AuditClass.KEY_USE or operation.response is None:
        return ()
    members = operation.response._fields
    return tuple(members.index(member) for member in ("source_key_id", "key_id") if member in members)


def _is_kept_back(kind: Kind) -> bool:
    """Whether a value of `kind`, or anything within it, is sensitive, or bytes: ciphertexts, messages, documents."""
    within = [member.kind for member in members_of(kind.base)] if is_structure(kind.base) else []
    elements = [] if kind.element is None else [kind.element]
    return kind.sensitive or kind.base is bytes or any(map(_is_kept_back, (*within, *elements)))


_JSON_TABLES: tuple[tuple[str, bytes, Mapping[str, Operation | OwnOperation]], ...] = (
    ("kms", TARGET_PREFIX, OPERATIONS),
    ("keytide", own_table.TARGET_PREFIX, own_table.OWN_OPERATIONS),
    ("cloudtrail", CLOUDTRAIL_PREFIX, CLOUDTRAIL_OPERATIONS),
)

ROUTES: Mapping[bytes, Route] = {
    prefix + name.encode(): _json_route(service, operation)
    for service, prefix, operations in _JSON_TABLES
    for name, operation in operations.items()
}
"""Value of `X-Amz-Target` -> route."""

_QUERY_TABLES = ((query_protocol.STS, STS_OPERATIONS), (query_protocol.IAM, IAM_OPERATIONS))

QUERY_ROUTES: Mapping[tuple[str, str], Route] = {
    (service.name, name): _query_route(service, operation)
    for service, operations in _QUERY_TABLES
    for name, operation in operations.items()
}
"""Service and action -> route."""
