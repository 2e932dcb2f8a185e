"""The baseline of `serving`: the least that an Encrypt can be.

Owns an ASGI application that parses the JSON, decodes the plaintext, encrypts it with AES-256-GCM and answers. No
signature, no key look-up, no derived key, no checks.
"""

import base64
import os
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_cipher = AESGCM(os.urandom(32))
_START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/x-amz-json-1.1")]}


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    plaintext = base64.b64decode(orjson.loads(body)["Plaintext"])
    nonce = os.urandom(12)
    blob = nonce + _cipher.encrypt(nonce, plaintext, None)
    await send(_START)
    await send(
        {"type": "http.response.body", "body": orjson.dumps({"CiphertextBlob": base64.b64encode(blob).decode()})}
    )
