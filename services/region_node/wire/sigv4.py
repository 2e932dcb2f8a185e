"""Signature Version 4: whether a request was signed by the holder of an access key's secret.

Owns the verification, in three pure steps: `parse` reads what the client claims, `check_claims` judges place and time,
`verify` proves the rest. Whose key it is and where its signing key comes from is the matter of `authentication.py`.
A signature stands in the Authorization header or in the query string (`presigned.py`); from there on both are one.
Source: AWS General Reference, "Signature Version 4 signing process"; refusals in the words of AWS.

Equal signatures are no replay: SigV4's clock has seconds, so two equal calls in one second carry one signature.
"""

import hmac
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from services.region_node.wire.authorization_header import (
    ALGORITHM,
    Authorization,
    Credential,
    parse_authorization,
)
from services.region_node.wire.canonical_request import canonical_headers, canonical_path, canonical_query
from services.region_node.wire.presigned import Presigned, is_presigned, read_presigned, unsigned_query
from shared.errors import IncompleteSignature, InvalidSignature, MissingAuthenticationToken

TERMINATOR = "aws4_request"
LARGEST_SKEW = 5 * 60 * 1000
REGIONAL_SERVICES = frozenset({"kms"})
GLOBAL_SERVICES = frozenset({"sts", "iam"})
TOKEN_HEADER = b"x-amz-security-token"
PRESIGNED_WHEN_PRESENT = (b"x-amz-date", b"x-amz-target", TOKEN_HEADER)
"""Without the target a captured DescribeKey could be sent again as ScheduleKeyDeletion."""
SIGNED_WHEN_PRESENT = (*PRESIGNED_WHEN_PRESENT, b"content-type")

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_STAMP = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z")
_MOST_SIGNERS = 4096


class SignedRequest(NamedTuple):
    """What the client claims. `headers` has lower-case names; `time` is milliseconds, `stamp` the same as signed.

    `canonical_head` is the canonical request up to the hash of the payload. `token`: the session token, if there is
    one. `lifetime`: for how many milliseconds a signature in the query string is good; None for one in the header.
    """

    credential: Credential
    signature: str
    stamp: str
    time: int
    headers: Mapping[bytes, bytes]
    canonical_head: bytes
    token: str | None = None
    lifetime: int | None = None


def parse(method: str, path: bytes, query: bytes, headers: Sequence[tuple[bytes, bytes]]) -> SignedRequest:
    """Read a request's signature. `path` and `query` are as received, percent-encoded.

    Errors: MissingAuthenticationToken, IncompleteSignature, InvalidSignature.
    """
    values, repeated = _headers_by_name(headers)
    if is_presigned(query):
        return _parse_presigned(method, path, query, values, repeated)
    credential, names, signature = _authorization(values, repeated)
    _require_signed(names, values, repeated)
    stamp, time = _time_of(values)
    head = _canonical_head(method, path, query, names, values)
    return SignedRequest(credential, signature, stamp, time, values, head, _token_header(values))


def _parse_presigned(
    method: str, path: bytes, query: bytes, values: Mapping[bytes, bytes], repeated: Collection[bytes]
) -> SignedRequest:
    if b"authorization" in values:
        raise IncompleteSignature("A request is signed in its header or in its query string, not in both.")
    presigned = read_presigned(query)
    credential, names, signature = presigned.authorization
    _require_covered(names, values, repeated, PRESIGNED_WHEN_PRESENT)
    stamp, time = _read_stamp(presigned.stamp.encode())
    head = _canonical_head(method, path, unsigned_query(query), names, values)
    token = _one_token(presigned, values)
    return SignedRequest(credential, signature, stamp, time, values, head, token, presigned.lifetime)


def _one_token(presigned: Presigned, values: Mapping[bytes, bytes]) -> str | None:
    header = _token_header(values)
    if header is not None and presigned.token is not None:
        raise IncompleteSignature("The request has two session tokens.")
    return presigned.token if header is None else header


def _token_header(values: Mapping[bytes, bytes]) -> str | None:
    header = values.get(TOKEN_HEADER)
    return None if header is None else header.decode("latin-1")


def _canonical_head(
    method: str, path: bytes, query: bytes, names: tuple[bytes, ...], values: Mapping[bytes, bytes]
) -> bytes:
    parts = (method.encode(), canonical_path(path), canonical_query(query), canonical_headers(names, values))
    return b"%b\n%b\n%b\n%b\n" % parts


