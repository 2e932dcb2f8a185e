"""GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from services.region_node.operations.types.common import DataKeyPairSpec
from services.region_node.wire.member import kind_of
from services.region_node.worker.threads import Weight
from shared.crypto.key_pairs import SPECS
from shared.errors import (
    DryRunSucceeded,
    InvalidCiphertext,
    InvalidKeyUsage,
    KeyDisabled,
    KeyUnavailable,
)
from tests.services.region_node.operations.fake_region import FakeRegion, arn
from tests.services.region_node.operations.uses import encoded, with_sm2_if_installed

BOTH = ["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"]
CONTEXT = {"purpose": "test"}
UNREADABLE = {"ML_KEM_512", "SM2"}
"""pyca/cryptography has no such keys."""


async def asked(region: FakeRegion, **parameters: Any) -> dict[str, Any]:
    return {"KeyId": await region.create_key(), "KeyPairSpec": "ECC_NIST_P256", **parameters}


def test_the_specs_of_the_request_are_those_that_can_be_made() -> None:
    (choice,) = kind_of(DataKeyPairSpec).constraints
    assert set(choice.values) == SPECS  # type: ignore[attr-defined]  # the one constraint is a Choice


@pytest.mark.parametrize("spec", with_sm2_if_installed((spec,) for spec in sorted(SPECS - {"RSA_3072", "RSA_4096"})))
async def test_a_pair_belongs_together_and_its_blob_opens(region: FakeRegion, spec: str) -> None:
    parameters = await asked(region, KeyPairSpec=spec, EncryptionContext=CONTEXT)
    pair = await region.ask("GenerateDataKeyPair", **parameters)
    assert (pair.key_id, pair.key_pair_spec, pair.ciphertext_for_recipient) == (arn(parameters["KeyId"]), spec, None)
    blob = encoded(pair.private_key_ciphertext_blob)
    opened = await region.ask("Decrypt", CiphertextBlob=blob, EncryptionContext=CONTEXT)
    assert (opened.plaintext, opened.key_material_id) == (pair.private_key_plaintext, pair.key_material_id)
    with pytest.raises(InvalidCiphertext):
        await region.ask("Decrypt", CiphertextBlob=blob)
    if spec not in UNREADABLE:
        public: Any = load_der_private_key(pair.private_key_plaintext, None)
        form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert public.public_key().public_bytes(*form) == pair.public_key


async def test_the_private_half_may_stay_hidden(region: FakeRegion) -> None:
    parameters = await asked(region)
    pair = await region.ask("GenerateDataKeyPairWithoutPlaintext", **parameters)
    assert "private_key_plaintext" not in pair._fields
    opened = await region.ask("Decrypt", CiphertextBlob=encoded(pair.private_key_ciphertext_blob))
    private: Any = load_der_private_key(opened.plaintext, None)
    assert private.public_key() == load_der_public_key(pair.public_key)
    assert (pair.key_id, pair.key_material_id) == (arn(parameters["KeyId"]), opened.key_material_id)


@pytest.mark.parametrize("operation", BOTH)
async def test_rsa_is_made_by_the_slow_lane_and_a_dry_run_makes_nothing(region: FakeRegion, operation: str) -> None:
    parameters = await asked(region, KeyPairSpec="RSA_2048")
    region.threads.weights.clear()
    with pytest.raises(DryRunSucceeded):
        await region.ask(operation, **parameters, DryRun=True)
    assert region.threads.weights == []
    await region.ask(operation, **parameters)
    assert region.threads.weights == [Weight.SLOW]


@pytest.mark.parametrize("operation", BOTH)
@pytest.mark.parametrize("dry_run", [False, True])
async def test_keys_that_encrypt_no_pair(region: FakeRegion, operation: str, dry_run: bool) -> None:
    signing = await region.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    rsa = await region.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    for key_id, text in (
        (signing, f"{arn(signing)} key usage is SIGN_VERIFY which is not valid for {operation}."),
        (rsa, "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048."),
    ):
        with pytest.raises(InvalidKeyUsage) as refusal:
            await region.ask(operation, **await asked(region, KeyId=key_id, DryRun=dry_run))
        assert refusal.value.message == text


@pytest.mark.parametrize("operation", BOTH)
@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_key_that_cannot_be_used_now(region: FakeRegion, operation: str, dry_run: bool) -> None:
    parameters = await asked(region, DryRun=dry_run)
    region.lose_material(parameters["KeyId"])
    with pytest.raises(KeyUnavailable):
        await region.ask(operation, **parameters)
    region.alter(parameters["KeyId"], state="Disabled")
    with pytest.raises(KeyDisabled):
        await region.ask(operation, **parameters)
