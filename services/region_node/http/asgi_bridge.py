"""The way of one whole request into an ASGI application, and of its answer back.

Owns that way; it serves small pages that are made at once, not streams. Source: ASGI specification, HTTP, version 2.3.
"""

import logging
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI

from services.region_node.requests.arrived import Answered, Arrived
from services.region_node.requests.fault_log import log_fault

_NO_REQUEST_ID = ""

log = logging.getLogger(__name__)


async def ask(app: FastAPI, arrived: Arrived) -> Answered:
    """The application's answer, whole. Never raises: a failure of the application is logged and a plain 500."""
    exchange = _Exchange(arrived.body)
    try:
        await app(_scope(arrived), exchange.receive, exchange.send)
    except Exception as fault:
        log_fault(log, fault, _NO_REQUEST_ID)
        return Answered(500, (), b"")
    return Answered(exchange.status, exchange.headers, bytes(exchange.body))


def _scope(arrived: Arrived) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": arrived.method,
        "scheme": "http",
        "path": unquote(arrived.path.decode("latin-1")),
        "raw_path": arrived.path,
        "query_string": arrived.query,
        "root_path": "",
        "headers": list(arrived.headers),
        "client": (arrived.source, 0),
        "server": None,
    }


class _Exchange:
    """The two channels of an ASGI application."""

    def __init__(self, request_body: bytes) -> None:
        self._request_body = request_body
        self.status = 0
        self.headers: tuple[tuple[bytes, bytes], ...] = ()
        self.body = bytearray()

    async def receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": self._request_body, "more_body": False}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = tuple(pair for pair in message["headers"] if pair[0] != b"content-length")
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
