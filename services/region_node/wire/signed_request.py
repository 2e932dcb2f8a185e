"""A signed request, read: what its client claims, before anything of it is proven.

Owns `SignedRequest`, and `Claims`: what a client claims alike in all its requests of one second for one operation, read
once for all of them. `sigv4.py` judges and proves it. A signature stands in the Authorization header or in the query
string (`presigned.py`); from here on both are one.
Source: AWS General Reference, "Signature Version 4 signing process"; refusals in the words of AWS.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

from services.region_node.wire.authorization_header import ALGORITHM, Credential, parse_authorization
from services.region_node.wire.canonical_request import canonical_headers, canonical_path, canonical_query
from services.region_node.wire.presigned import Presigned, is_presigned, read_presigned, unsigned_query
from shared.errors import IncompleteSignature, InvalidSignature, MissingAuthenticationToken

TOKEN_HEADER = b"x-amz-security-token"
PRESIGNED_WHEN_PRESENT = (b"x-amz-date", b"x-amz-target", TOKEN_HEADER)
"""Without the target a captured DescribeKey could be sent again as ScheduleKeyDeletion."""
SIGNED_WHEN_PRESENT = (*PRESIGNED_WHEN_PRESENT, b"content-type")

_STAMP = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z")
_MOST_CLAIMS = 1024
_LARGEST_REMEMBERED = 4 * 1024
"""Bytes of path, query and headers whose claims are remembered."""
_NONE: frozenset[bytes] = frozenset()


class Claims(NamedTuple):
    """`time` is milliseconds, `stamp` the same as signed. `canonical_head` is the canonical request up to the hash of
    the payload, `signed_text` the string to sign up to the hash of the canonical request.
    """

    credential: Credential
    stamp: str
    time: int
    canonical_head: bytes
    signed_text: bytes


class SignedRequest(NamedTuple):
    """`headers` by their names. `token`: the session token, if there is one. `lifetime`: for how many milliseconds a
    signature in the query string is good; None for one in the header.
    """

    claims: Claims
    signature: str
    headers: Mapping[bytes, bytes]
    token: str | None = None
    lifetime: int | None = None


def parse(method: str, path: bytes, query: bytes, headers: Sequence[tuple[bytes, bytes]]) -> SignedRequest:
    """Read a request's signature. `path` and `query` are as received, percent-encoded; `headers` with lower-case names.

    Errors: MissingAuthenticationToken, IncompleteSignature, InvalidSignature.
    """
    values = dict(headers)
    repeated = _NONE if len(values) == len(headers) else _repeated(headers)
    if query and is_presigned(query):
        return _parse_presigned(method, path, query, values, repeated)
    header = values.get(b"authorization")
    if header is None:
        raise MissingAuthenticationToken("Missing Authentication Token")
    if repeated and b"authorization" in repeated:
        raise IncompleteSignature("The request must have one Authorization header.")
    credential, names, signature = parse_authorization(header)
    token = values.get(TOKEN_HEADER)  # no session token is remembered here
    size = len(path) + len(query) + sum(map(len, values.values()))
    read = _signed_claims if token is None and size <= _LARGEST_REMEMBERED else _signed_claims.__wrapped__
    signed_values = tuple(map(values.get, names + SIGNED_WHEN_PRESENT))
    claims = read(method, path, query, credential, names, signed_values, repeated)
    return SignedRequest(claims, signature, values, None if token is None else token.decode("latin-1"))


@lru_cache(maxsize=_MOST_CLAIMS)
def _signed_claims(
    method: str,
    path: bytes,
    query: bytes,
    credential: Credential,
    names: tuple[bytes, ...],
    signed_values: tuple[bytes | None, ...],
    repeated: frozenset[bytes],
) -> Claims:
    """`signed_values`: of the headers that are signed, and of those that have to be. It is reading, no trust."""
    headers = zip(names + SIGNED_WHEN_PRESENT, signed_values, strict=True)
    values = {name: value for name, value in headers if value is not None}
    _require_signed(names, values, repeated)
    stamp, time = _time_of(values)
    return _claims(credential, stamp, time, _canonical_head(method, path, query, names, values))


def _claims(credential: Credential, stamp: str, time: int, canonical_head: bytes) -> Claims:
    _, *scope = credential
    return Claims(credential, stamp, time, canonical_head, f"{ALGORITHM}\n{stamp}\n{'/'.join(scope)}\n".encode())


def _parse_presigned(
    method: str, path: bytes, query: bytes, values: Mapping[bytes, bytes], repeated: Collection[bytes]
) -> SignedRequest:
    if b"authorization" in values:
        raise IncompleteSignature("A request is signed in its header or in its query string, not in both.")
    presigned = read_presigned(query)
    credential, names, signature = presigned.authorization
    _require_covered(names, values, repeated, PRESIGNED_WHEN_PRESENT)
    stamp, time = _read_stamp(presigned.stamp.encode())
    claims = _claims(credential, stamp, time, _canonical_head(method, path, unsigned_query(query), names, values))
    return SignedRequest(claims, signature, values, _one_token(presigned, values), presigned.lifetime)


def _one_token(presigned: Presigned, values: Mapping[bytes, bytes]) -> str | None:
    header = values.get(TOKEN_HEADER)
    if header is not None and presigned.token is not None:
        raise IncompleteSignature("The request has two session tokens.")
    return presigned.token if header is None else header.decode("latin-1")


def _canonical_head(
    method: str, path: bytes, query: bytes, names: tuple[bytes, ...], values: Mapping[bytes, bytes]
) -> bytes:
    parts = (method.encode(), canonical_path(path), canonical_query(query), canonical_headers(names, values))
    return b"%b\n%b\n%b\n%b\n" % parts


def _repeated(headers: Sequence[tuple[bytes, bytes]]) -> frozenset[bytes]:
    counts = Counter(name for name, _ in headers)
    return frozenset(name for name, count in counts.items() if count > 1)


def _require_signed(names: tuple[bytes, ...], values: Mapping[bytes, bytes], repeated: Collection[bytes]) -> None:
    if b"x-amz-date" not in names and b"date" not in names:
        raise _unsigned(b"x-amz-date")
    _require_covered(names, values, repeated, SIGNED_WHEN_PRESENT)


def _require_covered(
    names: tuple[bytes, ...],
    values: Mapping[bytes, bytes],
    repeated: Collection[bytes],
    when_present: tuple[bytes, ...],
) -> None:
    for name in when_present:
        if name in values and name not in names:
            raise _unsigned(name)
    if b"host" not in names:
        raise _unsigned(b"host")
    for name in names:
        if name not in values:
            raise InvalidSignature(f"The signature covers a header that the request does not have: '{name.decode()}'.")
        if name in repeated:
            raise InvalidSignature(f"The request has the signed header '{name.decode()}' more than once.")


def _unsigned(name: bytes) -> InvalidSignature:
    return InvalidSignature(f"'{name.decode().title()}' must be a 'SignedHeader' in the AWS Authorization.")


def _time_of(values: Mapping[bytes, bytes]) -> tuple[str, int]:
    """The time that was signed, as YYYYMMDDTHHMMSSZ and as milliseconds. X-Amz-Date goes before Date."""
    stamp = values.get(b"x-amz-date")
    if stamp is not None:
        return _read_stamp(stamp.strip())
    date = values.get(b"date")
    if date is None:
        raise IncompleteSignature(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    try:
        moment = parsedate_to_datetime(date.decode("latin-1"))
    except (ValueError, TypeError, IndexError, OverflowError):
        raise _bad_date(date) from None
    if moment.utcoffset() not in (None, timedelta(0)):  # None: the zone is -0000, UTC of an unknown place (RFC 5322)
        raise _bad_date(date)
    return _read_stamp(moment.strftime("%Y%m%dT%H%M%SZ").encode())


def _read_stamp(stamp: bytes) -> tuple[str, int]:
    text = stamp.decode("latin-1")
    matched = _STAMP.fullmatch(text)
    if matched is None:
        raise _bad_date(stamp)
    try:
        year, month, day, hour, minute, second = (int(digits) for digits in matched.groups())
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise _bad_date(stamp) from None
    return text, int(moment.timestamp()) * 1000


def _bad_date(date: bytes) -> IncompleteSignature:
    return IncompleteSignature(f"Date must be in ISO-8601 'basic format'. Got '{date.decode('latin-1')}'.")
