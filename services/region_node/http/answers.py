"""Answers as bytes of HTTP/1.1.

Owns the head of an answer. What stands in it is the pipeline's and the server's own, so nothing is escaped here.
"""

from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus

from services.region_node.requests.arrived import Answered

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
_CLOSE = b"connection: close\r\n"


def encode_answer(answered: Answered, default_headers: Iterable[tuple[bytes, bytes]], method: str, last: bool) -> bytes:
    """The whole answer to a request of `method`. `last` tells the client that the connection ends."""
    status, headers, body = answered
    lines = _lines(tuple(default_headers))
    for header in headers:
        lines += b"%b: %b\r\n" % header
    return b"%b%b%bcontent-length: %d\r\n\r\n%b" % (
        _STATUS_LINES[status],
        lines,
        _CLOSE if last else b"",
        len(body),
        b"" if method == "HEAD" else body,
    )


@lru_cache(maxsize=1)
def _lines(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """Remembered: the server's own headers change with the second."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])
