"""ML-KEM keys.

Owns the canonical secret of the ML-KEM key specs, the 64-byte seed (d, then z), and what can be done with it.
ML-KEM-768 and -1024 are pyca's; ML-KEM-512, which pyca lacks, stands in `ml_kem_512.py`. Sources: FIPS 203, RFC 9935
(the encodings).
"""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM1024PrivateKey

from shared.crypto.entropy import random_bytes
from shared.crypto.opened_key import Encapsulated
from shared.crypto.private_key_info import private_der, public_der
from shared.errors import InvalidCiphertext
from shared.secrets import Secret

SMALLEST = "ML_KEM_512"
PARAMETER_SETS: Mapping[str, type[MLKEM768PrivateKey] | type[MLKEM1024PrivateKey]] = {
    "ML_KEM_768": MLKEM768PrivateKey,
    "ML_KEM_1024": MLKEM1024PrivateKey,
}
SPECS = (SMALLEST, *PARAMETER_SETS)

_PrivateKey: TypeAlias = MLKEM768PrivateKey | MLKEM1024PrivateKey
_SEED_LENGTH = 64


class MlKemKey(Protocol):
    """An EncapsulationKey (`shared/crypto/opened_key.py`)."""

    def public_bytes(self) -> bytes: ...

    def private_bytes(self) -> Secret:
        """PKCS#8 DER in the seed form (RFC 9935, section 6)."""

    def encapsulate(self) -> Encapsulated: ...

    def decapsulate(self, ciphertext: bytes) -> Secret: ...


class _PycaKey:
    """ML-KEM-768 and ML-KEM-1024."""

    def __init__(self, private: _PrivateKey) -> None:
        self._private = private
        self._public = private.public_key()

    def public_bytes(self) -> bytes:
        return public_der(self._public)

    def private_bytes(self) -> Secret:
        return private_der(self._private)

    def encapsulate(self) -> Encapsulated:
        shared_secret, ciphertext = self._public.encapsulate()
        return Encapsulated(ciphertext, Secret(shared_secret))

    def decapsulate(self, ciphertext: bytes) -> Secret:
        try:
            return Secret(self._private.decapsulate(ciphertext))
        except ValueError:
            raise InvalidCiphertext from None


def generate(_spec: str) -> Secret:
    """The canonical secret of a fresh key."""
    return Secret(random_bytes(_SEED_LENGTH))


def open_key(spec: str, secret: Secret) -> MlKemKey:
    """Errors: ValueError for what is no seed."""
    if spec == SMALLEST:
        from shared.crypto.ml_kem_512 import MlKem512Key  # which loads a library that few processes need

        return MlKem512Key(secret)
    return _PycaKey(PARAMETER_SETS[spec].from_seed_bytes(secret.reveal()))
