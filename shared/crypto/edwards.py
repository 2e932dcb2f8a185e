"""Keys on edwards25519: Ed25519 and Ed25519ph.

Owns the canonical secret of ECC_NIST_EDWARDS25519, the 32-byte seed, and what can be done with it. Ed25519 is pyca's;
Ed25519ph, which pyca lacks, stands in `edwards_prehashed.py`, which loads a library that few processes need. Sources:
RFC 8032 section 5.1 (the schemes), RFC 8410 (the encodings).
"""

from functools import cached_property
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.crypto.entropy import random_bytes
from shared.crypto.private_key_info import private_der, public_der, read_foreign_private
from shared.crypto.signed_message import require_message
from shared.errors import InvalidKeySignature
from shared.secrets import Secret

if TYPE_CHECKING:
    from shared.crypto.edwards_prehashed import PrehashedKey, PrehashedPublicKey

SPEC = "ECC_NIST_EDWARDS25519"

_SEED_LENGTH = 32
_PREHASHED = "ED25519_PH_SHA_512"


class EdwardsPublicKey:
    """What takes no secret. `public`: 32 bytes (RFC 8032, section 5.1.5).

    The digest that a client passes for Ed25519ph is the message to Ed25519ph, which hashes it once more, as AWS does.
    """

    def __init__(self, public: bytes) -> None:
        self._public = Ed25519PublicKey.from_public_bytes(public)

    def public_bytes(self) -> bytes:
        return public_der(self._public)

    def verify(self, algorithm: str, message_type: str, message: bytes, signature: bytes) -> None:
        require_message(algorithm, message_type, message)
        if algorithm == _PREHASHED:
            return self.verify_prehashed(message, signature)
        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            raise InvalidKeySignature from None

    def verify_prehashed(self, message: bytes, signature: bytes) -> None:
        """Ed25519ph with an empty context. Errors: InvalidKeySignature."""
        self._prehashed.verify(message, signature)

    @cached_property
    def _prehashed(self) -> "PrehashedPublicKey":
        from shared.crypto.edwards_prehashed import PrehashedPublicKey

        return PrehashedPublicKey(self._public.public_bytes_raw())


class EdwardsKey(EdwardsPublicKey):
    """A SigningKey (`shared/crypto/opened_key.py`)."""

    def __init__(self, seed: Secret) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed.reveal())
        super().__init__(self._private.public_key().public_bytes_raw())

    def private_bytes(self) -> Secret:
        return private_der(self._private)

    def sign(self, algorithm: str, message_type: str, message: bytes) -> bytes:
        require_message(algorithm, message_type, message)
        return self.sign_prehashed(message) if algorithm == _PREHASHED else self._private.sign(message)

    def sign_prehashed(self, message: bytes) -> bytes:
        """Ed25519ph with an empty context."""
        return self._signing_prehashed.sign(message)

    @cached_property
    def _signing_prehashed(self) -> "PrehashedKey":
        from shared.crypto.edwards_prehashed import PrehashedKey

        return PrehashedKey(Secret(self._private.private_bytes_raw()))


def generate(_spec: str) -> Secret:
    """The canonical secret of a fresh key."""
    return Secret(random_bytes(_SEED_LENGTH))


def open_key(_spec: str, secret: Secret) -> EdwardsKey:
    """Errors: ValueError for what is no seed."""
    return EdwardsKey(secret)


def imported(spec: str, decoded: bytes) -> Secret:
    """The seed of a PKCS#8 key. Errors: ValueError for what is no key of `spec`."""
    private = read_foreign_private(decoded)
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError(f"not a key of {spec}")
    return Secret(private.private_bytes_raw())
