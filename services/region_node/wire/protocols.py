"""The two protocols of the endpoint: AWS JSON 1.1 of KMS, and the query protocol of STS and of IAM.

Owns what tells them apart, and the headers under which everything goes out.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from services.region_node.wire import json_protocol, query_protocol
from services.region_node.wire.error_table import render_error
from shared.errors import KeytideError


class Protocol(NamedTuple):
    """How refusals go out, and under which content type everything does."""

    content_type: bytes
    render_error: Callable[[KeytideError, str], tuple[int, bytes]]


JSON = Protocol(json_protocol.CONTENT_TYPE, lambda error, _request_id: render_error(error))
QUERY: Mapping[str, Protocol] = {
    name: Protocol(query_protocol.CONTENT_TYPE, partial(query_protocol.render_query_error, service))
    for name, service in query_protocol.QUERY_SERVICES.items()
}
"""Service, as in the credential scope -> protocol."""


def protocol_of(headers: Sequence[tuple[bytes, bytes]], query: bytes = b"") -> Protocol:
    """The protocol of a request whose signature cannot be read: STS takes forms that nobody has signed."""
    form = query_protocol.FORM_CONTENT_TYPE
    is_form = any(name == b"content-type" and value.lower().startswith(form) for name, value in headers)
    return QUERY[query_protocol.STS.name] if is_form or b"Action=" in query else JSON


def headers_of(protocol: Protocol, request_id: str) -> tuple[tuple[bytes, bytes], ...]:
    return (b"content-type", protocol.content_type), (b"x-amzn-requestid", request_id.encode())
