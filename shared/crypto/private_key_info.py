"""Keys in their standard encodings: PKCS#8 and SubjectPublicKeyInfo, DER.

Owns how pyca's keys are written, and how private keys are read. Sources: RFC 5208 (PrivateKeyInfo), RFC 5280 section
4.1 (SubjectPublicKeyInfo).
"""

from typing import Annotated, Protocol

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from shared.secrets import Secret

_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, InternalError)
"""What pyca's readers raise: InternalError too, for an Ed448 key of another length."""


class WritablePrivateKey(Protocol):
    """A private key of pyca."""

    def private_bytes(
        self, encoding: Encoding, format: PrivateFormat, encryption_algorithm: NoEncryption, /
    ) -> bytes: ...


class WritablePublicKey(Protocol):
    """A public key of pyca."""

    def public_bytes(self, encoding: Encoding, format: PublicFormat, /) -> bytes: ...


@asn1.sequence
class PrivateKeyInfo:
    """RFC 5208, section 5: the version that AWS takes, and not the one with a public key beside (RFC 5958)."""

    version: int
    algorithm: asn1.TLV
    private_key: bytes
    attributes: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(0)]


def private_der(private: WritablePrivateKey) -> Secret:
    """PKCS#8 DER, not encrypted."""
    return Secret(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def public_der(public: WritablePublicKey) -> bytes:
    """DER SubjectPublicKeyInfo."""
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def read_foreign_private(decoded: bytes) -> PrivateKeyTypes:
    """The private key that is all of `decoded`: PKCS#8 DER, not encrypted, with numbers that fit each other.

    Errors: ValueError for anything else. pyca's reader alone would also take PKCS#1 and SEC 1, RSA keys that are bound
    to one padding, and curves spelled out as parameters: all of what AWS does not.
    """
    try:
        algorithm = asn1.decode_der(PrivateKeyInfo, decoded).algorithm
        private = load_der_private_key(decoded, None)
    except _UNREADABLE:
        raise ValueError("not a PKCS#8 private key") from None
    if _encoded_algorithm(private_der(private).reveal()) != bytes(algorithm.data):
        raise ValueError("not a plain algorithm identifier")
    return private


def read_own_private(secret: Secret) -> PrivateKeyTypes:
    """A key that `private_der` wrote. RSA's primes are not proven again: that takes as long as a hundred signatures."""
    return load_der_private_key(secret.reveal(), None, unsafe_skip_rsa_key_validation=True)


def read_public(encoded: bytes) -> PublicKeyTypes:
    """The public key that is all of `encoded`: DER SubjectPublicKeyInfo. Errors: ValueError for anything else."""
    try:
        return load_der_public_key(encoded)
    except _UNREADABLE:
        raise ValueError("not a public key of a known kind") from None


def _encoded_algorithm(encoded: bytes) -> bytes:
    return bytes(asn1.decode_der(PrivateKeyInfo, encoded).algorithm.data)
