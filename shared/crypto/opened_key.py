"""What can be done with the secret of an asymmetric, HMAC or KEM key, once it is parsed.

Owns the small interfaces behind which every library stands. `shared/crypto/key_material.py` makes and opens the secrets
of every key spec; operations know nothing but these. An opened key holds its secret as long as it is remembered, so it
never prints. Which algorithm a key spec has stands in `shared/keys/specs.py`: callers ask that table first.
"""

from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

from shared.secrets import Secret

RAW = "RAW"
DIGEST = "DIGEST"
EXTERNAL_MU = "EXTERNAL_MU"
"""What the message of Sign and Verify is (AWS KMS API reference, Sign, MessageType): the message itself, its digest, or
the 64-byte message representative of ML-DSA (FIPS 204, algorithm 7, line 6)."""


class Encapsulated(NamedTuple):
    """What ML-KEM gives (FIPS 203, algorithm 20): the ciphertext for the holder of the key, and the 32-byte secret."""

    ciphertext: bytes
    shared_secret: Secret


@runtime_checkable
class PublicHalf(Protocol):
    """Every asymmetric key."""

    def public_bytes(self) -> bytes:
        """DER SubjectPublicKeyInfo (RFC 5280, section 4.1)."""


@runtime_checkable
class SigningKey(PublicHalf, Protocol):
    """RSA, ECDSA, Ed25519, ML-DSA, SM2."""

    def sign(self, algorithm: str, message_type: str, message: bytes) -> bytes:
        """The signature in AWS's form (ECDSA and SM2: DER; the others: as their standard says).

        Errors: ValidationFailed for a message type that the algorithm does not take, or a digest of another length.
        """

    def verify(self, algorithm: str, message_type: str, message: bytes, signature: bytes) -> None:
        """Errors: those of `sign`; InvalidKeySignature for every signature that is not of this key and message."""


@runtime_checkable
class EncryptionKey(PublicHalf, Protocol):
    """RSA, SM2."""

    def encrypt(self, algorithm: str, plaintext: bytes) -> bytes:
        """Errors: ValidationFailed for a plaintext longer than the algorithm takes under this key spec."""

    def decrypt(self, algorithm: str, ciphertext: bytes) -> bytes:
        """Errors: InvalidCiphertext, the same and without a message for whatever is wrong."""


@runtime_checkable
class AgreementKey(PublicHalf, Protocol):
    """The NIST curves, SM2."""

    def derive(self, peer_public: bytes) -> Secret:
        """The raw X coordinate (NIST SP 800-56A, section 5.7.1.2). `peer_public`: DER SubjectPublicKeyInfo.

        Errors: ValidationFailed, without a message, for what is no public key of the same curve.
        """


@runtime_checkable
class EncapsulationKey(PublicHalf, Protocol):
    """ML-KEM."""

    def encapsulate(self) -> Encapsulated: ...

    def decapsulate(self, ciphertext: bytes) -> Secret:
        """32 bytes; for a ciphertext of another key, pseudo-random ones (FIPS 203, algorithm 18: implicit rejection).

        Errors: InvalidCiphertext for a ciphertext of another length.
        """


@runtime_checkable
class MacKey(Protocol):
    """HMAC."""

    def generate_mac(self, algorithm: str, message: bytes) -> bytes:
        """The whole, untruncated code (RFC 2104)."""

    def verify_mac(self, algorithm: str, message: bytes, mac: bytes) -> None:
        """Compares in constant time. Errors: InvalidMac."""


OpenedKey: TypeAlias = SigningKey | EncryptionKey | AgreementKey | EncapsulationKey | MacKey
