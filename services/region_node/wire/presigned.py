"""A signature that stands in the query string: a presigned URL, read strictly.

Owns the parameters `X-Amz-…`: each stands there once, and all but the signature itself are part of what was signed. The
body is signed too, as in the header form: `UNSIGNED-PAYLOAD` is S3's alone.
Source: AWS General Reference, "Add the signature to the query string"; refusals in the words of AWS.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from services.region_node.wire.authorization_header import (
    ALGORITHM,
    Authorization,
    read_credential,
    read_header_names,
)
from shared.errors import IncompleteSignature

LONGEST_LIFETIME = 604_800
"""Seconds: seven days."""
_ALGORITHM, _SIGNATURE = "X-Amz-Algorithm", "X-Amz-Signature"
_REQUIRED = (_ALGORITHM, "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", _SIGNATURE)
_TOKEN, _EXPIRES = "X-Amz-Security-Token", "X-Amz-Expires"  # a parameter's name, no secret
_OURS = frozenset((*_REQUIRED, _TOKEN, _EXPIRES))
_HEX_DIGITS = re.compile(r"[0-9a-f]{64}")
DEFAULT_LIFETIME = 900
"""Seconds, where none is said: some clients of STS leave it out."""


class Presigned(NamedTuple):
    """`stamp` as sent; `lifetime` in milliseconds."""

    authorization: Authorization
    stamp: str
    lifetime: int
    token: str | None


def is_presigned(query: bytes) -> bool:
    """Whether the query string claims to hold a signature."""
    return b"X-Amz-" in query and any(_name(part) in (_ALGORITHM, _SIGNATURE) for part in query.split(b"&"))


def unsigned_query(query: bytes) -> bytes:
    """The query string without its signature: what was signed."""
    return b"&".join(part for part in query.split(b"&") if _name(part) != _SIGNATURE)


def read_presigned(query: bytes) -> Presigned:
    """Errors: IncompleteSignature."""
    parameters = _parameters(query)
    missing = [name for name in _REQUIRED if not parameters.get(name)]
    if missing:
        raise IncompleteSignature(" ".join(f"AWS query-string parameters must include '{name}'." for name in missing))
    if parameters[_ALGORITHM] != ALGORITHM:
        raise IncompleteSignature(f"Unsupported AWS 'algorithm': '{parameters[_ALGORITHM]}'.")
    signature = parameters[_SIGNATURE]
    if _HEX_DIGITS.fullmatch(signature) is None:
        raise IncompleteSignature("Signature must be 64 lower-case hexadecimal digits.")
    names = read_header_names(parameters["X-Amz-SignedHeaders"])
    authorization = Authorization(read_credential(parameters["X-Amz-Credential"]), names, signature)
    lifetime = 1000 * _lifetime(parameters.get(_EXPIRES, str(DEFAULT_LIFETIME)))
    return Presigned(authorization, parameters["X-Amz-Date"], lifetime, parameters.get(_TOKEN))


def _parameters(query: bytes) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part in query.split(b"&"):
        name = _name(part)
        if name not in _OURS:
            continue
        if name in found:
            raise IncompleteSignature(f"The query string has '{name}' more than once.")
        found[name] = unquote(part.partition(b"=")[2].decode("latin-1"), errors="replace")
    return found


def _name(part: bytes) -> str:
    return unquote(part.partition(b"=")[0].decode("latin-1"), errors="replace")


def _lifetime(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise IncompleteSignature("X-Amz-Expires should be a number.")
    seconds = int(text)
    if not 0 < seconds <= LONGEST_LIFETIME:
        raise IncompleteSignature(f"X-Amz-Expires must be between 1 and {LONGEST_LIFETIME} seconds.")
    return seconds
