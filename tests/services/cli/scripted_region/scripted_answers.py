"""What a scripted region's worker answers: readiness, and what the self-test asks.

Owns its few keys, which the regions share through files. Its one process loads it, and no other.
"""

import http.server
import json
import os
import re
import signal
import socket
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

ARN = "arn:aws:iam::000000000000:user/administrator"
STS = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    f"<Arn>{ARN}</Arn><UserId>AIDA</UserId><Account>000000000000</Account></GetCallerIdentityResult>"
    "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
)
KEY_ID = "mrk-00000000000000000000000000000001"


def snake_case(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


class Region(http.server.BaseHTTPRequestHandler):
    """Answers what the self-test asks, from the folder of one region."""

    protocol_version = "HTTP/1.1"
    directory: Path

    def do_GET(self) -> None:
        hindrance = self.directory / "not-ready"
        if hindrance.exists():
            return self.send(503, json.dumps({"reason": hindrance.read_text()}).encode())
        return self.send(200, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        target = self.headers["X-Amz-Target"]
        if target is None:
            assert parse_qs(body.decode())["Action"] == ["GetCallerIdentity"]
            return self.send(200, STS.encode())
        answer = getattr(self, snake_case(target.split(".")[1]))(json.loads(body))
        if answer is None:
            return self.send(400, b'{"__type":"NotFoundException","message":"no such key"}')
        return self.send(200, json.dumps(answer).encode())

    def send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    @property
    def key(self) -> Path:
        return self.directory / "key"

    def create_key(self, _: Any) -> Any:
        self.key.write_text(KEY_ID)
        with (self.directory / "created").open("a") as created:
            created.write("1")
        return self.describe_key({})

    def create_alias(self, _: Any) -> Any:
        return {}

    def describe_key(self, _: Any) -> Any:
        if not self.key.exists():
            return None
        others = [path.name for path in self.directory.parent.iterdir() if (path / "key").exists()]
        replicas = [{"Region": region} for region in others if region != self.directory.name]
        configuration = {"MultiRegionKeyType": "PRIMARY", "ReplicaKeys": replicas}
        return {"KeyMetadata": {"KeyId": KEY_ID, "KeyState": "Enabled", "MultiRegionConfiguration": configuration}}

    def replicate_key(self, request: Any) -> Any:
        (self.directory.parent / request["ReplicaRegion"] / "key").write_text(KEY_ID)
        return {}

    def generate_data_key_without_plaintext(self, _: Any) -> Any:
        return {"CiphertextBlob": ""} if self.key.exists() else None

    def encrypt(self, request: Any) -> Any:
        return {"CiphertextBlob": request["Plaintext"]} if self.key.exists() else None

    def decrypt(self, request: Any) -> Any:
        return {"Plaintext": request["CiphertextBlob"]} if self.key.exists() else None


def serve(settings: Any, _: int, tcp: int, door: int, _start: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if (settings.directory / "refuse-to-start").exists():
        raise RuntimeError("told to refuse")
    handler = type("Handler", (Region,), {"directory": settings.directory})
    for number in (tcp, door):
        listening = socket.socket(fileno=number)
        listening.setblocking(True)
        threading.Thread(target=accept, args=(listening, handler), daemon=True).start()
    signal.pause()


def accept(listening: socket.socket, handler: Any) -> None:
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=answer, args=(connection, handler), daemon=True).start()


def answer(connection: socket.socket, handler: Any) -> None:
    with connection:
        handler(connection, ("127.0.0.1", 0), None)
