"""Keys on the NIST curves and on secp256k1: ECDSA and ECDH.

Owns the canonical secret of these key specs, PKCS#8 DER with the public key inside (RFC 5915), and what can be done
with it. Sources: FIPS 186-5 section 6 (ECDSA), RFC 3279 section 2.2.3 (its DER form), NIST SP 800-56A section 5.7.1.2
(ECDH; the cofactor of these curves is 1).
"""

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from shared.crypto.opened_key import DIGEST
from shared.crypto.private_key_info import (
    private_der,
    public_der,
    read_foreign_private,
    read_own_private,
    read_public,
)
from shared.crypto.signed_message import require_message
from shared.errors import InvalidKeySignature, ValidationFailed
from shared.secrets import Secret

CURVES: Mapping[str, ec.EllipticCurve] = {
    "ECC_NIST_P256": ec.SECP256R1(),
    "ECC_NIST_P384": ec.SECP384R1(),
    "ECC_NIST_P521": ec.SECP521R1(),
    "ECC_SECG_P256K1": ec.SECP256K1(),
}

_HASHES: Mapping[str, HashAlgorithm] = {
    "ECDSA_SHA_256": SHA256(),
    "ECDSA_SHA_384": SHA384(),
    "ECDSA_SHA_512": SHA512(),
}
_ECDH = ec.ECDH()


class EllipticPublicKey:
    """What takes no secret."""

    def __init__(self, public: ec.EllipticCurvePublicKey) -> None:
        self._public = public

    def public_bytes(self) -> bytes:
        return public_der(self._public)

    def verify(self, algorithm: str, message_type: str, message: bytes, signature: bytes) -> None:
        scheme = _scheme(algorithm, message_type, message)
        try:
            self._public.verify(signature, message, scheme)
        except InvalidSignature:
            raise InvalidKeySignature from None


class EllipticKey(EllipticPublicKey):
    """A SigningKey and an AgreementKey (`shared/crypto/opened_key.py`)."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        super().__init__(private.public_key())
        self._private = private

    def private_bytes(self) -> Secret:
        return private_der(self._private)

    def sign(self, algorithm: str, message_type: str, message: bytes) -> bytes:
        return self._private.sign(message, _scheme(algorithm, message_type, message))

    def derive(self, peer_public: bytes) -> Secret:
        try:
            return Secret(self._private.exchange(_ECDH, _peer(peer_public)))
        except ValueError:
            raise ValidationFailed from None


def generate(spec: str) -> Secret:
    """The canonical secret of a fresh key."""
    return private_der(ec.generate_private_key(CURVES[spec]))


def open_key(spec: str, secret: Secret) -> EllipticKey:
    """Errors: ValueError for what is no canonical secret of `spec`."""
    return EllipticKey(_of(spec, read_own_private(secret)))


def imported(spec: str, decoded: bytes) -> Secret:
    """The canonical secret of a PKCS#8 key. Errors: ValueError for what is no key of `spec`."""
    return private_der(_of(spec, read_foreign_private(decoded)))


def _of(spec: str, private: object) -> ec.EllipticCurvePrivateKey:
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != CURVES[spec].name:
        raise ValueError(f"not a key of {spec}")
    return private


def _peer(public: bytes) -> ec.EllipticCurvePublicKey:
    """A point of another curve is refused by the exchange itself. Errors: ValueError."""
    peer = read_public(public)
    if not isinstance(peer, ec.EllipticCurvePublicKey):
        raise ValueError("not an elliptic-curve key")
    return peer


def _scheme(algorithm: str, message_type: str, message: bytes) -> ec.ECDSA:
    require_message(algorithm, message_type, message)
    digest = _HASHES[algorithm]
    return ec.ECDSA(Prehashed(digest) if message_type == DIGEST else digest)
