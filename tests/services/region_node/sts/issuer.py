"""An OpenID Connect provider of the tests: it signs tokens, and publishes its keys by a file or over HTTPS."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.authority import Authority

URL = "issuer.example/realms/ci"
ISSUER = f"https://{URL}"
CLIENT = "keytide"
RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def published(*keys: tuple[str, Any], **more: object) -> dict[str, Any]:
    """A key set: (key id, private key) each."""
    listed = []
    for key_id, key in keys:
        kind: Any = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
        listed.append({**kind.to_jwk(key.public_key(), as_dict=True), "kid": key_id, **more})
    return {"keys": listed}


KEY_SET = published(("rsa", RSA_KEY), ("ec", EC_KEY), use="sig")


def claims(now: int, **changes: object) -> dict[str, Any]:
    """Of a good token, at `now` milliseconds; what is changed to None is left out."""
    seconds = now // 1000
    whole = {"iss": ISSUER, "sub": "repo:ops", "aud": CLIENT, "iat": seconds, "exp": seconds + 600, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def token(told: Mapping[str, Any], key: Any = RSA_KEY, algorithm: str = "RS256", **headers: object) -> str:
    named = {name: value for name, value in {"kid": "rsa", **headers}.items() if value is not None}
    return jwt.encode(dict(told), key, algorithm, headers=named)


class KeyServer:
    """Serves the discovery document and `key_set` at `address`; `asked` are the paths of the requests."""

    def __init__(self, folder: Path, host: str = "issuer.example") -> None:
        self.authority = Authority(folder)
        self._context = self.authority.server(host)
        self.key_set: object = KEY_SET
        self.document: dict[str, Any] = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
        self.asked: list[str] = []
        self.status = 200

    async def __aenter__(self) -> "KeyServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_raised: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            path = head.split()[1].decode()
            self.asked.append(path)
            body = json.dumps(self.document if path.endswith("openid-configuration") else self.key_set).encode()
            writer.write(b"HTTP/1.1 %d Told\r\nContent-Length: %d\r\n\r\n" % (self.status, len(body)) + body)
        writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
