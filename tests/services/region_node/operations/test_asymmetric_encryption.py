"""Encrypt, Decrypt and ReEncrypt with asymmetric keys."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from shared.errors import (
    DryRunSucceeded,
    IncorrectKey,
    InvalidCiphertext,
    InvalidKeyUsage,
    KeyUnavailable,
    ValidationFailed,
)
from tests.services.region_node.operations.fake_region import FakeRegion, arn
from tests.services.region_node.operations.uses import MESSAGE, encoded, with_sm2_if_installed

OAEP_256 = {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
CONTEXT = {"purpose": "test"}
NO_CONTEXT = "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs."
INCORRECT_KEY = "The key ID in the request does not identify a CMK that can perform this operation."
IGNORING = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}


async def rsa_key(region: FakeRegion, usage: str = "ENCRYPT_DECRYPT") -> str:
    return await region.create_key(KeySpec="RSA_2048", KeyUsage=usage)


async def encrypted(region: FakeRegion, key_id: str, **parameters: Any) -> str:
    answer = await region.ask("Encrypt", KeyId=key_id, Plaintext=encoded(MESSAGE), **(parameters or OAEP_256))
    return encoded(answer.ciphertext_blob)


@pytest.mark.parametrize(
    ("spec", "algorithm"),
    with_sm2_if_installed([("RSA_2048", "RSAES_OAEP_SHA_1"), ("RSA_2048", "RSAES_OAEP_SHA_256"), ("SM2", "SM2PKE")]),
)
async def test_what_was_encrypted_is_decrypted(region: FakeRegion, spec: str, algorithm: str) -> None:
    key_id = await region.create_key(KeySpec=spec, KeyUsage="ENCRYPT_DECRYPT")
    sealed = await region.ask("Encrypt", KeyId=key_id, Plaintext=encoded(MESSAGE), EncryptionAlgorithm=algorithm)
    assert (sealed.key_id, sealed.encryption_algorithm) == (arn(key_id), algorithm)
    opened = await region.ask(
        "Decrypt", KeyId=key_id, CiphertextBlob=encoded(sealed.ciphertext_blob), EncryptionAlgorithm=algorithm
    )
    assert opened == (arn(key_id), MESSAGE, algorithm, None, None)


async def test_what_others_encrypted_is_decrypted(region: FakeRegion) -> None:
    key_id = await rsa_key(region)
    public = load_der_public_key((await region.ask("GetPublicKey", KeyId=key_id)).public_key)
    assert isinstance(public, RSAPublicKey)
    blob = encoded(public.encrypt(MESSAGE, OAEP(MGF1(SHA256()), SHA256(), None)))
    assert (await region.ask("Decrypt", KeyId=key_id, CiphertextBlob=blob, **OAEP_256)).plaintext == MESSAGE


async def test_too_long_a_plaintext(region: FakeRegion) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        await region.ask("Encrypt", KeyId=await rsa_key(region), Plaintext=encoded(b"x" * 191), **OAEP_256)
    text = "Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes."
    assert refusal.value.message == text


async def test_a_context_is_refused_after_the_algorithm(region: FakeRegion) -> None:
    key_id = await rsa_key(region)
    blob = await encrypted(region, key_id)
    for operation, parameters in (
        ("Encrypt", {"KeyId": key_id, "Plaintext": encoded(MESSAGE), "EncryptionContext": CONTEXT}),
        ("Decrypt", {"KeyId": key_id, "CiphertextBlob": blob, "EncryptionContext": CONTEXT}),
        ("Decrypt", {"KeyId": key_id, "EncryptionContext": CONTEXT, **IGNORING}),
    ):
        with pytest.raises(ValidationFailed) as refusal:
            await region.ask(operation, **parameters, **OAEP_256)
        assert refusal.value.message == NO_CONTEXT
        with pytest.raises(InvalidKeyUsage):
            await region.ask(operation, **parameters, EncryptionAlgorithm="SM2PKE")


async def test_the_default_algorithm_is_not_that_of_an_asymmetric_key(region: FakeRegion) -> None:
    key_id, symmetric = await rsa_key(region), await region.create_key()
    text = "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048."
    with pytest.raises(InvalidKeyUsage) as refusal:
        await region.ask("Encrypt", KeyId=key_id, Plaintext=encoded(MESSAGE))
    assert refusal.value.message == text
    with pytest.raises(InvalidCiphertext):  # its bytes are read first
        await region.ask("Decrypt", KeyId=key_id, CiphertextBlob=await encrypted(region, key_id))
    blob = encoded((await region.ask("Encrypt", KeyId=symmetric, Plaintext=encoded(MESSAGE))).ciphertext_blob)
    with pytest.raises(InvalidKeyUsage) as refusal:
        await region.ask("Decrypt", KeyId=key_id, CiphertextBlob=blob)
    assert refusal.value.message == text


async def test_the_key_has_to_be_named(region: FakeRegion) -> None:
    blob = await encrypted(region, await rsa_key(region))
    for operation, parameters in (
        ("Decrypt", OAEP_256),
        (
            "ReEncrypt",
            {"SourceEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "DestinationKeyId": await region.create_key()},
        ),
    ):
        with pytest.raises(ValidationFailed) as refusal:
            await region.ask(operation, CiphertextBlob=blob, **parameters)
        assert refusal.value.message == "KeyId is required for the encryption algorithm RSAES_OAEP_SHA_256."


async def test_a_key_of_another_usage_is_the_wrong_key_to_decrypt_with(region: FakeRegion) -> None:
    blob, signing = await encrypted(region, await rsa_key(region)), await rsa_key(region, "SIGN_VERIFY")
    for operation, parameters in (
        ("Decrypt", {"KeyId": signing, "CiphertextBlob": blob, **OAEP_256}),
        ("Decrypt", {"KeyId": signing, **OAEP_256, **IGNORING}),
        (
            "ReEncrypt",
            {
                "SourceKeyId": signing,
                "SourceEncryptionAlgorithm": "RSAES_OAEP_SHA_256",
                "CiphertextBlob": blob,
                "DestinationKeyId": await region.create_key(),
            },
        ),
    ):
        with pytest.raises(IncorrectKey) as refusal:
            await region.ask(operation, **parameters)
        assert refusal.value.message == INCORRECT_KEY


@pytest.mark.parametrize("dry_run", [False, True])
async def test_what_is_no_ciphertext_of_the_key(region: FakeRegion, dry_run: bool) -> None:
    key_id, other = await rsa_key(region), await rsa_key(region)
    for blob in (await encrypted(region, other), encoded(b"x"), encoded(b"x" * 6144)):
        with pytest.raises(InvalidCiphertext) as refusal:
            await region.ask("Decrypt", KeyId=key_id, CiphertextBlob=blob, DryRun=dry_run, **OAEP_256)
        assert refusal.value.message == ""


async def test_reencrypting_between_symmetric_and_asymmetric_keys(region: FakeRegion) -> None:
    rsa, symmetric = await rsa_key(region), await region.create_key()
    first = encoded(
        (
            await region.ask("Encrypt", KeyId=symmetric, Plaintext=encoded(MESSAGE), EncryptionContext=CONTEXT)
        ).ciphertext_blob
    )
    to_rsa = await region.ask(
        "ReEncrypt",
        CiphertextBlob=first,
        SourceEncryptionContext=CONTEXT,
        DestinationKeyId=rsa,
        DestinationEncryptionAlgorithm="RSAES_OAEP_SHA_256",
    )
    material_id = (await region.ask("DescribeKey", KeyId=symmetric)).key_metadata.current_key_material_id
    assert to_rsa[1:] == (arn(symmetric), arn(rsa), "SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256", material_id, None)
    back = await region.ask(
        "ReEncrypt",
        CiphertextBlob=encoded(to_rsa.ciphertext_blob),
        SourceKeyId=rsa,
        SourceEncryptionAlgorithm="RSAES_OAEP_SHA_256",
        DestinationKeyId=symmetric,
    )
    assert back[1:] == (arn(rsa), arn(symmetric), "RSAES_OAEP_SHA_256", "SYMMETRIC_DEFAULT", None, material_id)
    assert (await region.ask("Decrypt", CiphertextBlob=encoded(back.ciphertext_blob))).plaintext == MESSAGE


async def test_a_context_for_an_asymmetric_side_of_a_reencryption(region: FakeRegion) -> None:
    rsa, symmetric = await rsa_key(region), await region.create_key()
    with pytest.raises(ValidationFailed) as refusal:
        await region.ask(
            "ReEncrypt",
            CiphertextBlob=await encrypted(region, rsa),
            SourceKeyId=rsa,
            SourceEncryptionAlgorithm="RSAES_OAEP_SHA_256",
            SourceEncryptionContext=CONTEXT,
            DestinationKeyId=symmetric,
        )
    assert refusal.value.message == NO_CONTEXT


async def test_dry_runs(region: FakeRegion) -> None:
    key_id, symmetric = await rsa_key(region), await region.create_key()
    blob = await encrypted(region, key_id)
    source = {"SourceKeyId": key_id, "SourceEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "DestinationKeyId": symmetric}
    for operation, parameters in (
        ("Decrypt", {"KeyId": key_id, "CiphertextBlob": blob, "DryRun": True, **OAEP_256}),
        ("Decrypt", {"KeyId": key_id, **OAEP_256, **IGNORING}),
        ("ReEncrypt", {**source, "CiphertextBlob": blob, "DryRun": True}),
        ("ReEncrypt", {**source, **IGNORING}),
    ):
        with pytest.raises(DryRunSucceeded):
            await region.ask(operation, **parameters)


async def test_material_that_has_not_arrived_fails_every_dry_run(region: FakeRegion) -> None:
    key_id, symmetric = await rsa_key(region), await region.create_key()
    region.lose_material(key_id)
    source = {"SourceKeyId": key_id, "SourceEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "DestinationKeyId": symmetric}
    for operation, parameters in (("Decrypt", {"KeyId": key_id, **OAEP_256}), ("ReEncrypt", source)):
        with pytest.raises(KeyUnavailable):
            await region.ask(operation, **parameters, **IGNORING)
