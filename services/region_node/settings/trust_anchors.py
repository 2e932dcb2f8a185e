"""The roots under which this node believes attestation documents, as its operator has placed them.

Owns reading the PEM files that the settings name. A file that cannot be used is an error at the start: a recipient
that is refused later says nothing of it.
"""

from pathlib import Path

from cryptography.x509 import Certificate, load_pem_x509_certificates

from services.region_node.settings.settings import NodeSettings
from services.strict_settings import SettingsError
from shared.crypto.attestation.certification_path import require_anchor
from shared.crypto.attestation.model import Rules


def read_attestation_rules(settings: NodeSettings) -> Rules:
    """What documents are verified against. Errors: SettingsError, with the file."""
    attestation = settings.attestation
    paths = [settings.directory / path for path in attestation.trust_anchors]
    anchors = tuple(anchor for path in paths for anchor in _anchors(path))
    return Rules(anchors, 1000 * attestation.maximum_age_seconds)


def _anchors(path: Path) -> list[Certificate]:
    try:
        certificates = load_pem_x509_certificates(path.read_bytes())
        for certificate in certificates:
            require_anchor(certificate)
    except OSError as error:
        raise SettingsError(f"attestation.trust_anchors: {path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingsError(f"attestation.trust_anchors: {path}: is no root certificate in PEM: {error}") from error
    return certificates
