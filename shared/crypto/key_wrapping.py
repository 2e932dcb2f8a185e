"""The RSA key under which a client wraps the material that it imports, and the way back.

Owns making it and unwrapping. RSAES_OAEP: RFC 8017 section 7.1, one hash for all, empty label. RSA_AES_KEY_WRAP: an
AES-256 key under OAEP, followed by the material under that key with AES-KWP (RFC 5649, NIST SP 800-38F).
Making a key takes up to a second of a core, unwrapping some milliseconds; both let other threads run.
"""

from collections.abc import Mapping
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding

from shared.crypto.private_key_info import private_der, public_der, read_own_private
from shared.errors import InvalidCiphertext, ValidationFailed
from shared.keys.wrapping import RSA_AES, WRAPPING_KEY_SIZES
from shared.secrets import Secret

_PUBLIC_EXPONENT = 65537
_AES_KEY_LENGTH = 32
_SEMIBLOCK = 8
_LEAST_WRAPPED = 2 * _SEMIBLOCK
"""RFC 5649, section 4.1: an integrity value and at least one block."""
_HASHES: Mapping[str, HashAlgorithm] = {
    "RSAES_OAEP_SHA_1": SHA1(),  # noqa: S303 - in OAEP nothing rests on its resistance to collisions
    "RSAES_OAEP_SHA_256": SHA256(),
    "RSA_AES_KEY_WRAP_SHA_1": SHA1(),  # noqa: S303
    "RSA_AES_KEY_WRAP_SHA_256": SHA256(),
}


class WrappingKey(NamedTuple):
    """`private` is PKCS#8 DER, `public` SubjectPublicKeyInfo DER."""

    private: Secret
    public: bytes


def make_wrapping_key(spec: str) -> WrappingKey:
    """A fresh key of a wrapping key spec."""
    key = rsa.generate_private_key(_PUBLIC_EXPONENT, WRAPPING_KEY_SIZES[spec])
    return WrappingKey(private_der(key), public_der(key.public_key()))


def unwrap(algorithm: str, private: Secret, wrapped: bytes) -> Secret:
    """What a client wrapped under the public half of `private`.

    Errors: ValidationFailed for a length that nothing wrapped can have; InvalidCiphertext, without a message, else.
    """
    key = read_own_private(private)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("a wrapping key is an RSA key")
    size = key.key_size // 8
    _require_length(algorithm, size, wrapped)
    try:
        opened = key.decrypt(wrapped[:size], _oaep(algorithm))
        return Secret(_unwrapped(opened, wrapped[size:]) if algorithm in RSA_AES else opened)
    except (ValueError, InvalidUnwrap):
        raise InvalidCiphertext from None


def _require_length(algorithm: str, size: int, wrapped: bytes) -> None:
    rest = len(wrapped) - size
    fits = rest >= _LEAST_WRAPPED and rest % _SEMIBLOCK == 0 if algorithm in RSA_AES else rest == 0
    if not fits:
        raise ValidationFailed("Invalid encrypted key size.")


def _unwrapped(key: bytes, wrapped: bytes) -> bytes:
    if len(key) != _AES_KEY_LENGTH:
        raise ValueError("the wrapping AES key has 32 bytes")
    return aes_key_unwrap_with_padding(key, wrapped)


def _oaep(algorithm: str) -> OAEP:
    digest = _HASHES[algorithm]
    return OAEP(MGF1(digest), digest, None)
