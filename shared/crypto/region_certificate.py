"""The certificates that rest on a region's identity (X.509, RFC 5280).

Owns two: the identity's own, which peers pin through the region card, and the short-lived one that a node shows on its
feed. The first is constrained to its region's name, so that one region cannot vouch for another.
"""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shared.crypto.entropy import random_bytes
from shared.crypto.region_identity import RegionIdentity

NODE_CERTIFICATE_LIFETIME = timedelta(days=30)

_CLOCK_DIFFERENCE = timedelta(hours=1)
_NO_EXPIRY = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""RFC 5280 section 4.1.2.5: the date of what has no expiry. An identity ends when its card is replaced."""


def region_domain(region: str) -> str:
    """The name that a region's nodes prove on their feeds."""
    return f"{region}.keytide.internal"


def identity_certificate(identity: RegionIdentity, region: str, now: int) -> bytes:
    """The identity's own certificate (DER), good for the name of `region` only. `now` is in milliseconds."""
    private = _private(identity)
    builder = _builder(region, _name(region), _time(now), _NO_EXPIRY).public_key(private.public_key())
    for extension in _authority_extensions(region):
        builder = builder.add_extension(extension, critical=True)
    builder = builder.add_extension(_key_identifier(private), critical=False)
    return builder.sign(private, None).public_bytes(Encoding.DER)


def node_certificate(identity: RegionIdentity, region: str, public: EllipticCurvePublicKey, now: int) -> bytes:
    """A certificate (DER) for a node's own key, from an hour before `now` (milliseconds) to 30 days after it."""
    private = _private(identity)
    valid_to = _time(now) + NODE_CERTIFICATE_LIFETIME
    builder = _builder(region, x509.Name([]), _time(now), valid_to).public_key(public)
    for extension in _node_extensions(region):
        builder = builder.add_extension(extension, critical=True)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(_key_identifier(private))
    builder = builder.add_extension(issuer, critical=False)
    return builder.sign(private, None).public_bytes(Encoding.DER)


def born_at(certificate: bytes) -> int:
    """When the region of an identity's own certificate (DER) was made, in milliseconds, give or take an hour."""
    return int(x509.load_der_x509_certificate(certificate).not_valid_before_utc.timestamp() * 1000)


def certifies(certificate: bytes, identity: bytes, region: str) -> bool:
    """Whether `certificate` (DER) is what `identity_certificate` makes for the identity `identity` and `region`."""
    try:
        read = x509.load_der_x509_certificate(certificate)
        public = read.public_key()
        read.verify_directly_issued_by(read)
        extensions = [extension.value for extension in read.extensions if extension.critical]
    except (ValueError, TypeError, InvalidSignature):
        return False
    same_key = isinstance(public, Ed25519PublicKey) and public.public_bytes_raw() == identity
    return same_key and read.subject == _name(region) and extensions == _authority_extensions(region)


def _authority_extensions(region: str) -> list[x509.ExtensionType]:
    return [
        x509.BasicConstraints(ca=True, path_length=0),
        _usage(signs_certificates=True),
        x509.NameConstraints(permitted_subtrees=[x509.DNSName(region_domain(region))], excluded_subtrees=None),
    ]


def _node_extensions(region: str) -> list[x509.ExtensionType]:
    return [
        x509.BasicConstraints(ca=False, path_length=None),
        _usage(signs_certificates=False),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
        x509.SubjectAlternativeName([x509.DNSName(region_domain(region))]),
    ]


def _builder(issuer: str, subject: x509.Name, now: datetime, valid_to: datetime) -> x509.CertificateBuilder:
    # RFC 5280 section 4.1.2.2: a serial number is positive and has at most 20 bytes.
    serial_number = int.from_bytes(b"\x01" + random_bytes(16), "big")
    builder = x509.CertificateBuilder(issuer_name=_name(issuer), subject_name=subject, serial_number=serial_number)
    return builder.not_valid_before(now - _CLOCK_DIFFERENCE).not_valid_after(valid_to)


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


def _private(identity: RegionIdentity) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(identity.seed.reveal())


def _key_identifier(private: Ed25519PrivateKey) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier.from_public_key(private.public_key())


def _name(region: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, region_domain(region))])


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // 1000, UTC)
