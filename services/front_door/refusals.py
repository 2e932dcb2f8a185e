"""What the front door itself answers when it cannot pass a request on, in AWS's two forms.

Owns the table of its refusals. KMS speaks AWS JSON 1.1; STS and IAM speak the query protocol, whose errors are XML.
A region that is down is a 503, which every AWS SDK retries.
"""

import uuid
from typing import NamedTuple
from xml.sax.saxutils import escape

import orjson

JSON_TYPE = b"application/x-amz-json-1.1"
XML_TYPE = b"text/xml"
IAM = "iam"
STS = "sts"
QUERY_SERVICES = frozenset({STS, IAM})


class Refusal(NamedTuple):
    """A kind of refusal: HTTP status, AWS code in JSON, AWS code in the query protocol."""

    status: int
    code: str
    query_code: str


UNSIGNED = Refusal(400, "MissingAuthenticationTokenException", "MissingAuthenticationToken")
UNREADABLE_SIGNATURE = Refusal(400, "IncompleteSignatureException", "IncompleteSignature")
UNKNOWN_REGION = Refusal(400, "InvalidSignatureException", "SignatureDoesNotMatch")
MALFORMED = Refusal(400, "SerializationException", "MalformedInput")
HEAD_TOO_LONG = Refusal(431, "RequestEntityTooLargeException", "RequestEntityTooLarge")
BODY_TOO_LONG = Refusal(413, "RequestEntityTooLargeException", "RequestEntityTooLarge")
TOO_SLOW = Refusal(408, "RequestTimeoutException", "RequestTimeout")
UNAVAILABLE = Refusal(503, "ServiceUnavailableException", "ServiceUnavailable")


class Refused(Exception):
    """The front door answers itself. `message` is what the client reads; `query` picks the XML form."""

    def __init__(self, refusal: Refusal, message: str, *, query: bool = False) -> None:
        super().__init__(message)
        self.refusal = refusal
        self.message = message
        self.query = query


class Answer(NamedTuple):
    """A whole answer of the door's own."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def render(refused: Refused) -> Answer:
    """The refusal as its client reads it, with a fresh request id."""
    request_id = str(uuid.uuid4())
    if refused.query:
        return _answer(refused.refusal.status, XML_TYPE, _xml(refused, request_id), request_id)
    body = orjson.dumps({"__type": refused.refusal.code, "message": refused.message})
    return _answer(refused.refusal.status, JSON_TYPE, body, request_id)


def _answer(status: int, content_type: bytes, body: bytes, request_id: str) -> Answer:
    length = str(len(body)).encode()
    identified = (b"x-amzn-RequestId", request_id.encode())
    return Answer(status, ((b"Content-Type", content_type), (b"Content-Length", length), identified), body)


def _xml(refused: Refused, request_id: str) -> bytes:
    kind = "Receiver" if refused.refusal.status >= 500 else "Sender"
    return (
        f"<ErrorResponse><Error><Type>{kind}</Type><Code>{refused.refusal.query_code}</Code>"
        f"<Message>{escape(refused.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    ).encode()
