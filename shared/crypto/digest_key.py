"""The RSA key that signs delivered digest files, as CloudTrail signs its own.

Owns signing and how the public half is told: 2048 bits, RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017), signature in hex;
the public key as PKCS #1 DER, known by 32 hexadecimal digits of its SHA-256.
Source: AWS CloudTrail User Guide, "CloudTrail digest file structure"; API Reference, "PublicKey".
"""

import hashlib

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from shared.secrets import Secret

BITS = 2048
EXPONENT = 65537
FINGERPRINT_DIGITS = 32
ALGORITHM = "SHA256withRSA"


class DigestKey:
    """The private half. Its secret is PKCS #8, DER (RFC 5958)."""

    def __init__(self, secret: Secret) -> None:
        """Errors: ValueError for what is no RSA key."""
        private = load_der_private_key(secret.reveal(), None)
        if not isinstance(private, RSAPrivateKey):
            raise ValueError("not an RSA key")
        self._private = private

    @classmethod
    def generate(cls) -> Secret:
        """The secret of a new one."""
        made = generate_private_key(EXPONENT, BITS)
        return Secret(made.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))

    @property
    def public_bytes(self) -> bytes:
        return self._private.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)

    def sign(self, message: bytes) -> str:
        """The same message always has the same signature."""
        return self._private.sign(message, PKCS1v15(), SHA256()).hex()


def key_fingerprint(public: bytes) -> str:
    """By which digest files name the key."""
    return hashlib.sha256(public).hexdigest()[:FINGERPRINT_DIGITS]
