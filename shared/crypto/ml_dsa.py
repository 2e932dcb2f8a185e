"""ML-DSA keys.

Owns the canonical secret of the ML-DSA key specs, the 32-byte seed, and what can be done with it. Signing is hedged:
fresh randomness goes into every signature. Source: FIPS 204 (algorithms 1 to 3, and 7 line 6 for the message
representative mu), with an empty context, as AWS.
"""

from collections.abc import Mapping
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA44PublicKey,
    MLDSA65PrivateKey,
    MLDSA65PublicKey,
    MLDSA87PrivateKey,
    MLDSA87PublicKey,
)

from shared.crypto.entropy import random_bytes
from shared.crypto.opened_key import EXTERNAL_MU
from shared.crypto.private_key_info import public_der
from shared.crypto.signed_message import require_message
from shared.errors import InvalidKeySignature
from shared.secrets import Secret

_PrivateKey: TypeAlias = MLDSA44PrivateKey | MLDSA65PrivateKey | MLDSA87PrivateKey
_PublicKey: TypeAlias = MLDSA44PublicKey | MLDSA65PublicKey | MLDSA87PublicKey

PARAMETER_SETS: Mapping[str, type[_PrivateKey]] = {
    "ML_DSA_44": MLDSA44PrivateKey,
    "ML_DSA_65": MLDSA65PrivateKey,
    "ML_DSA_87": MLDSA87PrivateKey,
}

_SEED_LENGTH = 32


class MlDsaPublicKey:
    """What takes no secret."""

    def __init__(self, spec: str, public: _PublicKey) -> None:
        self._spec = spec
        self._public = public

    def public_bytes(self) -> bytes:
        return public_der(self._public)

    def verify(self, algorithm: str, message_type: str, message: bytes, signature: bytes) -> None:
        require_message(algorithm, message_type, message, f"key spec {self._spec}")
        verify = self._public.verify_mu if message_type == EXTERNAL_MU else self._public.verify
        try:
            verify(signature, message)
        except InvalidSignature:
            raise InvalidKeySignature from None


class MlDsaKey(MlDsaPublicKey):
    """A SigningKey (`shared/crypto/opened_key.py`)."""

    def __init__(self, spec: str, private: _PrivateKey) -> None:
        super().__init__(spec, private.public_key())
        self._private = private

    def sign(self, algorithm: str, message_type: str, message: bytes) -> bytes:
        require_message(algorithm, message_type, message, f"key spec {self._spec}")
        return self._private.sign_mu(message) if message_type == EXTERNAL_MU else self._private.sign(message)


def generate(_spec: str) -> Secret:
    """The canonical secret of a fresh key."""
    return Secret(random_bytes(_SEED_LENGTH))


def open_key(spec: str, secret: Secret) -> MlDsaKey:
    """Errors: ValueError for what is no seed."""
    return MlDsaKey(spec, PARAMETER_SETS[spec].from_seed_bytes(secret.reveal()))
