"""Recipients that prove what they are: an enclave, or an instance with NitroTPM.

Owns the two steps that every operation with a `Recipient` takes: first, before anything is looked up or allowed, verify
its attestation document; last, give the answer to the document's key alone.
"""

from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from services.region_node.operations.types.common import RecipientInfo
from services.region_node.requests.call import Call
from services.region_node.wire.shapes import missing_member
from shared.crypto import cms_envelope
from shared.crypto.attestation.model import Attestation, invalid
from shared.crypto.attestation.verification import attested
from shared.errors import UnsupportedOperation

_NO_ANCHORS = (
    "Recipient is not available in this region: its operator has named no root certificate of attestation documents "
    "(attestation.trust_anchors in node.json)."
)
_SIZES = ", ".join(map(str, cms_envelope.KEY_SIZES))


class Answer(NamedTuple):
    """What the caller sees of a plaintext: itself, or what only the recipient can open."""

    plaintext: bytes | None
    ciphertext_for_recipient: bytes | None
    key_material_id: str | None


def attested_recipient(call: Call, recipient: RecipientInfo | None) -> RSAPublicKey | None:
    """The key of the recipient, None where there is none. What it has proven is noted in the call.

    Errors: ValidationFailed for what is missing or does not verify; UnsupportedOperation in a region without anchors.
    """
    if recipient is None:
        return None
    document = _document(recipient)
    if not call.attestation_rules.anchors:
        raise UnsupportedOperation(_NO_ANCHORS)
    attestation = attested(document, call.attestation_rules, call.now)
    key = _key(attestation)
    call.attestation = attestation
    return key


def answer_for(recipient: RSAPublicKey | None, plaintext: bytes, key_material_id: str | None = None) -> Answer:
    """AWS tells a recipient the plaintext only in its envelope, and not which material it came from."""
    if recipient is None:
        return Answer(plaintext, None, key_material_id)
    return Answer(None, cms_envelope.seal(plaintext, recipient), None)


def _document(recipient: RecipientInfo) -> bytes:
    if recipient.key_encryption_algorithm is None:
        raise missing_member("recipient.keyEncryptionAlgorithm")
    if recipient.attestation_document is None:
        raise missing_member("recipient.attestationDocument")
    return recipient.attestation_document


def _key(attestation: Attestation) -> RSAPublicKey:
    if attestation.public_key is None:
        raise invalid("it has no public_key")
    try:
        return cms_envelope.recipient_key(attestation.public_key)
    except ValueError as error:
        raise invalid(f"its public_key is no RSA key of {_SIZES} bits in DER") from error
