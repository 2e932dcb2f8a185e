"""The table of operations, made ready to serve: decoders and encoders compiled once, found by the target's bytes.

Owns `Route`, and which parameters of a change its record may tell: those that are neither secret nor a policy.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from services.region_node.operations.table import OPERATIONS, AuditClass, Operation
from services.region_node.wire.json_protocol import TARGET_PREFIX
from services.region_node.wire.member import Kind, is_structure, members_of
from services.region_node.wire.shapes import compile_request, compile_response

UNRECORDED = frozenset({"Policy", "GrantToken", "GrantTokens"})
"""A policy stands in the event, and the grant that a token names: the request would hold them a second time."""


class Route(NamedTuple):
    """One operation. `encode` None: the answer's body is empty. `described`: the members that a record may tell.

    `used`: the places in the response where the ARNs of the keys stand whose material was used.
    """

    operation: Operation
    decode: Callable[[object], Any]
    encode: Callable[[Any], dict[str, object]] | None
    encode_request: Callable[[Any], dict[str, object]]
    described: frozenset[str]
    used: tuple[int, ...]

    def parameters(self, document: Mapping[str, object], request: Any) -> dict[str, object]:
        """What the client said, as far as a record may hold it: known members only, in their checked form."""
        told = self.encode_request(request)
        return {name: told[name] for name in document if name in self.described and name in told}


def _route(operation: Operation) -> Route:
    response = operation.response
    described = frozenset(
        member.wire_name
        for member in members_of(operation.request)
        if not _holds_secrets(member.kind) and member.kind.base is not bytes and member.wire_name not in UNRECORDED
    )
    return Route(
        operation=operation,
        decode=compile_request(operation.request),
        encode=None if response is None else compile_response(response),
        encode_request=compile_response(operation.request),
        described=described,
        used=_used(operation),
    )


def _used(operation: Operation) -> tuple[int, ...]:
    if operation.audit is not AuditClass.KEY_USE or operation.response is None:
        return ()
    members = operation.response._fields
    return tuple(members.index(member) for member in ("source_key_id", "key_id") if member in members)


def _holds_secrets(kind: Kind) -> bool:
    """Whether a value of `kind`, or anything within it, is sensitive."""
    within = [member.kind for member in members_of(kind.base)] if is_structure(kind.base) else []
    return kind.sensitive or any(map(_holds_secrets, (*within, *([] if kind.element is None else [kind.element]))))


ROUTES: Mapping[bytes, Route] = {
    TARGET_PREFIX + name.encode(): _route(operation) for name, operation in OPERATIONS.items()
}
"""Value of `X-Amz-Target` -> route."""
