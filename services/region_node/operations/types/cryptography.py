"""Encrypt, Decrypt, ReEncrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom."""

from typing import NamedTuple

from services.region_node.operations.types.common import (
    Ciphertext,
    CustomKeyStoreId,
    DataKeySpec,
    DryRunModifier,
    EncryptionAlgorithm,
    GrantTokens,
    KeyIdentifierText,
    MaterialId,
    NumberOfBytes,
    Plaintext,
    RecipientInfo,
)


class EncryptRequest(NamedTuple):
    key_id: KeyIdentifierText
    plaintext: Plaintext
    encryption_context: dict[str, str] | None = None
    grant_tokens: GrantTokens = ()
    encryption_algorithm: EncryptionAlgorithm = "SYMMETRIC_DEFAULT"
    dry_run: bool = False


class EncryptResponse(NamedTuple):
    ciphertext_blob: Ciphertext
    key_id: KeyIdentifierText
    encryption_algorithm: EncryptionAlgorithm


class DecryptRequest(NamedTuple):
    """The blob may be missing only in a dry run with IGNORE_CIPHERTEXT."""

    ciphertext_blob: Ciphertext | None = None
    encryption_context: dict[str, str] | None = None
    grant_tokens: GrantTokens = ()
    key_id: KeyIdentifierText | None = None
    encryption_algorithm: EncryptionAlgorithm = "SYMMETRIC_DEFAULT"
    recipient: RecipientInfo | None = None
    dry_run: bool = False
    dry_run_modifiers: tuple[DryRunModifier, ...] = ()


class DecryptResponse(NamedTuple):
    key_id: KeyIdentifierText
    plaintext: Plaintext | None
    encryption_algorithm: EncryptionAlgorithm
    ciphertext_for_recipient: Ciphertext | None
    key_material_id: MaterialId | None


class ReEncryptRequest(NamedTuple):
    """The blob may be missing only in a dry run with IGNORE_CIPHERTEXT."""

    destination_key_id: KeyIdentifierText
    ciphertext_blob: Ciphertext | None = None
    source_encryption_context: dict[str, str] | None = None
    source_key_id: KeyIdentifierText | None = None
    destination_encryption_context: dict[str, str] | None = None
    source_encryption_algorithm: EncryptionAlgorithm = "SYMMETRIC_DEFAULT"
    destination_encryption_algorithm: EncryptionAlgorithm = "SYMMETRIC_DEFAULT"
    grant_tokens: GrantTokens = ()
    dry_run: bool = False
    dry_run_modifiers: tuple[DryRunModifier, ...] = ()


class ReEncryptResponse(NamedTuple):
    """Only a symmetric key has a material id to tell."""

    ciphertext_blob: Ciphertext
    source_key_id: KeyIdentifierText
    key_id: KeyIdentifierText
    source_encryption_algorithm: EncryptionAlgorithm
    destination_encryption_algorithm: EncryptionAlgorithm
    source_key_material_id: MaterialId | None
    destination_key_material_id: MaterialId | None


class GenerateDataKeyRequest(NamedTuple):
    key_id: KeyIdentifierText
    encryption_context: dict[str, str] | None = None
    number_of_bytes: NumberOfBytes | None = None
    key_spec: DataKeySpec | None = None
    grant_tokens: GrantTokens = ()
    recipient: RecipientInfo | None = None
    dry_run: bool = False


class GenerateDataKeyResponse(NamedTuple):
    ciphertext_blob: Ciphertext
    plaintext: Plaintext | None
    key_id: KeyIdentifierText
    ciphertext_for_recipient: Ciphertext | None
    key_material_id: MaterialId | None


class GenerateDataKeyWithoutPlaintextRequest(NamedTuple):
    key_id: KeyIdentifierText
    encryption_context: dict[str, str] | None = None
    key_spec: DataKeySpec | None = None
    number_of_bytes: NumberOfBytes | None = None
    grant_tokens: GrantTokens = ()
    dry_run: bool = False


class GenerateDataKeyWithoutPlaintextResponse(NamedTuple):
    ciphertext_blob: Ciphertext
    key_id: KeyIdentifierText
    key_material_id: MaterialId


class GenerateRandomRequest(NamedTuple):
    number_of_bytes: NumberOfBytes | None = None
    custom_key_store_id: CustomKeyStoreId | None = None
    recipient: RecipientInfo | None = None


class GenerateRandomResponse(NamedTuple):
    plaintext: Plaintext | None
    ciphertext_for_recipient: Ciphertext | None
