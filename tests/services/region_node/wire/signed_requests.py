"""Requests as botocore signs them: the independent signer that the verification is held against."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple
from unittest.mock import patch
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION = "eu-west-1"
STAMP = "20260102T030405Z"
NOW = int(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()) * 1000
ENCRYPT_HEADERS = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.Encrypt"}


class Sent(NamedTuple):
    """One request as it arrives at the node."""

    method: str
    path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: bytes) -> bytes:
        return dict(self.headers)[name]

    def with_header(self, name: bytes, value: bytes) -> "Sent":
        rest = tuple(pair for pair in self.headers if pair[0] != name)
        return self._replace(headers=(*rest, (name, value)))

    def without_header(self, name: bytes) -> "Sent":
        return self._replace(headers=tuple(pair for pair in self.headers if pair[0] != name))

    def with_authorization(self, old: bytes, new: bytes) -> "Sent":
        changed = self.header(b"authorization").replace(old, new)
        assert changed != self.header(b"authorization")
        return self.with_header(b"authorization", changed)


def sign(
    body: bytes = b"{}",
    *,
    url: str = "http://localhost:8101/",
    headers: Mapping[str, str] = ENCRYPT_HEADERS,
    service: str = "kms",
    region: str = REGION,
    secret: str = SECRET,
    access_key_id: str = ACCESS_KEY_ID,
    token: str | None = None,
    at: int = NOW,
) -> Sent:
    """The request that botocore would send. `at` is milliseconds since 1970."""
    request = AWSRequest("POST", url, data=body, headers=dict(headers))
    moment = datetime.fromtimestamp(at / 1000, UTC)
    with patch("botocore.auth.get_current_datetime", return_value=moment):
        SigV4Auth(Credentials(access_key_id, secret, token), service, region).add_auth(request)
    parts = urlsplit(url)
    pairs = [(name.lower().encode(), value.encode()) for name, value in request.headers.items()]
    if b"host" not in dict(pairs):
        pairs.append((b"host", parts.netloc.encode()))
    return Sent("POST", parts.path.encode(), parts.query.encode(), tuple(pairs), body)


class _QuerySigner(SigV4QueryAuth):  # type: ignore[misc]  # botocore has no types
    """botocore moves a body into the query string; the signature is to cover one that stays."""

    body = b""

    def payload(self, _request: object) -> str:
        return sha256(self.body).hexdigest()


def presign(
    *,
    method: str = "GET",
    query: str = "Action=GetCallerIdentity&Version=2011-06-15",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    service: str = "sts",
    region: str = REGION,
    secret: str = SECRET,
    access_key_id: str = ACCESS_KEY_ID,
    token: str | None = None,
    at: int = NOW,
    seconds: int = 60,
) -> Sent:
    """The request behind a URL that botocore has presigned."""
    request = AWSRequest(method, f"http://localhost:8101/?{query}", headers=dict(headers or {}))
    moment = datetime.fromtimestamp(at / 1000, UTC)
    signer = _QuerySigner(Credentials(access_key_id, secret, token), service, region, expires=seconds)
    signer.body = body
    with patch("botocore.auth.get_current_datetime", return_value=moment):
        signer.add_auth(request)
    parts = urlsplit(request.url)
    pairs = [(name.lower().encode(), value.encode()) for name, value in request.headers.items()]
    return Sent(method, parts.path.encode(), parts.query.encode(), (*pairs, (b"host", parts.netloc.encode())), body)
