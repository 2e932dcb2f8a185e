"""Signature Version 4: whether a request was signed by the holder of an access key's secret.

Owns the verification of what `signed_request.py` has read, in two pure steps: `check_claims` judges place and time,
`verify` proves the rest. Whose key it is and where its signing key comes from is the matter of `authentication.py`.
Source: AWS General Reference, "Signature Version 4 signing process"; refusals in the words of AWS.

Equal signatures are no replay: SigV4's clock has seconds, so two equal calls in one second carry one signature.
"""

import hmac
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from services.region_node.wire.authorization_header import Credential
from services.region_node.wire.signed_request import SignedRequest
from shared.errors import InvalidSignature

TERMINATOR = "aws4_request"
LARGEST_SKEW = 5 * 60 * 1000
REGIONAL_SERVICES = frozenset({"kms", "cloudtrail"})
TARGETS = {b"com.amazonaws.cloudtrail.": "cloudtrail"}
"""Beginning of an X-Amz-Target -> the service it is for; every other target is one of KMS."""
GLOBAL_SERVICES = frozenset({"sts", "iam"})

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_MOST_SIGNERS = 4096
_MOST_SCOPES = 1024


def check_claims(signed: SignedRequest, region: str, now: int) -> None:
    """Whether the request is meant for this service, region (IAM and STS: any) and time (5 minutes around `now`, ms;
    one that is signed in its query string may be as old as it says).

    A request with an X-Amz-Target is one for KMS or CloudTrail: a signature made for another does not carry it.
    Errors: InvalidSignature; faults of the scope stand together in one text, as AWS has it.
    """
    claims = signed.claims
    faults = _scope_faults(claims.credential, claims.stamp, region, _targeted(signed.headers.get(b"x-amz-target")))
    if faults:
        raise InvalidSignature(" ".join(faults))
    oldest = LARGEST_SKEW if signed.lifetime is None else signed.lifetime
    if not now - oldest <= claims.time <= now + LARGEST_SKEW:
        raise _skewed(claims.time, now, oldest)


def _targeted(target: bytes | None) -> str:
    """The service that a target is one of, "" where there is no target."""
    if target is None:
        return ""
    return next((service for prefix, service in TARGETS.items() if target.startswith(prefix)), "kms")


@lru_cache(maxsize=_MOST_SCOPES)
def _scope_faults(credential: Credential, stamp: str, region: str, targeted: str) -> tuple[str, ...]:
    _, date, scoped_region, service, terminator = credential
    faults = []
    if service != targeted if targeted else service not in REGIONAL_SERVICES | GLOBAL_SERVICES:
        faults.append(f"Credential should be scoped to correct service: '{targeted or 'kms'}'.")
    elif scoped_region != region and service not in GLOBAL_SERVICES:
        faults.append(wrong_region(scoped_region))
    if terminator != TERMINATOR:
        faults.append(f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'.")
    if date != stamp[:8]:
        faults.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{date}' != '{stamp[:8]}', from '{stamp}'."
        )
    return tuple(faults)


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
    claims, payload = signed.claims, sha256(body).hexdigest().encode()
    claimed = signed.headers.get(b"x-amz-content-sha256")
    if claimed is not None and claimed != payload:
        raise InvalidSignature("The provided 'x-amz-content-sha256' header does not match what was computed.")
    canonical = sha256(claims.canonical_head + payload).hexdigest().encode()
    code = _signer(key).copy()
    code.update(claims.signed_text + canonical)
    if not hmac.compare_digest(code.finalize().hex(), signed.signature):
        raise InvalidSignature(MISMATCH)


def _skewed(time: int, now: int, oldest: int) -> InvalidSignature:
    if time < now:
        earliest, current, minutes = _stamp(now - oldest), _stamp(now), oldest // 60_000
        return InvalidSignature(
            f"Signature expired: {_stamp(time)} is now earlier than {earliest} ({current} - {minutes} min.)"
        )
    latest, current = _stamp(now + LARGEST_SKEW), _stamp(now)
    return InvalidSignature(
        f"Signature not yet current: {_stamp(time)} is still later than {latest} ({current} + 5 min.)"
    )


def _stamp(time: int) -> str:
    return datetime.fromtimestamp(time / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
