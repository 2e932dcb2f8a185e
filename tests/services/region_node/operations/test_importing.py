"""Key material brought by a client: parameters, import, use, expiry, deletion, and import again."""

import hmac
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from services.region_node.worker.threads import Weight
from shared.errors import IncorrectKeyMaterial, InvalidKeyState, UnsupportedOperation
from shared.keys.times import days
from tests.services.region_node.operations.bringing import (
    FIRST,
    PLAINTEXT,
    SECOND,
    bring,
    encrypted,
    importable,
    materials,
    metadata,
    parameters,
)
from tests.services.region_node.operations.fake_region import FakeRegion


@pytest.fixture
def peer() -> FakeRegion:
    return FakeRegion("eu-west-1", ("us-east-1", "ap-southeast-2"))


async def test_a_key_waits_for_its_import_and_is_used_then(region: FakeRegion) -> None:
    key_id = await importable(region)
    waiting = await metadata(region, key_id)
    assert (waiting.key_state, waiting.enabled, waiting.origin) == ("PendingImport", False, "EXTERNAL")
    assert (waiting.expiration_model, waiting.valid_to, waiting.current_key_material_id) == (None, None, None)
    with pytest.raises(InvalidKeyState, match="is pending import"):
        await encrypted(region, key_id)
    answer = await bring(region, key_id, FIRST)
    assert answer.key_id == waiting.arn
    ready = await metadata(region, key_id)
    assert (ready.key_state, ready.expiration_model, ready.valid_to) == (
        "Enabled",
        "KEY_MATERIAL_DOES_NOT_EXPIRE",
        None,
    )
    assert ready.current_key_material_id == answer.key_material_id
    opened = await region.ask("Decrypt", CiphertextBlob=await encrypted(region, key_id))
    assert (opened.plaintext, opened.key_material_id) == (b"secret", answer.key_material_id)


async def test_parameters_are_good_for_a_day(region: FakeRegion) -> None:
    key_id = await importable(region)
    got = await parameters(region, key_id)
    assert got.key_id == (await metadata(region, key_id)).arn
    assert got.parameters_valid_to == (region.view.time + days(1)) / 1000
    assert region.threads.weights == [Weight.SLOW], "a worker goes on while the primes are found"


CLIENT_KEYS: dict[str, Callable[[], Any]] = {
    "RSA_2048": lambda: rsa.generate_private_key(65537, 2048),
    "ECC_NIST_P256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ECC_NIST_P521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ECC_SECG_P256K1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "ECC_NIST_EDWARDS25519": ed25519.Ed25519PrivateKey.generate,
}


def pkcs8(private: Any) -> bytes:
    return bytes(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


@pytest.mark.parametrize(
    ("spec", "usage", "algorithm"),
    [
        ("RSA_2048", "SIGN_VERIFY", "RSA_AES_KEY_WRAP_SHA_256"),
        ("RSA_2048", "ENCRYPT_DECRYPT", "RSA_AES_KEY_WRAP_SHA_1"),
        ("ECC_NIST_P256", "KEY_AGREEMENT", "RSAES_OAEP_SHA_256"),
        ("ECC_NIST_P521", "SIGN_VERIFY", "RSA_AES_KEY_WRAP_SHA_256"),
        ("ECC_SECG_P256K1", "SIGN_VERIFY", "RSAES_OAEP_SHA_1"),
        ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "RSAES_OAEP_SHA_256"),
    ],
)
async def test_key_pairs_of_a_client_are_imported(region: FakeRegion, spec: str, usage: str, algorithm: str) -> None:
    key_id, private = await importable(region, KeySpec=spec, KeyUsage=usage), CLIENT_KEYS[spec]()
    assert (await bring(region, key_id, pkcs8(private), algorithm)).key_material_id is None
    ready = await metadata(region, key_id)
    assert (ready.key_state, ready.current_key_material_id) == ("Enabled", None)
    public = (await region.ask("GetPublicKey", KeyId=key_id)).public_key
    assert public == private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(IncorrectKeyMaterial):
        await bring(region, key_id, pkcs8(CLIENT_KEYS[spec]()), algorithm)
    assert await materials(region, key_id) == ()


