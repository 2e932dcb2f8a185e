"""Session tokens: what a session says of itself, under the signature of the region that issued it.

Owns the encoding and its check. A token is the base64 of a msgpack array of the signed bytes and the Ed25519 signature;
the signed bytes are a msgpack array of format version, issuing region, the session's claims in their order, its extras
(msgpack, then zlib) and the shares by region. A share is what one region needs to verify the session's signatures, and
opens there alone: derived SigV4 region keys, 32 bytes a date, or, where `whole`, the session's secret itself.

A token is no secret: without the session's secret it is of no use. Whoever has one can read its claims.
"""

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgpack

from shared.crypto.region_identity import RegionIdentity, verify_signature
from shared.identifiers import REGION_PATTERN, SESSION_KEY_PREFIX, account_of_access_key
from shared.identity.session import Extras, SessionClaims

FORMAT_VERSION = 1
LONGEST_TOKEN = 48 * 1024
"""Characters. The headers of a request may have 64 KiB in all."""
MOST_EXTRAS = 2_048
"""Bytes that extras may have when they are packed; AWS's measure of its own limit is not published."""
LONGEST_SESSION = 129_600_000
"""Milliseconds: 36 hours, the most that GetSessionToken gives. No region may issue for longer, nor cost another region
the keys of more dates."""
_LATEST = 253_370_764_800_000
"""The year 9999: beyond it there are no dates."""

_LABEL = b"keytide/session-token"
_LONGEST_EXTRAS = 64 * 1024
_CLAIM_TYPES = (*[str] * 6, *[int] * 2, *[str] * 2)


class MalformedToken(ValueError):
    """The text is no session token."""


class Share(NamedTuple):
    """One region's. `whole`: it is the session's secret, else region keys for the session's dates."""

    whole: bool
    sealed: bytes


class SessionToken(NamedTuple):
    """A token as it was read. Whether `issuer` signed it, `is_signed_by` tells; whether it may, the account's row."""

    issuer: str
    claims: SessionClaims
    shares: Mapping[str, Share]
    signed: bytes
    signature: bytes

    def is_signed_by(self, public: bytes) -> bool:
        """Whether `public` (32 bytes of Ed25519) is the identity that signed the token."""
        return verify_signature(public, _LABEL + self.signed, self.signature)


def session_binding(account: str, access_key_id: str) -> str:
    """What every share of a session is bound to."""
    return f"session/{account}/{access_key_id}"


def pack_extras(extras: Extras) -> bytes:
    """As they stand in a token. Whether they fit, `packed_share` tells; the caller has to see to that."""
    return zlib.compress(msgpack.packb(tuple(extras)), 9)


def packed_share(extras: Extras) -> float:
    """How much of a token's room they take, of 1: packed, or as they are read again where that is the tighter."""
    return max(len(pack_extras(extras)) / MOST_EXTRAS, len(msgpack.packb(tuple(extras))) / _LONGEST_EXTRAS)


def encode_token(issuer: str, claims: SessionClaims, shares: Mapping[str, Share], identity: RegionIdentity) -> str:
    """The token as clients get it."""
    ordered = {region: tuple(shares[region]) for region in sorted(shares)}
    signed = msgpack.packb((FORMAT_VERSION, issuer, claims[:-1], pack_extras(claims.extras), ordered))
    return base64.b64encode(msgpack.packb((signed, identity.sign(_LABEL + signed)))).decode()


def decode_token(text: str) -> SessionToken:
    """Read a token; nothing is verified. Errors: MalformedToken."""
    if len(text) > LONGEST_TOKEN:
        raise MalformedToken("longer than a session token can be")
    try:
        signed, signature = _unwrapped(text)
        version, issuer, claims, extras, shares = msgpack.unpackb(signed, use_list=False)
        if version != FORMAT_VERSION:
            raise MalformedToken("not a session token of a known version")
        return SessionToken(issuer, _claims(claims, extras), _shares(issuer, shares), signed, signature)
    except MalformedToken:
        raise
    except Exception:
        raise MalformedToken("not a session token") from None


def _unwrapped(text: str) -> tuple[bytes, bytes]:
    """Signed bytes and signature, in their one encoding: no other text is this token too."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedToken("not base64") from None
    signed, signature = msgpack.unpackb(raw)
    if base64.b64encode(msgpack.packb((signed, signature))).decode() != text or type(signature) is not bytes:
        raise MalformedToken("not the one encoding of a session token")
    return signed, signature


def _claims(fields: tuple[Any, ...], packed: bytes) -> SessionClaims:
    claims = SessionClaims._make((*fields, _extras(packed)))
    if tuple(map(type, fields)) != _CLAIM_TYPES or not claims.access_key_id.startswith(SESSION_KEY_PREFIX):
        raise MalformedToken("its claims are none")
    if not 0 <= claims.issued_at <= claims.expires_at <= min(claims.issued_at + LONGEST_SESSION, _LATEST):
        raise MalformedToken("it lasts longer than a session can")
    if account_of_access_key(claims.access_key_id) != claims.account:
        raise MalformedToken("its access key is of another account")
    return claims


def _extras(packed: bytes) -> Extras:
    unpacking = zlib.decompressobj()
    extras = Extras(*msgpack.unpackb(unpacking.decompress(packed, _LONGEST_EXTRAS), use_list=False))
    texts = [extras.policy or "", *extras.policy_arns, *extras.transitive]
    for name, value in (*extras.tags, *extras.facts):
        texts.extend((name, *(value if type(value) is tuple else (value,))))
    if not all(type(text) is str for text in texts):
        raise MalformedToken("its extras are none")
    return extras


def _shares(issuer: str, shares: Mapping[str, tuple[Any, ...]]) -> Mapping[str, Share]:
    found = {region: Share(*share) for region, share in shares.items()}
    if not all(REGION_PATTERN.fullmatch(region) for region in (issuer, *found)):
        raise MalformedToken("it names what is no region")
    if not all(tuple(map(type, share)) == (bool, bytes) for share in found.values()):
        raise MalformedToken("its shares are none")
    return found