def _headers_by_name(headers: Sequence[tuple[bytes, bytes]]) -> tuple[dict[bytes, bytes], set[bytes]]:
    values = {name.lower(): value for name, value in headers}
    if len(values) == len(headers):
        return values, set()
    counts = Counter(name.lower() for name, _ in headers)
    return values, {name for name, count in counts.items() if count > 1}


def _authorization(values: Mapping[bytes, bytes], repeated: Collection[bytes]) -> Authorization:
    header = values.get(b"authorization")
    if header is None:
        raise MissingAuthenticationToken("Missing Authentication Token")
    if b"authorization" in repeated:
        raise IncompleteSignature("The request must have one Authorization header.")
    return parse_authorization(header)


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


@lru_cache(maxsize=1024)
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


def check_claims(signed: SignedRequest, region: str, now: int) -> None:
    """Whether the request is meant for this service, region (IAM and STS: any) and time (5 minutes around `now`, ms;
    one that is signed in its query string may be as old as it says).

    A request with an X-Amz-Target is one for KMS: a signature made for STS does not carry it.
    Errors: InvalidSignature; faults of the scope stand together in one text, as AWS has it.
    """
    faults = _scope_faults(signed, region)
    if faults:
        raise InvalidSignature(" ".join(faults))
    _check_skew(signed.time, now, LARGEST_SKEW if signed.lifetime is None else signed.lifetime)


def _scope_faults(signed: SignedRequest, region: str) -> list[str]:
    _, date, scoped_region, service, terminator = signed.credential
    stamp = signed.stamp
    faults = []
    if service not in REGIONAL_SERVICES and (service not in GLOBAL_SERVICES or b"x-amz-target" in signed.headers):
        faults.append("Credential should be scoped to correct service: 'kms'.")
    elif scoped_region != region and service not in GLOBAL_SERVICES:
        faults.append(wrong_region(scoped_region))
    if terminator != TERMINATOR:
        faults.append(f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'.")
    if date != stamp[:8]:
        faults.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{date}' != '{stamp[:8]}', from '{stamp}'."
        )
    return faults


def wrong_region(region: str) -> str:
    return f"Credential should be scoped to a valid region, not '{region}'."


def region_key(secret: bytes, date: str, region: str) -> bytes:
    """SigV4's kRegion, 32 bytes: it signs for every service in the region. `date` is YYYYMMDD."""
    return hmac.digest(hmac.digest(b"AWS4" + secret, date.encode(), sha256), region.encode(), sha256)


def service_key(region_key: bytes, service: str) -> bytes:
    """SigV4's kSigning, from kRegion onward, 32 bytes."""
    return hmac.digest(hmac.digest(region_key, service.encode(), sha256), TERMINATOR.encode(), sha256)


@lru_cache(maxsize=_MOST_SIGNERS)
def _signer(key: bytes) -> HMAC:
    """An HMAC under kSigning, to be copied: a copy costs less than half of a fresh one.

    Remembering it is safe: it is a pure function of its argument, so an entry is of use only to a caller who has just
    got the same kSigning from the state. A deleted access key is not found there, whatever is remembered here.
    """
    return HMAC(key, SHA256())


def verify(signed: SignedRequest, body: bytes, key: bytes) -> None:
    """Prove that a holder of `key` signed this request with this body. `check_claims` must have passed.

    `key`: kSigning of the claimed date, region and service.

    Errors: InvalidSignature.
    """
    payload = sha256(body).hexdigest().encode()
    claimed = signed.headers.get(b"x-amz-content-sha256")
    if claimed is not None and claimed != payload:
        raise InvalidSignature("The provided 'x-amz-content-sha256' header does not match what was computed.")
    canonical = sha256(signed.canonical_head + payload).hexdigest()
    _, date, region, service, terminator = signed.credential
    text = f"{ALGORITHM}\n{signed.stamp}\n{date}/{region}/{service}/{terminator}\n{canonical}"
    code = _signer(key).copy()
    code.update(text.encode())
    if not hmac.compare_digest(code.finalize().hex(), signed.signature):
        raise InvalidSignature(MISMATCH)


def _check_skew(time: int, now: int, oldest: int) -> None:
    if time < now - oldest:
        earliest, current, minutes = _stamp(now - oldest), _stamp(now), oldest // 60_000
        raise InvalidSignature(
            f"Signature expired: {_stamp(time)} is now earlier than {earliest} ({current} - {minutes} min.)"
        )
    if time > now + LARGEST_SKEW:
        latest, current = _stamp(now + LARGEST_SKEW), _stamp(now)
        raise InvalidSignature(
            f"Signature not yet current: {_stamp(time)} is still later than {latest} ({current} + 5 min.)"
        )


def _stamp(time: int) -> str:
    return datetime.fromtimestamp(time / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
