"""A region's long-lived identity: the Ed25519 key (RFC 8032) that signs what crosses the border of the region.

Owns signing and verifying under it, and the certificates that rest on it: the identity's own certificate, pinned by
peers through the region card, and the short-lived ones that its nodes show on their feeds (X.509, RFC 5280).
"""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shared.crypto.entropy import random_bytes
from shared.secrets import Secret

SEED_LENGTH = 32
PUBLIC_LENGTH = 32
SIGNATURE_LENGTH = 64

NODE_CERTIFICATE_LIFETIME = timedelta(days=30)
_CLOCK_DIFFERENCE = timedelta(hours=1)
_NO_EXPIRY = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""RFC 5280 section 4.1.2.5: what has no expiry. An identity ends when its card is replaced."""


def region_domain(region: str) -> str:
    """The name that a region's nodes prove on their feeds."""
    return f"{region}.keytide.internal"


def verify_signature(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is that of the identity `public` over `message`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class RegionIdentity:
    """The private half. Its seed is the 32-byte private key of RFC 8032."""

    def __init__(self, seed: Secret) -> None:
        """Errors: ValueError for a seed of another length."""
        self._seed = seed
        self._private = Ed25519PrivateKey.from_private_bytes(seed.reveal())
        self._public = self._private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> "RegionIdentity":
        return cls(Secret(random_bytes(SEED_LENGTH)))

    @property
    def seed(self) -> Secret:
        return self._seed

    @property
    def public_bytes(self) -> bytes:
        return self._public

    def sign(self, message: bytes) -> bytes:
        """64 bytes. What is signed must say of which kind it is: one identity signs cards, records and certificates."""
        return self._private.sign(message)

    def own_certificate(self, region: str, now: int) -> bytes:
        """The identity's self-signed certificate (DER), good for names of `region` only. `now` is in milliseconds."""
        name = _name(region)
        builder = _builder(name, name, _time(now) - _CLOCK_DIFFERENCE, _NO_EXPIRY)
        builder = builder.public_key(self._private.public_key())
        for extension in _authority_extensions(region):
            builder = builder.add_extension(extension, critical=True)
        return builder.sign(self._private, None).public_bytes(Encoding.DER)

    def node_certificate(self, region: str, public: EllipticCurvePublicKey, now: int) -> bytes:
        """A certificate (DER) for a node's own key, from an hour before `now` (milliseconds) to 30 days after it."""
        valid_from, valid_to = _time(now) - _CLOCK_DIFFERENCE, _time(now) + NODE_CERTIFICATE_LIFETIME
        builder = _builder(_name(region), x509.Name([]), valid_from, valid_to).public_key(public)
        name = x509.SubjectAlternativeName([x509.DNSName(region_domain(region))])
        builder = builder.add_extension(name, critical=True)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(_NODE_PURPOSES, critical=False)
        return builder.sign(self._private, None).public_bytes(Encoding.DER)


def certifies(certificate: bytes, identity: bytes, region: str) -> bool:
    """Whether `certificate` (DER) is what the identity's `own_certificate` made for `region`."""
    try:
        read = x509.load_der_x509_certificate(certificate)
        public = read.public_key()
        read.verify_directly_issued_by(read)
        extensions = [extension.value for extension in read.extensions if extension.critical]
    except (ValueError, TypeError, InvalidSignature):
        return False
    same_key = isinstance(public, Ed25519PublicKey) and public.public_bytes_raw() == identity
    return same_key and read.subject == _name(region) and extensions == _authority_extensions(region)


_NODE_PURPOSES = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])


def _authority_extensions(region: str) -> list[x509.ExtensionType]:
    """The name constraint keeps one region's identity from vouching for another region's name."""
    return [
        x509.BasicConstraints(ca=True, path_length=0),
        _usage(signs_certificates=True),
        x509.NameConstraints(permitted_subtrees=[x509.DNSName(region_domain(region))], excluded_subtrees=None),
    ]


def _builder(
    issuer: x509.Name, subject: x509.Name, valid_from: datetime, valid_to: datetime
) -> x509.CertificateBuilder:
    # RFC 5280 section 4.1.2.2: a serial number is positive and has at most 20 bytes.
    serial_number = int.from_bytes(b"\x01" + random_bytes(16), "big")
    builder = x509.CertificateBuilder(issuer_name=issuer, subject_name=subject, serial_number=serial_number)
    return builder.not_valid_before(valid_from).not_valid_after(valid_to)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(region: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, region_domain(region))])


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // 1000, UTC)
