"""Keys in their standard encodings: PKCS#8 and SubjectPublicKeyInfo, DER.

Owns how pyca's keys are written, and how a private key that a client imports is read. Sources: RFC 5208 and RFC 5958
(PrivateKeyInfo), RFC 5280 section 4.1 (SubjectPublicKeyInfo).
"""

from typing import Annotated, Protocol, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from shared.errors import IncorrectKeyMaterial
from shared.secrets import Secret

PrivateKey = TypeVar("PrivateKey")


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
    """RFC 5958, section 2. A reader of all of pyca's formats would also take PKCS#1 and SEC 1, which AWS refuses."""

    version: int
    algorithm: asn1.TLV
    private_key: bytes
    attributes: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(0)]
    public_key: Annotated[asn1.BitString | None, asn1.Implicit(1)]


def private_der(private: WritablePrivateKey) -> Secret:
    """PKCS#8 DER, not encrypted."""
    return Secret(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def public_der(public: WritablePublicKey) -> bytes:
    """DER SubjectPublicKeyInfo."""
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def read_imported(decoded: bytes, kind: type[PrivateKey]) -> PrivateKey:
    """The private key that is all of `decoded`: PKCS#8 DER, not encrypted, with numbers that fit each other.

    Errors: IncorrectKeyMaterial for anything else.
    """
    try:
        asn1.decode_der(PrivateKeyInfo, decoded)
        private = load_der_private_key(decoded, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise IncorrectKeyMaterial("The key material is not a PKCS #8 private key in DER.") from None
    if not isinstance(private, kind):
        raise IncorrectKeyMaterial("The key material is not of the key spec of the KMS key.")
    return private
