"""Which region a request is for: what its signature says.

Owns reading the credential scope, from the Authorization header or from a presigned URL, and choosing the region. Pure.
Nothing is verified here: the region's node does that, over exactly the bytes that the client signed.
Source: AWS General Reference, "Signature Version 4 signing process".
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qs

from services.front_door.refusals import QUERY_SERVICES, STS, UNKNOWN_REGION, UNREADABLE_SIGNATURE, UNSIGNED, Refused

_CREDENTIAL = re.compile(r"[\s,]Credential=([^\s,]+)")
_SIGNED_HEADERS = re.compile(r"[\s,]SignedHeaders=([^\s,]+)")
_SCOPE_PARTS = 5
LONGEST_AUTHORIZATION = 4096
SHOWN_CHARACTERS = 200
"""Of what a client sent, in what it is told."""
FORM_TYPE = b"application/x-www-form-urlencoded"


class Scope(NamedTuple):
    """What a signature is good for, and the lower-case names of the headers that it covers."""

    region: str
    service: str
    signed_headers: frozenset[bytes]
    access_key_id: str = ""


UNSIGNED_QUERY = Scope("", STS, frozenset())


def read_scope(headers: Sequence[tuple[bytes, bytes]], target: bytes) -> Scope:
    """The scope of a request. `headers` have lower-case names. Errors: Refused, unsigned or not readable.

    Whoever shows the token of an identity provider does not sign: a query without a signature is for STS.
    """
    found = [value for name, value in headers if name == b"authorization"]
    if len(found) > 1:
        raise Refused(UNREADABLE_SIGNATURE, "The request has more than one Authorization header.")
    if found:
        return _header_scope(found[0])
    if b"X-Amz-Credential=" in target:
        return _query_scope(target)
    if speaks_query(headers) or b"Action=" in target:
        return UNSIGNED_QUERY
    raise Refused(UNSIGNED, "Missing Authentication Token")


def choose_region(scope: Scope, regions: Sequence[str]) -> str:
    """The region that answers. Errors: Refused for a region that is not here; a global service goes to the first."""
    if scope.region in regions:
        return scope.region
    if scope.service in QUERY_SERVICES:
        return regions[0]
    named = scope.region[:SHOWN_CHARACTERS]
    message = f"Credential should be scoped to a valid region, not '{named}'. Known here: {', '.join(regions)}."
    raise Refused(UNKNOWN_REGION, message)


def speaks_query(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether an unsigned client reads XML: the query protocol sends forms."""
    return any(name == b"content-type" and value.startswith(FORM_TYPE) for name, value in headers)


def _header_scope(header: bytes) -> Scope:
    if len(header) > LONGEST_AUTHORIZATION:
        message = f"The Authorization header must have at most {LONGEST_AUTHORIZATION} bytes."
        raise Refused(UNREADABLE_SIGNATURE, message)
    claims, _, signature = header.partition(b"Signature=")
    return _claimed_scope((claims + b"," + signature.partition(b",")[2]).decode("latin-1"))


@lru_cache(maxsize=4096)
def _claimed_scope(text: str) -> Scope:
    """Remembered, because a client sends the same all day but for its signature."""
    found = _CREDENTIAL.search(text)
    if found is None:
        raise Refused(UNREADABLE_SIGNATURE, "Authorization header requires 'Credential' parameter.")
    names = _SIGNED_HEADERS.search(text)
    return _scope(found[1], names[1] if names else "")


def _query_scope(target: bytes) -> Scope:
    query = parse_qs(target.partition(b"?")[2].decode("latin-1"))
    credentials = query.get("X-Amz-Credential", [])
    if len(credentials) != 1:
        raise Refused(UNREADABLE_SIGNATURE, "The query string needs exactly one X-Amz-Credential.")
    return _scope(credentials[0], query.get("X-Amz-SignedHeaders", [""])[0])


def _scope(credential: str, signed_headers: str) -> Scope:
    parts = credential.rsplit("/", _SCOPE_PARTS - 1)
    if len(parts) != _SCOPE_PARTS:
        message = (
            "Credential must have exactly 5 slash-delimited elements, "
            f"e.g. keyid/date/region/service/term, got '{credential[:SHOWN_CHARACTERS]}'."
        )
        raise Refused(UNREADABLE_SIGNATURE, message)
    return Scope(parts[2], parts[3], frozenset(signed_headers.lower().encode("latin-1").split(b";")), parts[0])
