"""GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.operations.types.common import (
    Ciphertext,
    ExpirationModel,
    KeyIdentifierText,
    MaterialDescription,
    MaterialId,
    Plaintext,
)
from services.region_node.wire.shapes import Choice, Length, Pattern, Timestamp

_WRAPPING_ALGORITHMS = (
    "RSAES_PKCS1_V1_5",
    "RSAES_OAEP_SHA_1",
    "RSAES_OAEP_SHA_256",
    "RSA_AES_KEY_WRAP_SHA_1",
    "RSA_AES_KEY_WRAP_SHA_256",
    "SM2PKE",
)
WrappingAlgorithm: TypeAlias = Annotated[str, Choice(_WRAPPING_ALGORITHMS)]
WrappingKeySpec: TypeAlias = Annotated[str, Choice(("RSA_2048", "RSA_3072", "RSA_4096", "SM2"))]


class GetParametersForImportRequest(NamedTuple):
    key_id: KeyIdentifierText
    wrapping_algorithm: WrappingAlgorithm
    wrapping_key_spec: WrappingKeySpec


class GetParametersForImportResponse(NamedTuple):
    """`public_key` is DER SubjectPublicKeyInfo; the model marks it as sensitive, though it is not."""

    key_id: KeyIdentifierText
    import_token: Ciphertext
    public_key: Plaintext
    parameters_valid_to: Timestamp


class ImportKeyMaterialRequest(NamedTuple):
    key_id: KeyIdentifierText
    import_token: Ciphertext
    encrypted_key_material: Ciphertext
    valid_to: Timestamp | None = None
    expiration_model: ExpirationModel = "KEY_MATERIAL_EXPIRES"
    import_type: Annotated[str, Choice(("NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"))] | None = None
    key_material_description: MaterialDescription | None = None
    key_material_id: MaterialId | None = None


class ImportKeyMaterialResponse(NamedTuple):
    key_id: KeyIdentifierText
    key_material_id: MaterialId | None


class DeleteImportedKeyMaterialRequest(NamedTuple):
    key_id: KeyIdentifierText
    key_material_id: MaterialId | None = None


class DeleteImportedKeyMaterialResponse(NamedTuple):
    """The id may be missing: a key without material has none."""

    key_id: KeyIdentifierText
    key_material_id: Annotated[str, Length(0, 64), Pattern("^[a-f0-9]+$")] | None
