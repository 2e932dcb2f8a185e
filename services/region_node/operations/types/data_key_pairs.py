"""GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext."""

from typing import NamedTuple

from services.region_node.operations.types.common import (
    Ciphertext,
    DataKeyPairSpec,
    GrantTokens,
    KeyIdentifierText,
    MaterialId,
    Plaintext,
    PublicKey,
    RecipientInfo,
)


class GenerateDataKeyPairRequest(NamedTuple):
    key_id: KeyIdentifierText
    key_pair_spec: DataKeyPairSpec
    encryption_context: dict[str, str] | None = None
    grant_tokens: GrantTokens = ()
    recipient: RecipientInfo | None = None
    dry_run: bool = False


class GenerateDataKeyPairResponse(NamedTuple):
    private_key_ciphertext_blob: Ciphertext
    private_key_plaintext: Plaintext | None
    public_key: PublicKey
    key_id: KeyIdentifierText
    key_pair_spec: DataKeyPairSpec
    ciphertext_for_recipient: Ciphertext | None
    key_material_id: MaterialId | None


class GenerateDataKeyPairWithoutPlaintextRequest(NamedTuple):
    key_id: KeyIdentifierText
    key_pair_spec: DataKeyPairSpec
    encryption_context: dict[str, str] | None = None
    grant_tokens: GrantTokens = ()
    dry_run: bool = False


class GenerateDataKeyPairWithoutPlaintextResponse(NamedTuple):
    private_key_ciphertext_blob: Ciphertext
    public_key: PublicKey
    key_id: KeyIdentifierText
    key_pair_spec: DataKeyPairSpec
    key_material_id: MaterialId
