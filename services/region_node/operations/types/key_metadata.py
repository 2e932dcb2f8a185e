"""KeyMetadata, with all the members that the API knows; None stands for one that is not present."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.operations.types.common import (
    ArnText,
    CustomKeyStoreId,
    Description,
    EncryptionAlgorithm,
    ExpirationModel,
    KeyIdentifierText,
    MaterialId,
    RegionName,
)
from services.region_node.wire.shapes import Choice, Length, Pattern, Range, Timestamp, Wire
from shared.keys.lifecycle import KEY_STATES

_CUSTOMER_MASTER_KEY_SPECS = (
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SYMMETRIC_DEFAULT",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
)
_NEWER_KEY_SPECS = (
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "ECC_NIST_EDWARDS25519",
    "ML_KEM_512",
    "ML_KEM_768",
    "ML_KEM_1024",
)
_SIGNING_ALGORITHMS = (
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "ECDSA_SHA_256",
    "ECDSA_SHA_384",
    "ECDSA_SHA_512",
    "SM2DSA",
    "ML_DSA_SHAKE_256",
    "ED25519_SHA_512",
    "ED25519_PH_SHA_512",
)

CustomerMasterKeySpec: TypeAlias = Annotated[str, Choice(_CUSTOMER_MASTER_KEY_SPECS)]
KeySpec: TypeAlias = Annotated[str, Choice(_CUSTOMER_MASTER_KEY_SPECS + _NEWER_KEY_SPECS)]
KeyUsage: TypeAlias = Annotated[
    str,
    Choice(("SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE")),
]
KeyState: TypeAlias = Annotated[str, Choice(KEY_STATES)]
Origin: TypeAlias = Annotated[str, Choice(("AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"))]
XksKeyId: TypeAlias = Annotated[str, Length(1, 128), Pattern("^[a-zA-Z0-9-_.]+$")]
SigningAlgorithm: TypeAlias = Annotated[str, Choice(_SIGNING_ALGORITHMS)]
MacAlgorithm: TypeAlias = Annotated[str, Choice(("HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"))]
KeyAgreementAlgorithm: TypeAlias = Annotated[str, Choice(("ECDH",))]
EncapsulationAlgorithm: TypeAlias = Annotated[str, Choice(("ML_KEM",))]


class MultiRegionKey(NamedTuple):
    arn: ArnText
    region: RegionName


class MultiRegionConfiguration(NamedTuple):
    multi_region_key_type: Annotated[str, Choice(("PRIMARY", "REPLICA"))]
    primary_key: MultiRegionKey
    replica_keys: tuple[MultiRegionKey, ...]


class XksKeyConfiguration(NamedTuple):
    id: XksKeyId


class KeyMetadata(NamedTuple):
    aws_account_id: Annotated[str, Wire("AWSAccountId")]
    key_id: KeyIdentifierText
    arn: ArnText
    creation_date: Timestamp
    enabled: bool
    description: Description
    key_usage: KeyUsage
    key_state: KeyState
    origin: Origin
    key_manager: Annotated[str, Choice(("AWS", "CUSTOMER"))]
    customer_master_key_spec: KeySpec
    """Always equal to `key_spec`, so also one of the newer specs, which AWS's model does not list here."""
    key_spec: KeySpec
    multi_region: bool
    encryption_algorithms: tuple[EncryptionAlgorithm, ...] | None = None
    signing_algorithms: tuple[SigningAlgorithm, ...] | None = None
    mac_algorithms: tuple[MacAlgorithm, ...] | None = None
    key_agreement_algorithms: tuple[KeyAgreementAlgorithm, ...] | None = None
    encapsulation_algorithms: tuple[EncapsulationAlgorithm, ...] | None = None
    multi_region_configuration: MultiRegionConfiguration | None = None
    current_key_material_id: MaterialId | None = None
    deletion_date: Timestamp | None = None
    pending_deletion_window_in_days: Annotated[int, Range(1, 365)] | None = None
    valid_to: Timestamp | None = None
    expiration_model: ExpirationModel | None = None
    custom_key_store_id: CustomKeyStoreId | None = None
    cloud_hsm_cluster_id: Annotated[str, Length(19, 24), Pattern("cluster-[2-7a-zA-Z]{11,16}")] | None = None
    xks_key_configuration: XksKeyConfiguration | None = None