async def test_an_hmac_key_of_a_client_makes_its_codes(region: FakeRegion) -> None:
    key_id = await importable(region, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    await bring(region, key_id, FIRST + SECOND, "RSAES_OAEP_SHA_1")
    code = await region.ask("GenerateMac", KeyId=key_id, Message=PLAINTEXT, MacAlgorithm="HMAC_SHA_256")
    assert code.mac == hmac.digest(FIRST + SECOND, b"secret", "sha256")


async def test_material_expires_and_is_imported_again(region: FakeRegion) -> None:
    key_id = await importable(region)
    end = region.view.time + days(365)
    first = await bring(region, key_id, FIRST, ValidTo=end / 1000)
    blob = await encrypted(region, key_id)
    lasting = await metadata(region, key_id)
    assert (lasting.expiration_model, lasting.valid_to) == ("KEY_MATERIAL_EXPIRES", end / 1000)
    region.view.time = end
    over = await metadata(region, key_id)
    assert (over.key_state, over.enabled, over.expiration_model, over.valid_to) == ("PendingImport", False, None, None)
    assert over.current_key_material_id == first.key_material_id
    for operation, more in (("Decrypt", {"CiphertextBlob": blob}), ("EnableKey", {"KeyId": key_id})):
        with pytest.raises(InvalidKeyState, match="is pending import"):
            await region.ask(operation, **more)
    assert [entry.import_state for entry in await materials(region, key_id)] == ["PENDING_IMPORT"]
    assert await bring(region, key_id, FIRST) == first
    assert (await region.ask("Decrypt", CiphertextBlob=blob)).plaintext == b"secret"


async def test_material_is_deleted_and_no_other_takes_its_place(region: FakeRegion) -> None:
    key_id = await importable(region)
    first = await bring(region, key_id, FIRST)
    blob = await encrypted(region, key_id)
    assert await region.ask("DeleteImportedKeyMaterial", KeyId=key_id) == first
    gone = await metadata(region, key_id)
    assert (gone.key_state, gone.expiration_model) == ("PendingImport", None)
    assert gone.current_key_material_id == first.key_material_id
    with pytest.raises(InvalidKeyState, match="is pending import"):
        await region.ask("Decrypt", CiphertextBlob=blob)
    with pytest.raises(IncorrectKeyMaterial):
        await bring(region, key_id, SECOND)
    await bring(region, key_id, FIRST)
    assert (await region.ask("Decrypt", CiphertextBlob=blob)).plaintext == b"secret"


async def test_new_material_is_pending_until_it_is_rotated_to(region: FakeRegion) -> None:
    key_id = await importable(region)
    first = await bring(region, key_id, FIRST, KeyMaterialDescription="first")
    end = (region.view.time + 5000) / 1000
    second = await bring(region, key_id, SECOND, ImportType="NEW_KEY_MATERIAL", ValidTo=end)
    old, pending = await materials(region, key_id)
    assert (old.key_material_state, old.key_material_description) == ("CURRENT", "first")
    assert (pending.key_material_state, pending.import_state) == ("PENDING_ROTATION", "IMPORTED")
    assert (pending.expiration_model, pending.valid_to) == ("KEY_MATERIAL_EXPIRES", end)
    assert (await metadata(region, key_id)).valid_to is None, "what is pending does not belong to the key for good"
    blob = await encrypted(region, key_id)
    assert (await region.ask("Decrypt", CiphertextBlob=blob)).key_material_id == first.key_material_id
    await region.ask("RotateKeyOnDemand", KeyId=key_id)
    ready = await metadata(region, key_id)
    assert (ready.current_key_material_id, ready.valid_to) == (second.key_material_id, end)
    assert [entry.key_material_state for entry in await materials(region, key_id)] == ["NON_CURRENT", "CURRENT"]
    assert (await region.ask("Decrypt", CiphertextBlob=blob)).key_material_id == first.key_material_id


async def test_rotation_is_never_automatic(region: FakeRegion) -> None:
    key_id = await importable(region)
    with pytest.raises(UnsupportedOperation, match="origin is EXTERNAL"):
        await region.ask("GetKeyRotationStatus", KeyId=key_id)
    await bring(region, key_id, FIRST)
    assert not (await region.ask("GetKeyRotationStatus", KeyId=key_id)).key_rotation_enabled
    with pytest.raises(UnsupportedOperation, match="origin is EXTERNAL"):
        await region.ask("EnableKeyRotation", KeyId=key_id)


async def test_every_region_of_a_family_imports_the_same(region: FakeRegion, peer: FakeRegion) -> None:
    key_id = await importable(region, MultiRegion=True)
    first = await bring(region, key_id, FIRST)
    await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1")
    assert all(material.sealed is None for event in region.published for material in getattr(event, "materials", ()))
    region.deliver(peer)
    assert (await metadata(peer, key_id)).key_state == "PendingImport"
    with pytest.raises(IncorrectKeyMaterial):
        await bring(peer, key_id, SECOND)
    assert (await bring(peer, key_id, FIRST)).key_material_id == first.key_material_id
    assert (await peer.ask("Decrypt", CiphertextBlob=await encrypted(region, key_id))).plaintext == b"secret"

    second = await bring(region, key_id, SECOND, ImportType="NEW_KEY_MATERIAL")
    region.deliver(peer)
    for where in (region, peer):
        assert (await materials(where, key_id))[1].key_material_state == "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
    with pytest.raises(InvalidKeyState, match="No available key material pending rotation"):
        await region.ask("RotateKeyOnDemand", KeyId=key_id)
    await bring(peer, key_id, SECOND, KeyMaterialId=second.key_material_id)
    peer.deliver(region)
    await region.ask("RotateKeyOnDemand", KeyId=key_id)
    region.deliver(peer)
    for where, other in ((region, peer), (peer, region)):
        opened = await other.ask("Decrypt", CiphertextBlob=await encrypted(where, key_id))
        assert (opened.plaintext, opened.key_material_id) == (b"secret", second.key_material_id)
