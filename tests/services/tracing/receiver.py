"""An OTLP/HTTP receiver of traces on loopback, which keeps the spans that it is sent.

Source: OTLP specification, "OTLP/HTTP"; the messages are those of `opentelemetry-proto`.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Received(NamedTuple):
    """Ids are hexadecimal; `parent` "" for none. `links`: (trace, span)."""

    resource: Mapping[str, str]
    name: str
    trace: str
    span: str
    parent: str
    attributes: Mapping[str, str]
    links: tuple[tuple[str, str], ...]
    start: int
    end: int

    @property
    def region(self) -> str:
        return self.resource["cloud.region"]


class Receiver:
    """`status`: with which it answers. While it is `held`, it answers nobody."""

    def __init__(self) -> None:
        self.spans: list[Received] = []
        self.bodies: list[bytes] = []
        self.status = 200
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.url = ""

    def take(self, path: str, body: bytes) -> None:
        assert path == "/v1/traces"
        self.bodies.append(body)
        for of_process in ExportTraceServiceRequest.FromString(body).resource_spans:
            resource = _attributes(of_process.resource.attributes)
            for scope in of_process.scope_spans:
                self.spans += [_received(resource, span) for span in scope.spans]

    def named(self, name: str, region: str = "") -> list[Received]:
        """The spans of this name, of one region or of all."""
        return [span for span in [*self.spans] if span.name == name and region in ("", span.region)]


def _received(resource: Mapping[str, str], span: Span) -> Received:
    links = tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links)
    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
    times = (span.start_time_unix_nano, span.end_time_unix_nano)
    return Received(resource, span.name, *ids, _attributes(span.attributes), links, *times)


def _attributes(given: "Iterator[KeyValue]") -> Mapping[str, str]:
    return {one.key: one.value.string_value or str(one.value.int_value) for one in given}


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.goes_on.wait()
            if receiver.status == 200:
                receiver.take(self.path, body)
            self.send_response(receiver.status)
            self.send_header("content-type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, format: str, *args: object) -> None:
            """It says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield receiver
    finally:
        receiver.goes_on.set()
        server.shutdown()
        server.server_close()
        thread.join()
