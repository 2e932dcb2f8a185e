"""GetPublicKey."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from services.region_node.operations.types.public_keys import GetPublicKeyResponse
from services.region_node.wire.shapes import compile_response
from services.region_node.worker.threads import Weight
from shared.errors import InvalidKeyState, KeyUnavailable, UnsupportedOperation
from shared.keys.specs import ALGORITHMS
from tests.services.region_node.operations.fake_region import FakeRegion, arn
from tests.services.region_node.operations.uses import with_sm2_if_installed

LISTS = {
    "ENCRYPT_DECRYPT": "EncryptionAlgorithms",
    "SIGN_VERIFY": "SigningAlgorithms",
    "KEY_AGREEMENT": "KeyAgreementAlgorithms",
    "ENCAPSULATE_DECAPSULATE": "EncapsulationAlgorithms",
}
UNREADABLE = {"ML_KEM_512", "SM2"}
"""pyca/cryptography has no such keys."""
ASYMMETRIC = with_sm2_if_installed(
    (spec, usage)
    for spec, usages in ALGORITHMS.items()
    for usage in usages
    if not spec.startswith(("SYMMETRIC", "HMAC", "RSA_3", "RSA_4"))
)


@pytest.mark.parametrize(("spec", "usage"), ASYMMETRIC)
async def test_the_public_half_of_every_kind_of_key(region: FakeRegion, spec: str, usage: str) -> None:
    key_id = await region.create_key(KeySpec=spec, KeyUsage=usage)
    body: Any = compile_response(GetPublicKeyResponse)(await region.ask("GetPublicKey", KeyId=key_id))
    encoded = body.pop("PublicKey")
    assert body == {
        "KeyId": arn(key_id),
        "CustomerMasterKeySpec": spec,
        "KeySpec": spec,
        "KeyUsage": usage,
        LISTS[usage]: ALGORITHMS[spec][usage],
    }
    answered = (await region.ask("GetPublicKey", KeyId=key_id)).public_key
    assert len(encoded) > len(answered)
    if spec not in UNREADABLE:
        assert load_der_public_key(answered)


@pytest.mark.parametrize(("spec", "usage"), ASYMMETRIC)
async def test_a_public_half_that_takes_long_to_find_is_left_to_the_threads(
    region: FakeRegion, spec: str, usage: str
) -> None:
    key_id = await region.create_key(KeySpec=spec, KeyUsage=usage)
    region.threads.weights.clear()
    await region.ask("GetPublicKey", KeyId=key_id)
    assert region.threads.weights == ([Weight.HEAVY] if spec == "SM2" else [])


@pytest.mark.parametrize(
    ("spec", "usage"), [("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), ("HMAC_256", "GENERATE_VERIFY_MAC")]
)
async def test_a_key_without_a_public_half(region: FakeRegion, spec: str, usage: str) -> None:
    key_id = await region.create_key(KeySpec=spec, KeyUsage=usage)
    with pytest.raises(UnsupportedOperation) as refusal:
        await region.ask("GetPublicKey", KeyId=key_id)
    assert refusal.value.message == f"{arn(key_id)} key spec is {spec} which is not valid for GetPublicKey."


async def test_a_disabled_key_shows_its_public_half_and_one_pending_deletion_does_not(region: FakeRegion) -> None:
    key_id = await region.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    shown = (await region.ask("GetPublicKey", KeyId=key_id)).public_key
    await region.ask("DisableKey", KeyId=key_id)
    assert (await region.ask("GetPublicKey", KeyId=key_id)).public_key == shown
    region.alter(key_id, state="PendingDeletion")
    with pytest.raises(InvalidKeyState) as refusal:
        await region.ask("GetPublicKey", KeyId=key_id)
    assert refusal.value.message == f"{arn(key_id)} is pending deletion."


async def test_a_key_that_awaits_its_material_has_no_public_half_yet(region: FakeRegion) -> None:
    key_id = await region.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Origin="EXTERNAL")
    with pytest.raises(InvalidKeyState) as refusal:
        await region.ask("GetPublicKey", KeyId=key_id)
    assert refusal.value.message == f"{arn(key_id)} is pending import."


async def test_material_that_has_not_arrived(region: FakeRegion) -> None:
    key_id = await region.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    region.lose_material(key_id)
    with pytest.raises(KeyUnavailable):
        await region.ask("GetPublicKey", KeyId=key_id)
