"""SM2 keys, with the packages of the extra `sm2`.

Owns the canonical secret of SM2, the 32-byte scalar, and what can be done with it. Signatures are GmSSL's, whose nonces
do not show in its running time. It neither encrypts more than 255 bytes nor agrees on a bare secret: both are gmalg's.
That library's running time follows its scalar, so each call gets the scalar plus another multiple of the order; it is
pure Python, so that nothing else of the process runs meanwhile. Sources: GB/T 32918 parts 2 and 4, with SM3 and the
default identity of GM/T 0009-2012 section 10; NIST SP 800-56A section 5.7.1.2 for the agreement, as AWS.
"""

from functools import cached_property

import gmssl_pyx
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from gmalg.ellipticcurve import ECDLP
from gmalg.errors import GMError
from gmalg.sm2 import SM2Core
from gmalg.sm3 import SM3

from shared.crypto import sm2_encoding as encoding
from shared.crypto.entropy import random_bytes
from shared.crypto.opened_key import DIGEST
from shared.crypto.signed_message import require_message
from shared.errors import InvalidCiphertext, InvalidKeySignature, ValidationFailed
from shared.secrets import Secret

SPEC = "SM2"
MOST_PLAINTEXT = 1024
"""Bytes that SM2PKE takes (AWS KMS API reference, Encrypt)."""

_CURVE = ECDLP(encoding.FIELD, encoding.A, encoding.B, encoding.GENERATOR, encoding.ORDER)
_SCALAR_LENGTH = 32


class Sm2Key:
    """A SigningKey, an EncryptionKey and an AgreementKey (`shared/crypto/opened_key.py`)."""

    def __init__(self, scalar: Secret) -> None:
        self._scalar = scalar

    @cached_property
    def _point(self) -> encoding.Point:
        """Found when it is first asked for: that takes as long as decrypting, and to open a key must not."""
        return _public_point(self._scalar)

    def public_bytes(self) -> bytes:
        return encoding.public_info(self._point)

    def verify(self, algorithm: str, message_type: str, message: bytes, signature: bytes) -> None:
        require_message(algorithm, message_type, message)
        public = encoding.coordinates(self._point)
        verify = gmssl_pyx.sm2_verify_sm3_digest if message_type == DIGEST else gmssl_pyx.sm2_verify
        if not (_is_well_formed(signature) and verify(public, message, signature)):
            raise InvalidKeySignature

    def encrypt(self, algorithm: str, plaintext: bytes) -> bytes:
        if len(plaintext) > MOST_PLAINTEXT:
            subject = f"Algorithm {algorithm} and key spec {SPEC}"
            raise ValidationFailed(f"{subject} cannot encrypt data larger than {MOST_PLAINTEXT} bytes.")
        if not plaintext:
            raise ValueError("SM2 has no ciphertext of nothing")
        point, body, digest = _library().encrypt(plaintext, self._point)
        return encoding.ciphertext(encoding.Sealed(point, digest, body))

    def private_bytes(self) -> Secret:
        return Secret(encoding.private_info(self._scalar.reveal(), self._point))

    def sign(self, algorithm: str, message_type: str, message: bytes) -> bytes:
        require_message(algorithm, message_type, message)
        private, public = self._scalar.reveal(), encoding.coordinates(self._point)
        if message_type == DIGEST:
            return bytes(gmssl_pyx.sm2_sign_sm3_digest(private, message))
        return bytes(gmssl_pyx.sm2_sign(private, public, message))

    def decrypt(self, algorithm: str, ciphertext: bytes) -> bytes:  # noqa: ARG002 - the interface has it
        try:
            point, digest, body = encoding.read_ciphertext(ciphertext)
            return bytes(_library().decrypt(point, body, digest, _blinded(self._scalar)))
        except (ValueError, GMError):
            raise InvalidCiphertext from None

    def derive(self, peer_public: bytes) -> Secret:
        try:
            peer = encoding.read_public_info(peer_public)
        except ValueError:
            raise ValidationFailed from None
        x, _y = _CURVE.ec.mul(_blinded(self._scalar), peer)
        return Secret(x.to_bytes(_SCALAR_LENGTH, "big"))


def generate(_spec: str) -> Secret:
    """The canonical secret of a fresh key."""
    while True:
        drawn = random_bytes(_SCALAR_LENGTH)
        if encoding.is_scalar(drawn):
            return Secret(drawn)


def open_key(spec: str, secret: Secret) -> Sm2Key:
    """Errors: ValueError for what is no scalar."""
    if not encoding.is_scalar(secret.reveal()):
        raise ValueError(f"not a key of {spec}")
    return Sm2Key(secret)


def imported(spec: str, decoded: bytes) -> Secret:
    """The scalar of a PKCS#8 key. Errors: ValueError for what is no key of `spec`."""
    read, public = encoding.read_private_info(decoded)
    scalar = Secret(read)
    if public not in (None, _public_point(scalar)):
        raise ValueError(f"not a key of {spec}: the public key is of another")
    return scalar


def _library() -> SM2Core:
    """A new one for every call: its hash keeps a state, and threads would share it."""
    return SM2Core(_CURVE, SM3(), _random_bits)


def _random_bits(count: int) -> int:
    return int.from_bytes(random_bytes((count + 7) // 8), "big") >> -count % 8


def _blinded(scalar: Secret) -> int:
    """The same point comes out, since the order times any point is the neutral one."""
    return int.from_bytes(scalar.reveal(), "big") + encoding.ORDER * (2**127 + _random_bits(127))


def _public_point(scalar: Secret) -> encoding.Point:
    x, y = _library().generate_pk(_blinded(scalar))
    return x, y


def _is_well_formed(signature: bytes) -> bool:
    """Two numbers below the order in their one encoding. GmSSL's parser, in C, gets to see nothing else."""
    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        return False
    return 0 < r < encoding.ORDER and 0 < s < encoding.ORDER and encode_dss_signature(r, s) == signature
