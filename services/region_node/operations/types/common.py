"""The members that many operations share.

Owns their names and constraints. Source: the service model of AWS KMS, 2014-11-01.
"""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.wire.shapes import Choice, Length, Pattern, Range, Sensitive
from shared.crypto.opened_key import DIGEST, EXTERNAL_MU, RAW

_DATA_KEY_PAIR_SPECS = (
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SM2",
    "ECC_NIST_EDWARDS25519",
    "ML_KEM_512",
    "ML_KEM_768",
    "ML_KEM_1024",
)

KeyIdentifierText: TypeAlias = Annotated[str, Length(1, 2048)]
ArnText: TypeAlias = Annotated[str, Length(20, 2048)]
AliasName: TypeAlias = Annotated[str, Length(1, 256), Pattern(r"^[a-zA-Z0-9:/_-]+$")]
Description: TypeAlias = Annotated[str, Length(0, 8192)]
PolicyText: TypeAlias = Annotated[
    str, Length(1, 131072), Pattern("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"), Sensitive()
]
PolicyName: TypeAlias = Annotated[str, Length(1, 128), Pattern(r"[\w]+")]
RegionName: TypeAlias = Annotated[str, Length(1, 32), Pattern(r"^([a-z]+-){2,3}\d+$")]
CustomKeyStoreId: TypeAlias = Annotated[str, Length(1, 64)]
MaterialId: TypeAlias = Annotated[str, Length(64, 64), Pattern("^[a-f0-9]+$")]
MaterialDescription: TypeAlias = Annotated[str, Length(0, 256), Pattern("^[a-zA-Z0-9:/_\\s.-]+$")]
ExpirationModel: TypeAlias = Annotated[str, Choice(("KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"))]

Limit: TypeAlias = Annotated[int, Range(1, 1000)]
Marker: TypeAlias = Annotated[str, Length(1, 1024), Pattern("[\\u0020-\\u00FF]*")]

TagKey: TypeAlias = Annotated[str, Length(1, 128)]
TagValue: TypeAlias = Annotated[str, Length(0, 256)]

GrantToken: TypeAlias = Annotated[str, Length(1, 8192), Sensitive()]
GrantTokens: TypeAlias = Annotated[tuple[GrantToken, ...], Length(0, 10)]

NumberOfBytes: TypeAlias = Annotated[int, Range(1, 1024)]
Plaintext: TypeAlias = Annotated[bytes, Length(1, 4096), Sensitive()]
Message: TypeAlias = Plaintext
MessageType: TypeAlias = Annotated[str, Choice((RAW, DIGEST, EXTERNAL_MU))]
Ciphertext: TypeAlias = Annotated[bytes, Length(1, 6144)]
PublicKey: TypeAlias = Annotated[bytes, Length(1, 8192)]
DataKeySpec: TypeAlias = Annotated[str, Choice(("AES_256", "AES_128"))]
DataKeyPairSpec: TypeAlias = Annotated[str, Choice(_DATA_KEY_PAIR_SPECS)]
EncryptionAlgorithm: TypeAlias = Annotated[
    str, Choice(("SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"))
]
DryRunModifier: TypeAlias = Annotated[str, Choice(("IGNORE_CIPHERTEXT",))]


class Tag(NamedTuple):
    tag_key: TagKey
    tag_value: TagValue


class RecipientInfo(NamedTuple):
    """An attestation document, to whose key the plaintext shall be encrypted."""

    key_encryption_algorithm: Annotated[str, Choice(("RSAES_OAEP_SHA_256",))] | None = None
    attestation_document: Annotated[bytes, Length(1, 262144)] | None = None
