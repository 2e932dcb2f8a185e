"""From the bytes of an attestation document to what it says, or to a refusal.

Owns the order of the checks: form, certificates, signature, age. Nothing of a document is believed before its signature
has been verified with a key that a trusted root vouches for.
"""

from collections.abc import Mapping

from shared.crypto.attestation import certification_path, cose
from shared.crypto.attestation import document as documents
from shared.crypto.attestation.model import Attestation, Rules, invalid


def attested(message: bytes, rules: Rules, now: int) -> Attestation:
    """What the document `message` says. `now` is integer milliseconds since 1970. Errors: ValidationFailed."""
    signed = cose.parse(message)
    document = documents.parse(signed.payload)
    key = certification_path.signing_key(document.certificate, document.cabundle, rules.anchors, now)
    cose.verify(signed, key)
    if abs(now - document.timestamp) > rules.maximum_age:
        raise invalid(f"its time is more than {rules.maximum_age // 1000} seconds from now")
    return Attestation(document.source, document.module_id, _readable(document.pcrs), document.public_key)


def _readable(pcrs: Mapping[int, bytes]) -> dict[int, str]:
    return {number: content.hex() for number, content in pcrs.items()}
