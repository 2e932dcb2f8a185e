"""What a verified attestation document says, what it is verified against, and how one is refused.

Owns these words. None of what a document holds is secret.
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from cryptography.x509 import Certificate

from shared.errors import ValidationFailed


class Source(Enum):
    """Who measured: the value is the member of the document that holds its registers."""

    ENCLAVE = "pcrs"
    NITRO_TPM = "nitrotpm_pcrs"


class Attestation(NamedTuple):
    """A document whose signature, certificates and age have been verified.

    `pcrs`: register -> lower-case hex, as policies and audit entries write them. `public_key`: what the attested code
    wants its answers encrypted to, as it was sent, or None.
    """

    source: Source
    module_id: str
    pcrs: Mapping[int, str]
    public_key: bytes | None

    @property
    def image_digest(self) -> str | None:
        """The SHA-384 of an enclave's image, which is its PCR0."""
        return self.pcrs.get(0) if self.source is Source.ENCLAVE else None


class Rules(NamedTuple):
    """`anchors`: the roots to trust, as `certification_path.require_anchor` wants them. Without any, nothing holds.

    `maximum_age`: how far, in milliseconds, a document's time may lie from the verifier's, before or after it.
    """

    anchors: tuple[Certificate, ...]
    maximum_age: int


def invalid(reason: str) -> ValidationFailed:
    """The refusal of a document. `reason` is what a client may read, without a full stop."""
    return ValidationFailed(f"The attestation document is invalid: {reason}.")
