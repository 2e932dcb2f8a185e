"""Typed requests and responses: what an operation's types may be made of, and how they meet the wire.

A request or response type is a `NamedTuple` whose annotations carry its constraints:

    class EncryptRequest(NamedTuple):
        key_id: Annotated[str, Length(1, 2048)]
        plaintext: Annotated[bytes, Length(1, 4096), Sensitive()]
        encryption_context: dict[str, str] | None = None

A member's wire name is its own in PascalCase (`key_id` is `KeyId`) unless `Wire` says otherwise. A member without a
default is required. `compile_request` and `compile_response` (AWS JSON), `compile_query_request` and
`compile_query_response` (forms and XML) are called once for each type, when the tables of operations are made ready to
serve; what they return runs on every request.
"""

from services.region_node.wire.constraints import (
    UNBOUNDED,
    Choice,
    Length,
    Pattern,
    PercentEncoded,
    Range,
    Sensitive,
    Timestamp,
    Wire,
)
from services.region_node.wire.query_request import compile_query_request
from services.region_node.wire.query_response import compile_query_response
from services.region_node.wire.request_shape import compile_request, missing_member
from services.region_node.wire.response_shape import MemberEncoder, compile_members, compile_response

__all__ = [
    "UNBOUNDED",
    "Choice",
    "Length",
    "MemberEncoder",
    "Pattern",
    "PercentEncoded",
    "Range",
    "Sensitive",
    "Timestamp",
    "Wire",
    "compile_members",
    "compile_query_request",
    "compile_query_response",
    "compile_request",
    "compile_response",
    "missing_member",
]
