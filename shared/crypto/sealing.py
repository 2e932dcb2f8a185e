"""Sealing a secret to one region and to nobody else.

Owns the sealed blob and the private key that opens it. HPKE base mode (RFC 9180) with the hybrid KEM MLKEM768-X25519
(draft-ietf-hpke-pq): it holds as long as one of ML-KEM-768 (FIPS 203) and X25519 (RFC 7748) does. A sealed blob is a
msgpack array of format version, number of the sealing key (a region card announces it) and HPKE bytes.
"""

import msgpack
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.entropy import random_bytes
from shared.secrets import Secret

FORMAT_VERSION = 1
SEED_LENGTH = 96
PUBLIC_LENGTH = 1216

_MLKEM_SEED_LENGTH = 64
_MLKEM_PUBLIC_LENGTH = 1184
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SealingKey:
    """The private half. Its seed is 96 bytes: the ML-KEM-768 seed (64), then the X25519 private key (32)."""

    def __init__(self, seed: Secret) -> None:
        """Errors: ValueError for a seed of another length."""
        if len(seed.reveal()) != SEED_LENGTH:
            raise ValueError("a sealing key's seed has 96 bytes")
        self._seed = seed
        self._mlkem = MLKEM768PrivateKey.from_seed_bytes(seed.reveal()[:_MLKEM_SEED_LENGTH])
        self._x25519 = X25519PrivateKey.from_private_bytes(seed.reveal()[_MLKEM_SEED_LENGTH:])
        self._private = MLKEM768X25519PrivateKey(self._mlkem, self._x25519)

    @classmethod
    def generate(cls) -> "SealingKey":
        return cls(Secret(random_bytes(SEED_LENGTH)))

    @property
    def seed(self) -> Secret:
        return self._seed

    def public_bytes(self) -> bytes:
        """1216 bytes: the ML-KEM-768 encapsulation key (1184), then the X25519 public key (32)."""
        return self._mlkem.public_key().public_bytes_raw() + self._x25519.public_key().public_bytes_raw()

    def open(self, sealed: bytes, binding: str) -> Secret:
        """The secret inside `sealed`. Errors: SecretUnavailable if it is not sealed to this key with this binding."""
        number, hpke_bytes = _decode(sealed)
        try:
            return Secret(_SUITE.decrypt(hpke_bytes, self._private, info=_info(number, binding)))
        except (InvalidTag, ValueError):
            raise SecretUnavailable("the secret is not sealed to this key with this binding") from None


def seal(public: bytes, number: int, secret: Secret, binding: str) -> bytes:
    """Seal `secret` to the sealing key `number`, whose `public` bytes stand in a region card.

    Errors: ValueError for public bytes that are no key.
    """
    return _encode(number, _SUITE.encrypt(secret.reveal(), _public_key(public), info=_info(number, binding)))


def sealing_key_number(sealed: bytes) -> int:
    """Which of a region's sealing keys opens `sealed`. Errors: SecretUnavailable if the bytes are no sealed secret."""
    return _decode(sealed)[0]


def _public_key(public: bytes) -> MLKEM768X25519PublicKey:
    if len(public) != PUBLIC_LENGTH:
        raise ValueError("a public sealing key has 1216 bytes")
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC_LENGTH]),
        X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC_LENGTH:]),
    )


def _info(number: int, binding: str) -> bytes:
    """HPKE's `info`: label, format version, number, and last the binding's UTF-8."""
    return b"keytide/sealed" + bytes((FORMAT_VERSION,)) + number.to_bytes(8, "big") + binding.encode()


def _encode(number: int, hpke_bytes: bytes) -> bytes:
    encoded: bytes = msgpack.packb((FORMAT_VERSION, number, hpke_bytes))
    return encoded


def _decode(sealed: bytes) -> tuple[int, bytes]:
    try:
        version, number, hpke_bytes = msgpack.unpackb(sealed)
    except Exception:
        raise SecretUnavailable("not a sealed secret") from None
    well_typed = type(number) is int and 0 <= number < 2**64 and type(hpke_bytes) is bytes
    if type(version) is not int or version != FORMAT_VERSION or not well_typed:
        raise SecretUnavailable("not a sealed secret of a known version")
    if _encode(number, hpke_bytes) != sealed:
        raise SecretUnavailable("not the one encoding of a sealed secret")
    return number, hpke_bytes
