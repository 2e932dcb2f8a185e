"""The proxy: HTTP/1.1 over TLS, SigV4 as botocore has it, AES-256-GCM, and any answer that a test wants instead.

Owns a key manager of its own. Source: External Key Store Proxy API Specification, version 1.
"""

import asyncio
import base64
import datetime
import hashlib
import json
import os
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SERVICE = "kms-xks-proxy"


class Asked(NamedTuple):
    """One request as it arrived. `call` is the last part of its path."""

    path: str
    headers: Mapping[str, str]
    document: Mapping[str, Any]
    call: str


class Refused(Exception):
    def __init__(self, status: int, name: str) -> None:
        super().__init__(name)
        self.status, self.name = status, name


Answer = tuple[int, bytes]
Instead = Callable[[Asked], Awaitable[Answer | None]]
"""What a test wants answered; None closes the connection."""


class XksProxy:
    """A proxy for one credential.

    `instead`, where set, answers in place of the proxy; `hang_up` closes the next connection that asks.
    """

    def __init__(self, host: str, access_key_id: str, secret: str, region: str, path: str = "/kms/xks/v1") -> None:
        self.host, self.access_key_id, self.secret, self.region, self.path = host, access_key_id, secret, region, path
        self.keys: dict[str, bytes] = {}
        self.disabled: set[str] = set()
        self.usages: dict[str, list[str]] = {}
        self.specs: dict[str, str] = {}
        self.health = ["ACTIVE"]
        self.metadata = b"version=1"
        self.vector_length = 12
        self.asked: list[Asked] = []
        self.connections = 0
        self.instead: Instead | None = None
        self.hang_up = False
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    def add_key(self, name: str) -> None:
        self.keys[name] = os.urandom(32)

    async def start(self, context: ssl.SSLContext) -> str:
        """`address:port`."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=context)
        port = self._server.sockets[0].getsockname()[1]
        return f"127.0.0.1:{port}"

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        serving, self._serving = self._serving, set()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            while await self._serve(reader, writer):
                continue
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._serving.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if self.hang_up:
            self.hang_up = False
            return False
        answer = await self._answer(method, path, headers, body)
        if answer is None:
            return False
        status, content = answer
        writer.write(
            f"HTTP/1.1 {status} .\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        await writer.drain()
        return True

    async def _answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        asked = Asked(path, headers, json.loads(body), path.rpartition("/")[2])
        self.asked.append(asked)
        if self.instead is not None:
            return await self.instead(asked)
        try:
            if method != "POST":
                raise Refused(405, "MethodNotAllowed")
            self._authenticate(path, headers, body)
            return 200, json.dumps(self._do(asked)).encode()
        except Refused as refused:
            return refused.status, json.dumps({"errorName": refused.name, "errorMessage": "the proxy's own"}).encode()

    def _authenticate(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """What botocore computes for the same request at the same time has to be what arrived."""
        request = AWSRequest("POST", f"https://{self.host}{path}", headers={"Host": headers["host"]}, data=body)
        request.context["timestamp"] = headers["x-amz-date"]
        request.headers["X-Amz-Date"] = headers["x-amz-date"]
        signer = SigV4Auth(Credentials(self.access_key_id, self.secret), SERVICE, self.region)
        canonical = signer.canonical_request(request)
        signature = signer.signature(signer.string_to_sign(request, canonical), request)
        scope = f"{self.access_key_id}/{headers['x-amz-date'][:8]}/{self.region}/{SERVICE}/aws4_request"
        claim = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={signature}"
        sent = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
        late = abs((datetime.datetime.now(datetime.UTC) - sent).total_seconds()) > 300
        if late or headers["host"] != self.host or headers.get("authorization") != claim:
            raise Refused(401, "AuthenticationFailedException")

    def _do(self, asked: Asked) -> dict[str, Any]:
        prefix, _, rest = asked.path.partition(self.path + "/")
        if prefix or not rest:
            raise Refused(404, "InvalidUriPathException")
        if rest == "health":
            return self.health_answer()
        name = rest.split("/")[1]
        if name not in self.keys:
            raise Refused(404, "KeyNotFoundException")
        return {"metadata": self._metadata, "encrypt": self._encrypt, "decrypt": self._decrypt}[asked.call](asked, name)

    def health_answer(self) -> dict[str, Any]:
        managers = [{"id": str(n), "model": "m", "healthStatus": state} for n, state in enumerate(self.health)]
        return {
            "xksProxyFleetSize": 1,
            "xksProxyVendor": "v",
            "xksProxyModel": "m",
            "ekmVendor": "e",
            "ekmFleetDetails": managers,
        }

    def _metadata(self, _asked: Asked, name: str) -> dict[str, Any]:
        return {
            "keySpec": self.specs.get(name, "AES_256"),
            "keyUsage": self.usages.get(name, ["ENCRYPT", "DECRYPT", "WRAP"]),
            "keyStatus": "DISABLED" if name in self.disabled else "ENABLED",
        }

    def _encrypt(self, asked: Asked, name: str) -> dict[str, Any]:
        self._require_enabled(name)
        document = asked.document
        assert document["encryptionAlgorithm"] == "AES_GCM"
        assert document["ciphertextDataIntegrityValueAlgorithm"] == "SHA_256"
        plaintext, data = _bytes(document, "plaintext"), _bytes(document, "additionalAuthenticatedData")
        if len(plaintext) > 4300 or len(data) > 8192:
            raise Refused(501, "UnsupportedOperationException")
        vector = os.urandom(self.vector_length)
        sealed = AESGCM(self.keys[name]).encrypt(vector, plaintext, _bound(data, self.metadata))
        ciphertext, tag = sealed[:-16], sealed[-16:]
        answer = {
            "ciphertext": _text(ciphertext),
            "initializationVector": _text(vector),
            "authenticationTag": _text(tag),
            "ciphertextDataIntegrityValue": _text(
                hashlib.sha256(data + self.metadata + vector + ciphertext + tag).digest()
            ),
        }
        return answer | ({"ciphertextMetadata": _text(self.metadata)} if self.metadata else {})

    def _decrypt(self, asked: Asked, name: str) -> dict[str, Any]:
        self._require_enabled(name)
        document = asked.document
        data = _bytes(document, "additionalAuthenticatedData")
        metadata = _bytes(document, "ciphertextMetadata") if "ciphertextMetadata" in document else b""
        sealed = _bytes(document, "ciphertext") + _bytes(document, "authenticationTag")
        try:
            opened = AESGCM(self.keys[name]).decrypt(
                _bytes(document, "initializationVector"), sealed, _bound(data, metadata)
            )
        except InvalidTag:
            raise Refused(400, "InvalidCiphertextException") from None
        return {"plaintext": _text(opened)}

    def _require_enabled(self, name: str) -> None:
        if name in self.disabled:
            raise Refused(400, "InvalidStateException")


def _bound(data: bytes, metadata: bytes) -> bytes:
    """What GCM authenticates where a proxy has metadata of its own."""
    return len(data).to_bytes(2, "big") + data + len(metadata).to_bytes(1, "big") + metadata


def _bytes(document: Mapping[str, Any], name: str) -> bytes:
    return base64.b64decode(document[name], validate=True)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
