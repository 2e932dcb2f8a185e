"""What a request counts as, and how many a second there may be."""

from typing import Any

import botocore.session
import pytest

from services.region_node.operations.request_quotas import ECC, REQUESTS_PER_SECOND, SYMMETRIC, quotas_of

MODEL = botocore.session.Session().get_service_model("kms")

COUNTS: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("CreateKey", {"KeySpec": "RSA_4096"}, ("CreateKey",)),
    ("DescribeKey", {"KeyId": "alias/x"}, ("DescribeKey",)),
    ("Barrier", {}, ("Barrier",)),
    ("ReplicateKey", {}, ("ReplicateKey", "CreateKey", "CreateKey")),
    ("Encrypt", {}, ("SYMMETRIC",)),
    ("Encrypt", {"EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}, ("SYMMETRIC",)),
    ("Encrypt", {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}, ("RSA",)),
    ("Decrypt", {"EncryptionAlgorithm": "SM2PKE"}, ("ECC",)),
    ("Decrypt", {"EncryptionAlgorithm": "ROT13"}, ("SYMMETRIC",)),
    ("Decrypt", {"EncryptionAlgorithm": ["RSAES_OAEP_SHA_256"]}, ("SYMMETRIC",)),
    ("Decrypt", {"EncryptionAlgorithm": None}, ("SYMMETRIC",)),
    ("ReEncrypt", {}, ("SYMMETRIC",)),
    ("ReEncrypt", {"SourceEncryptionAlgorithm": "RSAES_OAEP_SHA_1"}, ("RSA", "SYMMETRIC")),
    ("ReEncrypt", {"DestinationEncryptionAlgorithm": "RSAES_OAEP_SHA_1"}, ("SYMMETRIC", "RSA")),
    ("Sign", {"SigningAlgorithm": "ECDSA_SHA_256"}, ("ECC",)),
    ("Verify", {"SigningAlgorithm": "RSASSA_PSS_SHA_512"}, ("RSA",)),
    ("Sign", {"SigningAlgorithm": "ED25519_SHA_512"}, ("ECC",)),
    ("Sign", {"SigningAlgorithm": "ML_DSA_SHAKE_256"}, ("ML_DSA",)),
    ("GenerateMac", {"MacAlgorithm": "HMAC_SHA_512"}, ("SYMMETRIC",)),
    ("VerifyMac", {"MacAlgorithm": "HMAC_SHA_224"}, ("SYMMETRIC",)),
    ("GenerateDataKey", {"KeySpec": "AES_256"}, ("SYMMETRIC",)),
    ("GenerateDataKeyWithoutPlaintext", {}, ("SYMMETRIC",)),
    ("GenerateRandom", {"NumberOfBytes": 1}, ("SYMMETRIC",)),
    ("DeriveSharedSecret", {"KeyAgreementAlgorithm": "ECDH"}, ("ECC",)),
    ("Encapsulate", {"EncapsulationAlgorithm": "ML_KEM"}, ("ML_KEM",)),
    ("Decapsulate", {"EncapsulationAlgorithm": "ML_KEM"}, ("ML_KEM",)),
    ("GenerateDataKeyPair", {"KeyPairSpec": "RSA_4096"}, ("RSA_4096_KEY_PAIR",)),
    ("GenerateDataKeyPairWithoutPlaintext", {"KeyPairSpec": "RSA_2048"}, ("RSA_2048_KEY_PAIR",)),
    ("GenerateDataKeyPair", {"KeyPairSpec": "ECC_NIST_EDWARDS25519"}, ("ECC_KEY_PAIR",)),
    ("GenerateDataKeyPair", {"KeyPairSpec": "SM2"}, ("SM2_KEY_PAIR",)),
    ("GenerateDataKeyPair", {"KeyPairSpec": "ML_KEM_512"}, ("ML_KEM_KEY_PAIR",)),
]

AWS = [
    (("SYMMETRIC",), 10_000),
    (("CUSTOM_KEY_STORE",), 1_800),
    (("RSA", "ECC", "ML_DSA"), 1_000),
    (("ECC_KEY_PAIR",), 100),
    (("RSA_2048_KEY_PAIR",), 20),
    (("RSA_3072_KEY_PAIR",), 4),
    (("RSA_4096_KEY_PAIR", "GetParametersForImport"), 1),
    (("SM2_KEY_PAIR",), 25),
    (("DescribeKey", "GetPublicKey", "ListResourceTags"), 2_000),
    (("GetKeyPolicy", "GetKeyRotationStatus"), 1_000),
    (("ListAliases", "ListKeys"), 500),
    (("ListGrants", "ListKeyPolicies", "ListRetirableGrants"), 100),
    (("CreateGrant", "RetireGrant", "RevokeGrant"), 50),
    (("PutKeyPolicy", "ScheduleKeyDeletion", "ImportKeyMaterial", "DeleteAlias", "EnableKeyRotation"), 15),
    (("TagResource",), 10),
    (("STS",), 600),
    (("CreateKey", "CreateAlias", "EnableKey", "DisableKey", "UpdateAlias", "UntagResource"), 5),
]


@pytest.mark.parametrize(("operation", "document", "quotas"), COUNTS)
def test_a_request_counts_against_its_quotas(operation: str, document: dict[str, Any], quotas: tuple[str, ...]) -> None:
    assert quotas_of(operation, document) == quotas


@pytest.mark.parametrize(("quotas", "per_second"), AWS)
def test_the_figures_are_awss(quotas: tuple[str, ...], per_second: int) -> None:
    assert {REQUESTS_PER_SECOND[quota] for quota in quotas} == {per_second}


def test_every_operation_of_the_model_has_a_quota_or_shares_one() -> None:
    cryptographic = {row[0] for row in COUNTS} - REQUESTS_PER_SECOND.keys()
    assert set(MODEL.operation_names) == cryptographic | (REQUESTS_PER_SECOND.keys() & set(MODEL.operation_names))
    for operation in MODEL.operation_names:
        assert all(quota in REQUESTS_PER_SECOND for quota in quotas_of(operation, {}))


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("Sign", "SigningAlgorithm"),
        ("GenerateDataKeyPair", "KeyPairSpec"),
        ("DeriveSharedSecret", "KeyAgreementAlgorithm"),
        ("Encapsulate", "EncapsulationAlgorithm"),
    ],
)
def test_no_asymmetric_value_of_the_model_counts_as_symmetric(operation: str, member: str) -> None:
    values = MODEL.operation_model(operation).input_shape.members[member].enum
    assert values
    assert SYMMETRIC not in {quota for value in values for quota in quotas_of(operation, {member: value})}


def test_an_encryption_algorithm_that_is_new_to_the_model_shows() -> None:
    values = MODEL.operation_model("Encrypt").input_shape.members["EncryptionAlgorithm"].enum
    counted = {value: quotas_of("Encrypt", {"EncryptionAlgorithm": value}) for value in values}
    assert [value for value, quotas in counted.items() if quotas == (SYMMETRIC,)] == ["SYMMETRIC_DEFAULT"]
    assert counted["SM2PKE"] == (ECC,)
