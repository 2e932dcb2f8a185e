"""The Authorization header of SigV4, read strictly.

Owns `Authorization`. Source: AWS General Reference, "Signature Version 4 signing process"; the refusals use the texts
of AWS JSON services.
"""

import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from shared.errors import IncompleteSignature, MissingAuthenticationToken

ALGORITHM = "AWS4-HMAC-SHA256"
LONGEST_HEADER = 4096
_PARAMETERS = ("Credential", "Signature", "SignedHeaders")
_SIGNATURE, _SIGNATURE_LENGTH = "Signature=", 64
_HEX_DIGITS = "0123456789abcdef"
_HEADER_NAMES = re.compile(r"[0-9a-z!#$%&'*+.^_`|~-]+(;[0-9a-z!#$%&'*+.^_`|~-]+)*")
_MOST_CLAIMS = 4096


class Credential(NamedTuple):
    """Who signed, and for what: the Credential parameter. `date` is YYYYMMDD as sent, not yet judged."""

    access_key_id: str
    date: str
    region: str
    service: str
    terminator: str


class Authorization(NamedTuple):
    """`signed_headers` are lower-case, sorted and distinct; `signature` is 64 lower-case hex digits."""

    credential: Credential
    signed_headers: tuple[bytes, ...]
    signature: str


def parse_authorization(header: bytes) -> Authorization:
    """Errors: MissingAuthenticationToken for an empty header, IncompleteSignature for any other fault."""
    if len(header) > LONGEST_HEADER:
        raise IncompleteSignature(f"The Authorization header must have at most {LONGEST_HEADER} bytes.")
    try:
        text = header.decode("ascii").strip()
    except UnicodeDecodeError:
        raise IncompleteSignature("The Authorization header must be ASCII.") from None
    if not text:
        raise MissingAuthenticationToken("Missing Authentication Token")
    before, mark, rest = text.partition(_SIGNATURE)
    signature, after = rest[:_SIGNATURE_LENGTH], rest[_SIGNATURE_LENGTH:]
    if len(signature) < _SIGNATURE_LENGTH or signature.strip(_HEX_DIGITS) or after.lstrip()[:1] not in ("", ","):
        _read_claims(text)  # names what else is wrong with the header first
        raise IncompleteSignature("Signature must be 64 lower-case hexadecimal digits.")
    credential, names = _read_claims(before + mark + after)
    return Authorization(credential, names, signature)


@lru_cache(maxsize=_MOST_CLAIMS)
def _read_claims(text: str) -> tuple[Credential, tuple[bytes, ...]]:
    """The header without its signature. Remembered: a client sends the same all day. It is parsing, no trust."""
    parameters = _parameters(text)
    return read_credential(parameters["Credential"]), read_header_names(parameters["SignedHeaders"])


def read_credential(text: str) -> Credential:
    """Errors: IncompleteSignature."""
    elements = text.split("/")
    if len(elements) != len(Credential._fields):
        raise IncompleteSignature(
            "Credential must have exactly 5 slash-delimited elements, "
            f"e.g. keyid/date/region/service/term, got '{text}'."
        )
    return Credential(*elements)


def read_header_names(listed: str) -> tuple[bytes, ...]:
    """What SignedHeaders lists. Errors: IncompleteSignature."""
    names = tuple(listed.encode().split(b";"))
    if _HEADER_NAMES.fullmatch(listed) is None or names != tuple(sorted(set(names))):
        raise IncompleteSignature(f"SignedHeaders must be lower-case, sorted and distinct, got '{listed}'.")
    return names


def _parameters(text: str) -> dict[str, str]:
    algorithm, _, rest = text.partition(" ")
    if algorithm != ALGORITHM:
        raise IncompleteSignature(f"Unsupported AWS 'algorithm': '{algorithm}'.")
    parameters: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals:
            raise IncompleteSignature(
                f"'{name}' not a valid key=value pair (missing equal-sign) in Authorization header {_hashed(text)}."
            )
        if name in parameters or name not in _PARAMETERS:
            raise IncompleteSignature(f"Authorization header has an unknown or repeated parameter: '{name}'.")
        parameters[name] = value
    missing = [name for name in _PARAMETERS if name not in parameters]
    if missing:
        required = " ".join(f"Authorization header requires '{name}' parameter." for name in missing)
        raise IncompleteSignature(f"{required} {_hashed(text)}")
    return parameters


def _hashed(text: str) -> str:
    """The header as AWS echoes it: hashed, since it may hold what is not for a log."""
    digest = b64encode(sha256(text.encode()).digest()).decode()
    return f"(hashed with SHA-256 and encoded with Base64): '{digest}'"
