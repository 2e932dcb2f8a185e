"""Certificates of a cluster and of its clients, from an authority of the tests."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY: Final = timedelta(days=1)


class KafkaAuthority:
    """`file` holds its certificate (PEM)."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, _named(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        certificate = self._begun(self._name, self._key.public_key()).add_extension(constraints, critical=True)
        self.file = folder / f"{name.replace(' ', '-')}.pem"
        self.file.write_bytes(certificate.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def chain_for(self, name: str) -> Path:
        """One file with the private key (PKCS #8) and the certificate of `name`, an IP address or a client's name."""
        key = ec.generate_private_key(ec.SECP256R1())
        begun = self._begun(_named(name), key.public_key())
        if name[0].isdigit():
            address = x509.IPAddress(ipaddress.ip_address(name))
            begun = begun.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        certificate = begun.sign(self._key, hashes.SHA256())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = self._folder / f"{name}.pem"
        file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        return file

    def _begun(self, name: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        begun = x509.CertificateBuilder().subject_name(name).issuer_name(self._name).public_key(key)
        begun = begun.serial_number(x509.random_serial_number())
        return begun.not_valid_before(now - DAY).not_valid_after(now + DAY)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
