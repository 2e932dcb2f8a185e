"""Certificates as AWS's Nitro PKI issues them: on P-384, signed with SHA-384, a day to years long."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP384R1,
    EllipticCurve,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding

DAY = timedelta(days=1)
KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


class Certified(NamedTuple):
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


class Form(NamedTuple):
    """How a certificate is made. `usage` None: without the extension."""

    name: str
    authority: bool = True
    path_length: int | None = None
    usage: tuple[str, ...] | None = ("key_cert_sign",)
    from_day: int = -1
    to_day: int = 1
    curve: EllipticCurve = SECP384R1()
    digest: SHA256 | SHA384 = SHA384()
    critical_unknown: bool = False


def issue(form: Form, now: int, issuer: Certified | None = None) -> Certified:
    """A certificate under `issuer`, or self-signed. `now` is in milliseconds, the form's days are counted from it."""
    key, today = generate_private_key(form.curve), datetime.fromtimestamp(now // 1000, UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(form.name))
        .issuer_name(_name(form.name) if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + form.from_day * DAY)
        .not_valid_after(today + form.to_day * DAY)
        .add_extension(x509.BasicConstraints(form.authority, form.path_length), critical=True)
    )
    if form.usage is not None:
        builder = builder.add_extension(_key_usage(form.usage), critical=form.authority)
    if form.critical_unknown:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
        builder = builder.add_extension(unknown, critical=True)
    return Certified(builder.sign(key if issuer is None else issuer.key, form.digest), key)


def _key_usage(usage: tuple[str, ...]) -> x509.KeyUsage:
    return x509.KeyUsage(**{bit: bit in usage for bit in KEY_USAGES})


def _name(common_name: str) -> x509.Name:
    attributes = {
        x509.NameOID.COUNTRY_NAME: "US",
        x509.NameOID.ORGANIZATION_NAME: "Example",
        x509.NameOID.COMMON_NAME: common_name,
    }
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes.items()])
