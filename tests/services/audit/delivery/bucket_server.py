"""A server on loopback with as much of S3 as the delivery and the AWS CLI's validate-logs use, and ListPublicKeys."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from services.audit.delivery.digest_keys import PublicDigestKey

LOCATION = '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>'
NOTHING: Mapping[str, str] = {}
MISSING = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"


class Stored(NamedTuple):
    body: bytes
    metadata: dict[str, str]


class BucketServer(ThreadingHTTPServer):
    """`objects` by bucket and key, `keys` those that ListPublicKeys gives; `broken` refuses to take anything."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, Stored] = {}
        self.keys: list[PublicDigestKey] = []
        self.broken = False
        self.puts = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def bucket_server() -> Iterator[BucketServer]:
    server = BucketServer()
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: BucketServer
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.broken:
            self._answer(403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
            return
        prefix = "x-amz-meta-"
        metadata = {name.lower(): value for name, value in self.headers.items() if name.lower().startswith(prefix)}
        self.server.objects[unquote(urlsplit(self.path).path)] = Stored(body, metadata)
        self.server.puts += 1
        self._answer(200, "")

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = parse_qs(url.query, keep_blank_values=True)
        if "location" in asked:
            self._answer(200, LOCATION)
        elif url.path.strip("/").count("/") == 0:
            self._answer(200, self._listed(url.path.strip("/"), asked))
        else:
            self._give(unquote(url.path))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        rows = [
            {
                "Value": base64.b64encode(key.public).decode(),
                "Fingerprint": key.fingerprint,
                "ValidityStartTime": key.start / 1000,
                "ValidityEndTime": key.end / 1000,
            }
            for key in self.server.keys
        ]
        self._answer(200, json.dumps({"PublicKeyList": rows}), "application/x-amz-json-1.1")

    def _listed(self, bucket: str, asked: dict[str, list[str]]) -> str:
        prefix, marker = asked.get("prefix", [""])[0], asked.get("marker", [""])[0]
        keys = sorted(path.removeprefix(f"/{bucket}/") for path in self.server.objects)
        rows = [
            f"<Contents><Key>{escape(key)}</Key></Contents>" for key in keys if key.startswith(prefix) and key > marker
        ]
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{''.join(rows)}</ListBucketResult>"

    def _give(self, path: str) -> None:
        stored = self.server.objects.get(path)
        if stored is None:
            self._answer(404, MISSING)
            return
        self._answer(200, stored.body, "application/json", stored.metadata)

    def _answer(
        self, status: int, body: str | bytes, kind: str = "application/xml", more: Mapping[str, str] = NOTHING
    ) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""
