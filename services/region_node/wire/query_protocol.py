"""The query protocol, as STS and IAM speak it: form bodies in, XML out.

Owns the services that speak it, the envelope of their answers and of their errors. Source: AWS STS API reference,
version 2011-06-15; IAM API reference, version 2010-05-08.
"""

from collections.abc import Mapping
from typing import NamedTuple

from services.region_node.wire.error_table import message_of, row_of
from services.region_node.wire.query_response import element
from shared.errors import KeytideError, MissingAuthenticationToken

CONTENT_TYPE = b"text/xml"
FORM_CONTENT_TYPE = b"application/x-www-form-urlencoded"


class QueryService(NamedTuple):
    """A service that speaks the query protocol. `name` stands in the credential scope."""

    name: str
    version: str
    namespace: str


STS = QueryService("sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/")
IAM = QueryService("iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/")
QUERY_SERVICES: Mapping[str, QueryService] = {service.name: service for service in (STS, IAM)}


def render_query_answer(service: QueryService, action: str, result: str | None, request_id: str) -> bytes:
    """The XML of an answer. `result`: the elements within, None where the operation has no result."""
    wrapped = "" if result is None else f"<{action}Result>{result}</{action}Result>"
    metadata = f"<ResponseMetadata>{element('RequestId', request_id)}</ResponseMetadata>"
    return f'<{action}Response xmlns="{service.namespace}">{wrapped}{metadata}</{action}Response>'.encode()


def render_query_error(service: QueryService, error: KeytideError, request_id: str) -> tuple[int, bytes]:
    """HTTP status and XML of a refusal, under the names that the query protocol has for it."""
    row = row_of(error)
    kind = "Receiver" if row.query_status >= 500 else "Sender"
    members = element("Type", kind) + element("Code", row.query_code) + element("Message", _message(error))
    body = f"<Error>{members}</Error>{element('RequestId', request_id)}"
    return row.query_status, f'<ErrorResponse xmlns="{service.namespace}">{body}</ErrorResponse>'.encode()


def _message(error: KeytideError) -> str:
    if isinstance(error, MissingAuthenticationToken):
        return "Request is missing Authentication Token"
    return message_of(error)
