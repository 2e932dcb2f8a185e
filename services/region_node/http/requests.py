"""Requests as they come in on one connection: chunks of bytes in, whole requests out.

Owns the parsing (httptools) and the limits of size. A chunk may end a request, hold many, or begin one; what cannot be
read ends the reading, and whatever was whole before it still counts. Source: RFC 9112.
"""

from collections import deque
from itertools import chain
from typing import Any, NamedTuple

import httptools

from services.region_node.http.limits import HttpLimits
from shared.errors import KeytideError, RequestTooLarge, SerializationFailed

_OTHER_PROTOCOL = "Nothing but HTTP/1.1 is spoken here; send the request without Upgrade, and not with CONNECT."


class ReadRequest(NamedTuple):
    """A whole request; names of headers in lower case. `last`: its client wants no other answer on the connection."""

    method: str
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes
    last: bool


class RequestReader:
    """Reads one connection. Whole requests are in `read`; `refusal` says why nothing more can follow them."""

    def __init__(self, limits: HttpLimits) -> None:
        self._limits = limits
        self._parser: Any = httptools.HttpRequestParser(self)
        self.read: deque[ReadRequest] = deque()
        self.refusal: KeytideError | None = None
        self.under_way = False
        """Whether a request has begun that is not whole."""
        self.waits_to_go_on = False
        """Whether its client sends the body only when told to (RFC 9110, 10.1.1)."""
        self.finished = False
        """Whether the client has said that it sends no more."""
        self._over = False
        self._head_bytes: int | None = None

    def feed(self, chunk: bytes) -> None:
        """Read on, unless the reading is over."""
        if self._over:
            return
        try:
            self._parser.feed_data(chunk)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._refuse(SerializationFailed("The request is not HTTP/1.1."))
        self._limit_head(chunk)

    def finish(self) -> None:
        """The client sends no more; a request that is not whole never will be."""
        self.finished = self._over = True
        self.waits_to_go_on = False

    def close(self) -> None:
        """Read no more, and forget what was not taken."""
        self._over = True
        self.read.clear()
        self._parser = None  # it refers back to this object

    # What the parser calls

    def on_message_begin(self) -> None:
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._in_head, self._head_bytes = True, None
        self.under_way, self.waits_to_go_on = True, False

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # a trailer is none, however it is named
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._in_head = False
        values = dict(self._headers)
        if b"expect" in values:
            continues = values[b"expect"].lower() == b"100-continue"
            self.waits_to_go_on = continues and self._parser.get_http_version() != "1.0"
        head_bytes = len(self._target) + sum(map(len, chain.from_iterable(self._headers)))
        self._limit(head_bytes, int(values.get(b"content-length", 0)))

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if self._body_bytes > self._limits.body_bytes:
            self._refuse(self._body_too_large())
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        self.under_way = self.waits_to_go_on = False
        if self._over:
            return
        self._over = last = not self._parser.should_keep_alive()
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        method = self._parser.get_method().decode("ascii")
        self.read.append(ReadRequest(method, self._target, self._headers, body, last))

    # The reader's own

    def _limit(self, head_bytes: int, body_bytes: int) -> None:
        if head_bytes > self._limits.head_bytes:
            self._refuse(_head_too_large())
        elif self._parser.should_upgrade():
            self._refuse(SerializationFailed(_OTHER_PROTOCOL))
        elif body_bytes > self._limits.body_bytes:
            self._refuse(self._body_too_large())

    def _limit_head(self, chunk: bytes) -> None:
        """Bound a head that does not end. What it has of the chunk in which it began is not known, and not counted."""
        if not (self.under_way and self._in_head):
            return
        self._head_bytes = 0 if self._head_bytes is None else self._head_bytes + len(chunk)
        if self._head_bytes > self._limits.head_bytes:
            self._refuse(_head_too_large())

    def _refuse(self, error: KeytideError) -> None:
        if not self._over:
            self._over, self.refusal = True, error

    def _body_too_large(self) -> KeytideError:
        return RequestTooLarge(f"A request has at most {self._limits.body_bytes} bytes.")


def _head_too_large() -> KeytideError:
    return RequestTooLarge("The request's headers are too large.")
