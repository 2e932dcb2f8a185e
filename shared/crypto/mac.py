"""HMAC keys.

Owns the canonical secret of the HMAC key specs, the bytes of the key themselves, and what can be done with it. Sources:
RFC 2104 (HMAC), FIPS 180-4 (SHA-2); AWS KMS Developer Guide, "Importing key material", for the lengths.
"""

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA224, SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.hmac import HMAC

from shared.crypto.entropy import random_bytes
from shared.errors import InvalidMac
from shared.secrets import Secret

KEY_LENGTHS: Mapping[str, int] = {"HMAC_224": 28, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64}
"""Key spec -> bytes of a generated key, which are the fewest of an imported one."""

MOST_IMPORTED = 128

_HASHES: Mapping[str, HashAlgorithm] = {
    "HMAC_SHA_224": SHA224(),
    "HMAC_SHA_256": SHA256(),
    "HMAC_SHA_384": SHA384(),
    "HMAC_SHA_512": SHA512(),
}


class HmacKey:
    """A MacKey (`shared/crypto/opened_key.py`)."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def generate_mac(self, algorithm: str, message: bytes) -> bytes:
        return self._over(algorithm, message).finalize()

    def verify_mac(self, algorithm: str, message: bytes, mac: bytes) -> None:
        try:
            self._over(algorithm, message).verify(mac)
        except InvalidSignature:
            raise InvalidMac from None

    def _over(self, algorithm: str, message: bytes) -> HMAC:
        code = HMAC(self._secret.reveal(), _HASHES[algorithm])
        code.update(message)
        return code


def generate(spec: str) -> Secret:
    """The canonical secret of a fresh key: as many random bytes as its codes have."""
    return Secret(random_bytes(KEY_LENGTHS[spec]))


def open_key(spec: str, secret: Secret) -> HmacKey:
    """Errors: ValueError for a length that no key of `spec` has."""
    return HmacKey(imported(spec, secret.reveal()))


def imported(spec: str, decoded: bytes) -> Secret:
    """The bytes themselves. Errors: ValueError for a length that no key of `spec` has."""
    if not KEY_LENGTHS[spec] <= len(decoded) <= MOST_IMPORTED:
        raise ValueError(f"not a key of {spec}")
    return Secret(decoded)
