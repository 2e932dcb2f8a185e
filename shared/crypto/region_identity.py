"""A region's long-lived identity: the Ed25519 key (RFC 8032) that signs what crosses the border of the region.

Owns signing and verifying under it. The certificates that rest on it are made in `shared/crypto/region_certificate.py`.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.crypto.entropy import random_bytes
from shared.secrets import Secret

SEED_LENGTH = 32
PUBLIC_LENGTH = 32


class RegionIdentity:
    """The private half. Its seed is the 32-byte private key of RFC 8032."""

    def __init__(self, seed: Secret) -> None:
        """Errors: ValueError for a seed of another length."""
        self._seed = seed
        self._private = Ed25519PrivateKey.from_private_bytes(seed.reveal())
        self._public = self._private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> "RegionIdentity":
        return cls(Secret(random_bytes(SEED_LENGTH)))

    @property
    def seed(self) -> Secret:
        return self._seed

    @property
    def public_bytes(self) -> bytes:
        return self._public

    def sign(self, message: bytes) -> bytes:
        """64 bytes. A message must show its kind: one identity signs cards, records and certificates."""
        return self._private.sign(message)


def verify_signature(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is that of the identity `public` over `message`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
