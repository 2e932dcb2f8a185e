"""What the three operations of imported key material refuse, and that it changes nothing."""

import base64
from typing import Any

import pytest

from shared.errors import (
    AccessDenied,
    ExpiredImportToken,
    IncorrectKeyMaterial,
    InvalidCiphertext,
    InvalidImportToken,
    KeytideError,
    UnsupportedOperation,
    ValidationFailed,
)
from shared.keys.times import days
from tests.services.region_node.operations.bringing import (
    FIRST,
    FOR_EVER,
    OAEP,
    importable,
    metadata,
    parameters,
)
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT, FakeRegion
from tests.wrapping_client import wrap


@pytest.fixture
def peer() -> FakeRegion:
    return FakeRegion("eu-west-1", ("us-east-1", "ap-southeast-2"))


@pytest.mark.parametrize(
    ("key_spec", "usage", "algorithm", "wrapping_key_spec", "text"),
    [
        (None, None, "RSAES_PKCS1_V1_5", "RSA_2048", "no longer supported"),
        (None, None, OAEP, "SM2", "WrappingKeySpec SM2 is available in the China Regions"),
        (None, None, "SM2PKE", "RSA_2048", "WrappingAlgorithm SM2PKE is available in the China Regions"),
        (None, None, "RSA_AES_KEY_WRAP_SHA_256", "RSA_4096", "is not valid for key material of SYMMETRIC_DEFAULT"),
        ("HMAC_512", "GENERATE_VERIFY_MAC", "RSA_AES_KEY_WRAP_SHA_1", "RSA_4096", "is not valid for key material of"),
        ("RSA_2048", "SIGN_VERIFY", OAEP, "RSA_4096", "is not valid for key material of RSA_2048"),
        ("ECC_NIST_P521", "SIGN_VERIFY", OAEP, "RSA_2048", "WrappingKeySpec RSA_2048 cannot wrap key material of"),
    ],
)
async def test_what_cannot_bring_the_material_is_refused(
    region: FakeRegion, key_spec: str | None, usage: str | None, algorithm: str, wrapping_key_spec: str, text: str
) -> None:
    options = {} if key_spec is None else {"KeySpec": key_spec, "KeyUsage": usage}
    key_id = await importable(region, **options)
    with pytest.raises(UnsupportedOperation) as refusal:
        await parameters(region, key_id, algorithm, wrapping_key_spec)
    assert text in refusal.value.message


async def test_keys_of_kms_and_keys_that_cannot_be_imported(region: FakeRegion) -> None:
    key_id = await region.create_key()
    for operation, more in (
        ("GetParametersForImport", {"WrappingAlgorithm": OAEP, "WrappingKeySpec": "RSA_2048"}),
        ("ImportKeyMaterial", {"ImportToken": "AA==", "EncryptedKeyMaterial": "AA==", **FOR_EVER}),
        ("DeleteImportedKeyMaterial", {}),
    ):
        with pytest.raises(UnsupportedOperation, match="origin is AWS_KMS which is not valid for this operation"):
            await region.ask(operation, KeyId=key_id, **more)
        with pytest.raises(AccessDenied):
            await region.ask(operation, OTHER_ACCOUNT, KeyId=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key_id}", **more)
    with pytest.raises(UnsupportedOperation, match="ML_DSA_44 does not support imported key material"):
        await importable(region, KeySpec="ML_DSA_44", KeyUsage="SIGN_VERIFY")


async def attempt(region: FakeRegion, key_id: str, token: bytes, wrapped: bytes, **options: Any) -> None:
    await region.ask(
        "ImportKeyMaterial",
        KeyId=key_id,
        ImportToken=base64.b64encode(token).decode(),
        EncryptedKeyMaterial=base64.b64encode(wrapped).decode(),
        **(options or FOR_EVER),
    )


async def test_a_token_is_good_for_its_key_its_region_and_its_day(region: FakeRegion, peer: FakeRegion) -> None:
    key_id, other = await importable(region), await importable(region)
    elsewhere = await importable(peer)
    got = await parameters(region, key_id)
    wrapped = wrap(OAEP, got.public_key, FIRST)
    for where, name, token in (
        (region, other, got.import_token),
        (peer, elsewhere, got.import_token),
        (region, key_id, b"-"),
    ):
        with pytest.raises(InvalidImportToken):
            await attempt(where, name, token, wrapped)
    region.view.time += days(1) - 1
    await attempt(region, key_id, got.import_token, wrapped)
    region.view.time += 1
    with pytest.raises(ExpiredImportToken):
        await attempt(region, key_id, got.import_token, wrapped)


async def test_what_does_not_unwrap_and_what_is_no_material(region: FakeRegion) -> None:
    key_id = await importable(region)
    got, others = await parameters(region, key_id), await parameters(region, key_id)
    cases: list[tuple[bytes, type[KeytideError]]] = [
        (wrap(OAEP, others.public_key, FIRST), InvalidCiphertext),
        (wrap("RSAES_OAEP_SHA_1", got.public_key, FIRST), InvalidCiphertext),
        (b"short", ValidationFailed),
        (wrap(OAEP, got.public_key, FIRST[:31]), IncorrectKeyMaterial),
        (wrap(OAEP, got.public_key, FIRST + b"-"), IncorrectKeyMaterial),
    ]
    for wrapped, error in cases:
        with pytest.raises(error):
            await attempt(region, key_id, got.import_token, wrapped)
    assert (await metadata(region, key_id)).key_state == "PendingImport"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"ExpirationModel": "KEY_MATERIAL_EXPIRES"},
            "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES",
        ),
        (
            {**FOR_EVER, "ValidTo": 1_800_000_000},
            "must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE",
        ),
        ({"ValidTo": 1_700_000_000}, "must be in the future, at most 365 days from now"),
        ({"ValidTo": 1_700_000_000 + 365 * 86_400 + 1}, "must be in the future, at most 365 days from now"),
        ({"ValidTo": float("inf")}, "must be in the future, at most 365 days from now"),
    ],
)
async def test_ends_that_are_refused(region: FakeRegion, options: dict[str, Any], text: str) -> None:
    key_id = await importable(region)
    with pytest.raises(ValidationFailed) as refusal:
        await attempt(region, key_id, b"-", b"-", **options)
    assert text in refusal.value.message
