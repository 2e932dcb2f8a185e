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
    """How a certificate is made. Without `authority` it is a leaf; `signs` is the usage that its kind needs."""

    name: str
    authority: bool = True
    path_length: int | None = None
    signs: bool = True
    has_usage: bool = True
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
    if form.has_usage:
        builder = builder.add_extension(_usage(form), critical=form.authority)
    if form.critical_unknown:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
        builder = builder.add_extension(unknown, critical=True)
    return Certified(builder.sign(key if issuer is None else issuer.key, form.digest), key)


def _usage(form: Form) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=form.signs and not form.authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=form.signs and form.authority,
        crl_sign=not form.signs and form.authority,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    attributes = {
        x509.NameOID.COUNTRY_NAME: "US",
        x509.NameOID.ORGANIZATION_NAME: "Example",
        x509.NameOID.COMMON_NAME: common_name,
    }
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes.items()])
