"""The query protocol, as STS speaks it: form bodies in, XML out.

Owns the parsing of form bodies and the rendering of answers and errors. Source: AWS STS API reference, version
2011-06-15.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote_to_bytes
from xml.sax.saxutils import escape

from services.region_node.call import Caller
from services.region_node.wire.error_table import message_of, row_of
from shared.errors import KeytideError, MissingAuthenticationToken, SerializationFailed, UnknownOperation

CONTENT_TYPE = b"text/xml"
FORM_CONTENT_TYPE = b"application/x-www-form-urlencoded"
NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
VERSION = "2011-06-15"
MOST_PARAMETERS = 1000
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold even escaped (section 2.2, Char)."""


class Query(NamedTuple):
    """One call of the query protocol."""

    action: str
    parameters: Mapping[str, str]


def parse_query(body: bytes) -> Query:
    """Read a form body. Errors: SerializationFailed; UnknownOperation for a missing action or another version."""
    parameters = _parameters(body)
    action, version = parameters.pop("Action", ""), parameters.pop("Version", "")
    if not action or version != VERSION:
        raise UnknownOperation(f"Could not find operation {action} for version {version or 'NO_VERSION_SPECIFIED'}")
    return Query(action, parameters)


def unknown_action(query: Query) -> UnknownOperation:
    """The refusal of an action that the node does not have."""
    return UnknownOperation(f"Could not find operation {query.action} for version {VERSION}")


def _parameters(body: bytes) -> dict[str, str]:
    parts = [part for part in body.split(b"&") if part]
    if len(parts) > MOST_PARAMETERS:
        raise SerializationFailed(f"A request has at most {MOST_PARAMETERS} parameters.")
    parameters: dict[str, str] = {}
    for part in parts:
        name, _, value = part.partition(b"=")
        text = _decoded(name)
        if text in parameters:
            raise SerializationFailed(f"The parameter {text} stands more than once in the request.")
        parameters[text] = _decoded(value)
    return parameters


def _decoded(part: bytes) -> str:
    try:
        return unquote_to_bytes(part.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise SerializationFailed("The request is not UTF-8.") from None


def render_caller_identity(caller: Caller, request_id: str) -> bytes:
    """The answer of GetCallerIdentity."""
    result = {"Arn": caller.arn, "UserId": caller.user_id, "Account": caller.account}
    return render_answer("GetCallerIdentity", result, request_id)


def render_answer(action: str, result: Mapping[str, str], request_id: str) -> bytes:
    """The XML of an answer whose result holds texts alone."""
    members = "".join(_element(name, value) for name, value in result.items())
    metadata = f"<ResponseMetadata>{_element('RequestId', request_id)}</ResponseMetadata>"
    body = f"<{action}Result>{members}</{action}Result>{metadata}"
    return f'<{action}Response xmlns="{NAMESPACE}">{body}</{action}Response>'.encode()


def render_query_error(error: KeytideError, request_id: str) -> tuple[int, bytes]:
    """HTTP status and XML of a refusal, under the names that STS has for it."""
    row = row_of(error)
    kind = "Receiver" if row.query_status >= 500 else "Sender"
    members = _element("Type", kind) + _element("Code", row.query_code) + _element("Message", _message(error))
    body = f"<Error>{members}</Error>{_element('RequestId', request_id)}"
    return row.query_status, f'<ErrorResponse xmlns="{NAMESPACE}">{body}</ErrorResponse>'.encode()


def _message(error: KeytideError) -> str:
    if isinstance(error, MissingAuthenticationToken):
        return "Request is missing Authentication Token"
    return message_of(error)


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_FORBIDDEN.sub('?', text))}</{name}>"
