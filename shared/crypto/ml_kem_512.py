"""ML-KEM-512 keys, which pyca lacks: PyCryptodome's (mlkem-native).

Owns what that library is asked. It gives its HPKE alone a public name; what HPKE calls is what stands here.
"""

from Crypto.PublicKey import MLKEM

from shared.crypto.entropy import random_bytes
from shared.crypto.opened_key import Encapsulated
from shared.errors import InvalidCiphertext
from shared.secrets import Secret


class MlKem512Key:
    """An MlKemKey (`ml_kem.py`) of the smallest parameter set."""

    def __init__(self, seed: Secret) -> None:
        self._private = MLKEM.construct(param_set=MLKEM.ML_KEM_512, seed=seed.reveal())
        self._public = self._private.public_key()

    def public_bytes(self) -> bytes:
        return self._public.export_key()

    def private_bytes(self) -> Secret:
        return Secret(self._private.export_key())

    def encapsulate(self) -> Encapsulated:
        shared_secret, ciphertext = self._public._encaps(random_bytes(32))
        return Encapsulated(ciphertext, Secret(shared_secret))

    def decapsulate(self, ciphertext: bytes) -> Secret:
        try:
            return Secret(self._private._decaps(ciphertext))
        except ValueError:
            raise InvalidCiphertext from None
