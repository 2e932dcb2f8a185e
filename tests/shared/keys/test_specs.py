"""Which keys there are, and which this version creates."""

import botocore.session
import pytest

from shared.errors import ValidationFailed
from shared.keys.specs import ALGORITHMS, key_type, usage_of

MODEL = botocore.session.Session().get_service_model("kms")
ALGORITHM_SHAPES = {
    "ENCRYPT_DECRYPT": "EncryptionAlgorithmSpec",
    "SIGN_VERIFY": "SigningAlgorithmSpec",
    "GENERATE_VERIFY_MAC": "MacAlgorithmSpec",
    "KEY_AGREEMENT": "KeyAgreementAlgorithmSpec",
    "ENCAPSULATE_DECAPSULATE": "EncapsulationAlgorithmSpec",
}


def test_the_table_has_every_key_spec_of_the_model() -> None:
    assert set(ALGORITHMS) == set(MODEL.shape_for("KeySpec").enum)


@pytest.mark.parametrize("usage", ALGORITHM_SHAPES)
def test_the_table_has_every_algorithm_of_the_model(usage: str) -> None:
    named = {algorithm for usages in ALGORITHMS.values() for algorithm in usages.get(usage, ())}
    assert named == set(MODEL.shape_for(ALGORITHM_SHAPES[usage]).enum)


def test_signing_algorithms_begin_with_the_shortest_hash() -> None:
    assert ALGORITHMS["RSA_2048"]["SIGN_VERIFY"][0] == "RSASSA_PKCS1_V1_5_SHA_256"


def test_a_symmetric_key_needs_no_usage() -> None:
    assert usage_of("SYMMETRIC_DEFAULT", None) == "ENCRYPT_DECRYPT"


@pytest.mark.parametrize("spec", sorted(set(ALGORITHMS) - {"SYMMETRIC_DEFAULT"}))
def test_any_other_key_needs_a_usage(spec: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        usage_of(spec, None)
    assert refusal.value.message == (
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
    )


def test_a_usage_that_the_spec_lacks_is_refused() -> None:
    with pytest.raises(ValidationFailed) as refusal:
        usage_of("RSA_2048", "KEY_AGREEMENT")
    assert refusal.value.message == "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048"


def test_key_types() -> None:
    assert [key_type(spec) for spec in ("SYMMETRIC_DEFAULT", "HMAC_256", "ML_DSA_44")] == [
        "symmetric",
        "hmac",
        "asymmetric",
    ]
