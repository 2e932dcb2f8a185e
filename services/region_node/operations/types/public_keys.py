"""GetPublicKey."""

from typing import NamedTuple

from services.region_node.operations.types.common import EncryptionAlgorithm, GrantTokens, KeyIdentifierText, PublicKey
from services.region_node.operations.types.key_metadata import (
    EncapsulationAlgorithm,
    KeyAgreementAlgorithm,
    KeySpec,
    KeyUsage,
    SigningAlgorithm,
)


class GetPublicKeyRequest(NamedTuple):
    key_id: KeyIdentifierText
    grant_tokens: GrantTokens = ()


class GetPublicKeyResponse(NamedTuple):
    """Of the lists of algorithms, only the one of the key's usage is present."""

    key_id: KeyIdentifierText
    public_key: PublicKey
    customer_master_key_spec: KeySpec
    """Always equal to `key_spec`, so also one of the newer specs, which AWS's model does not list here."""
    key_spec: KeySpec
    key_usage: KeyUsage
    encryption_algorithms: tuple[EncryptionAlgorithm, ...] | None
    signing_algorithms: tuple[SigningAlgorithm, ...] | None
    key_agreement_algorithms: tuple[KeyAgreementAlgorithm, ...] | None
    encapsulation_algorithms: tuple[EncapsulationAlgorithm, ...] | None
