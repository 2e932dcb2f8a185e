"""COSE_Sign1 (RFC 9052, section 4.2) with ES384, as Nitro signs.

Owns the envelope of a document: its form, and what its signature covers.
"""

from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384

from shared.crypto.attestation import strict_cbor
from shared.crypto.attestation.model import invalid

LONGEST_PAYLOAD = 16_384
LONGEST_MESSAGE = LONGEST_PAYLOAD + 256
"""Bytes. The headers and the signature take little more than a hundred."""

_TAG = b"\xd2"
"""CBOR tag 18, "COSE_Sign1", which may stand before the message."""
_ES384 = {1: -35}
_COORDINATE = 48


class SignedPayload(NamedTuple):
    """`protected`: the encoded header under the signature. `signature`: r and s, 48 bytes each."""

    protected: bytes
    payload: bytes
    signature: bytes


def parse(message: bytes) -> SignedPayload:
    """Errors: ValidationFailed for anything but a COSE_Sign1 message with ES384 and no other header."""
    if len(message) > LONGEST_MESSAGE:
        raise invalid(f"it is longer than {LONGEST_MESSAGE} bytes")
    try:
        parts = strict_cbor.decode(message.removeprefix(_TAG))
    except ValueError:
        raise invalid("it is no COSE_Sign1 message") from None
    if not isinstance(parts, list) or len(parts) != 4 or parts[1] != {}:
        raise invalid("it is no COSE_Sign1 message")
    return _checked(parts[0], parts[2], parts[3])


def _checked(protected: object, payload: object, signature: object) -> SignedPayload:
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise invalid("it is no COSE_Sign1 message")
    if protected != strict_cbor.encode(_ES384):
        raise invalid("it is not signed with ES384")
    if not 1 <= len(payload) <= LONGEST_PAYLOAD or len(signature) != 2 * _COORDINATE:
        raise invalid("its payload or its signature has a wrong length")
    return SignedPayload(protected, payload, signature)


def verify(signed: SignedPayload, key: EllipticCurvePublicKey) -> None:
    """Errors: ValidationFailed where the signature is not `key`'s. The key is on P-384."""
    covered = strict_cbor.encode(["Signature1", signed.protected, b"", signed.payload])
    r, s = signed.signature[:_COORDINATE], signed.signature[_COORDINATE:]
    der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    try:
        key.verify(der, covered, ECDSA(SHA384()))
    except InvalidSignature:
        raise invalid("its signature does not verify") from None
