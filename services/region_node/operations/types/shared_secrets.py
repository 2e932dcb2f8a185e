"""DeriveSharedSecret, Encapsulate, Decapsulate."""

from typing import NamedTuple

from services.region_node.operations.types.common import (
    Ciphertext,
    GrantTokens,
    KeyIdentifierText,
    Plaintext,
    PublicKey,
    RecipientInfo,
)
from services.region_node.operations.types.key_metadata import EncapsulationAlgorithm, KeyAgreementAlgorithm, Origin


class DeriveSharedSecretRequest(NamedTuple):
    key_id: KeyIdentifierText
    key_agreement_algorithm: KeyAgreementAlgorithm
    public_key: PublicKey
    grant_tokens: GrantTokens = ()
    dry_run: bool = False
    recipient: RecipientInfo | None = None


class DeriveSharedSecretResponse(NamedTuple):
    key_id: KeyIdentifierText
    shared_secret: Plaintext | None
    ciphertext_for_recipient: Ciphertext | None
    key_agreement_algorithm: KeyAgreementAlgorithm
    key_origin: Origin


class EncapsulateRequest(NamedTuple):
    key_id: KeyIdentifierText
    encapsulation_algorithm: EncapsulationAlgorithm
    grant_tokens: GrantTokens = ()
    dry_run: bool = False


class EncapsulateResponse(NamedTuple):
    key_id: KeyIdentifierText
    shared_secret: Plaintext
    shared_secret_ciphertext_blob: Ciphertext
    encapsulation_algorithm: EncapsulationAlgorithm


class DecapsulateRequest(NamedTuple):
    key_id: KeyIdentifierText
    shared_secret_ciphertext_blob: Ciphertext
    encapsulation_algorithm: EncapsulationAlgorithm
    grant_tokens: GrantTokens = ()
    dry_run: bool = False


class DecapsulateResponse(NamedTuple):
    key_id: KeyIdentifierText
    shared_secret: Plaintext
    encapsulation_algorithm: EncapsulationAlgorithm
