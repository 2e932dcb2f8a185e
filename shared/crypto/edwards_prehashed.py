"""Ed25519ph, which pyca lacks: PyCryptodome's.

Owns what that library is asked. The context is empty. Source: RFC 8032, section 5.1.
"""

from Crypto.Hash import SHA512
from Crypto.Signature import eddsa

from shared.errors import InvalidKeySignature
from shared.secrets import Secret


class PrehashedPublicKey:
    """`public`: 32 bytes. What is signed is hashed here."""

    def __init__(self, public: bytes) -> None:
        self._scheme = eddsa.new(eddsa.import_public_key(public), "rfc8032")

    def verify(self, message: bytes, signature: bytes) -> None:
        """Errors: InvalidKeySignature."""
        try:
            self._scheme.verify(SHA512.new(message), signature)
        except ValueError:
            raise InvalidKeySignature from None


class PrehashedKey:
    """Of a seed of 32 bytes."""

    def __init__(self, seed: Secret) -> None:
        self._scheme = eddsa.new(eddsa.import_private_key(seed.reveal()), "rfc8032")

    def sign(self, message: bytes) -> bytes:
        """The signature of 64 bytes."""
        return self._scheme.sign(SHA512.new(message))
