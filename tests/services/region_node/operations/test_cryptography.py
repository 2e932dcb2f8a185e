"""Encrypt, Decrypt, ReEncrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom."""

import base64
from typing import Any

import pytest

from shared.errors import (
    AccessDenied,
    DryRunSucceeded,
    IncorrectKey,
    InvalidCiphertext,
    InvalidKeyState,
    InvalidKeyUsage,
    KeyDisabled,
    KeytideError,
    KeyUnavailable,
    ValidationFailed,
)
from shared.key_stores.errors import KeyStoreNotFound
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT, FakeRegion, arn

CONTEXT = {"purpose": "test"}
UNKNOWN_KEY = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, "
    "or you are not allowed to access."
)
DRY_RUN = "The request would have succeeded, but the DryRun option is set."
INCORRECT_KEY = "The key ID in the request does not identify a CMK that can perform this operation."


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


async def encrypted(region: FakeRegion, key_id: str, plaintext: bytes = b"secret", **parameters: Any) -> str:
    answer = await region.ask("Encrypt", KeyId=key_id, Plaintext=encoded(plaintext), **parameters)
    return encoded(answer.ciphertext_blob)


async def material_id(region: FakeRegion, key_id: str) -> str:
    return str((await region.ask("DescribeKey", KeyId=key_id)).key_metadata.current_key_material_id)


async def test_what_was_encrypted_is_decrypted(region: FakeRegion) -> None:
    key_id = await region.create_key()
    answer = await region.ask("Encrypt", KeyId=key_id, Plaintext=encoded(b"x" * 32), EncryptionContext=CONTEXT)
    assert (answer.key_id, answer.encryption_algorithm) == (arn(key_id), "SYMMETRIC_DEFAULT")
    assert len(answer.ciphertext_blob) == 184
    blob = encoded(answer.ciphertext_blob)
    for named in ({}, {"KeyId": key_id}, {"KeyId": arn(key_id)}):
        opened = await region.ask("Decrypt", CiphertextBlob=blob, EncryptionContext=CONTEXT, **named)
        assert opened == (arn(key_id), b"x" * 32, "SYMMETRIC_DEFAULT", None, await material_id(region, key_id))


async def test_an_alias_names_the_key(region: FakeRegion) -> None:
    key_id = await region.create_key()
    await region.ask("CreateAlias", AliasName="alias/x", TargetKeyId=key_id)
    blob = await encrypted(region, "alias/x")
    assert (await region.ask("Decrypt", CiphertextBlob=blob, KeyId="alias/x")).plaintext == b"secret"


@pytest.mark.parametrize("context", [{}, {"Purpose": "test"}, {"purpose": "test", "more": ""}])
async def test_another_context_does_not_open(region: FakeRegion, context: dict[str, str]) -> None:
    blob = await encrypted(region, await region.create_key(), EncryptionContext=CONTEXT)
    with pytest.raises(InvalidCiphertext) as refusal:
        await region.ask("Decrypt", CiphertextBlob=blob, EncryptionContext=context)
    assert refusal.value.message == ""


@pytest.mark.parametrize("blob", [b"x", b"x" * 200, b"\0" * 6144])
async def test_what_is_no_blob(region: FakeRegion, blob: bytes) -> None:
    with pytest.raises(InvalidCiphertext):
        await region.ask("Decrypt", CiphertextBlob=encoded(blob))


async def test_a_wrong_key_named(region: FakeRegion) -> None:
    blob = await encrypted(region, await region.create_key())
    other = await region.create_key()
    for operation, parameters in (
        ("Decrypt", {"KeyId": other}),
        ("ReEncrypt", {"SourceKeyId": other, "DestinationKeyId": other}),
    ):
        with pytest.raises(IncorrectKey) as refusal:
            await region.ask(operation, CiphertextBlob=blob, **parameters)
        assert refusal.value.message == INCORRECT_KEY


async def test_a_key_of_another_usage(region: FakeRegion) -> None:
    key_id = await region.create_key()
    blob = await encrypted(region, key_id)
    region.alter(key_id, spec="RSA_2048", usage="SIGN_VERIFY")
    with pytest.raises(InvalidKeyUsage) as refusal:
        await encrypted(region, key_id)
    assert refusal.value.message == f"{arn(key_id)} key usage is SIGN_VERIFY which is not valid for Encrypt."
    with pytest.raises(IncorrectKey):
        await region.ask("Decrypt", CiphertextBlob=blob, KeyId=key_id)


async def test_an_algorithm_that_the_key_lacks(region: FakeRegion) -> None:
    key_id = await region.create_key()
    blob = await encrypted(region, key_id)
    text = "Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT."
    with pytest.raises(InvalidKeyUsage) as refusal:
        await encrypted(region, key_id, EncryptionAlgorithm="RSAES_OAEP_SHA_1")
    assert refusal.value.message == text
    with pytest.raises(InvalidKeyUsage) as refusal:
        await region.ask("Decrypt", CiphertextBlob=blob, KeyId=key_id, EncryptionAlgorithm="RSAES_OAEP_SHA_1")
    assert refusal.value.message == text
    with pytest.raises(ValidationFailed):
        await region.ask("Decrypt", CiphertextBlob=blob, EncryptionAlgorithm="RSAES_OAEP_SHA_1")


async def test_a_blob_that_names_a_key_out_of_reach(region: FakeRegion) -> None:
    stranger = FakeRegion()
    blob = await encrypted(stranger, await stranger.create_key())
    with pytest.raises(AccessDenied) as refusal:
        await region.ask("Decrypt", CiphertextBlob=blob)
    assert refusal.value.message == UNKNOWN_KEY
    with pytest.raises(AccessDenied) as refusal:
        await stranger.ask("Decrypt", OTHER_ACCOUNT, CiphertextBlob=blob)
    assert refusal.value.message == UNKNOWN_KEY


async def test_a_blob_under_material_that_the_key_never_had(region: FakeRegion) -> None:
    key_id = await region.create_key()
    blob = await encrypted(region, key_id)
    key = region.view.key(ACCOUNT, key_id)
    assert key is not None
    region.alter(key_id, materials=(key.materials[0]._replace(material_id="00" * 32),))
    with pytest.raises(InvalidCiphertext):
        await region.ask("Decrypt", CiphertextBlob=blob)
    with pytest.raises(InvalidCiphertext):
        await region.ask("Decrypt", CiphertextBlob=blob, KeyId=key_id)


async def test_older_material_still_decrypts(region: FakeRegion) -> None:
    key_id, other = await region.create_key(), await region.create_key()
    blob, first = await encrypted(region, key_id), await material_id(region, key_id)
    old, new = region.view.key(ACCOUNT, key_id), region.view.key(ACCOUNT, other)
    assert old is not None
    assert new is not None
    fresh = new.materials[0]
    secret = region.vault.open_material(new, fresh)
    wrapped = region.vault.wrap_material(ACCOUNT, key_id, fresh.material_id, secret)
    region.alter(key_id, materials=(*old.materials, fresh._replace(wrapped=wrapped)))
    assert (await region.ask("Decrypt", CiphertextBlob=blob)).key_material_id == first
    answer = await region.ask("GenerateDataKey", KeyId=key_id, KeySpec="AES_256")
    assert answer.key_material_id == fresh.material_id


USES: dict[str, dict[str, Any]] = {
    "Encrypt": {"Plaintext": encoded(b"x")},
    "GenerateDataKey": {"KeySpec": "AES_256"},
    "GenerateDataKeyWithoutPlaintext": {"NumberOfBytes": 24},
}


@pytest.mark.parametrize("operation", USES)
@pytest.mark.parametrize(
    ("state", "error", "text"),
    [("Disabled", KeyDisabled, "is disabled."), ("PendingDeletion", InvalidKeyState, "is pending deletion.")],
)
async def test_states_in_which_a_key_is_not_used(
    region: FakeRegion, operation: str, state: str, error: type[KeytideError], text: str
) -> None:
    key_id = await region.create_key()
    blob = await encrypted(region, key_id)
    region.alter(key_id, state=state)
    for name, parameters in (
        (operation, {"KeyId": key_id, **USES[operation]}),
        (operation, {"KeyId": key_id, "DryRun": True, **USES[operation]}),
        ("Decrypt", {"CiphertextBlob": blob}),
        ("Decrypt", {"CiphertextBlob": blob, "KeyId": key_id}),
        ("ReEncrypt", {"CiphertextBlob": blob, "DestinationKeyId": key_id}),
    ):
        with pytest.raises(error) as refusal:
            await region.ask(name, **parameters)
        assert refusal.value.message == f"{arn(key_id)} {text}"


async def test_material_that_has_not_arrived(region: FakeRegion) -> None:
    key_id = await region.create_key()
    region.lose_material(key_id)
    with pytest.raises(KeyUnavailable):
        await encrypted(region, key_id)
    with pytest.raises(KeyUnavailable):
        await encrypted(region, key_id, DryRun=True)


async def test_reencrypting_between_keys_and_contexts(region: FakeRegion) -> None:
    source, destination = await region.create_key(), await region.create_key()
    blob = await encrypted(region, source, EncryptionContext=CONTEXT)
    answer = await region.ask(
        "ReEncrypt",
        CiphertextBlob=blob,
        SourceEncryptionContext=CONTEXT,
        DestinationKeyId=destination,
        DestinationEncryptionContext={"now": "other"},
    )
    assert answer[1:] == (
        arn(source),
        arn(destination),
        "SYMMETRIC_DEFAULT",
        "SYMMETRIC_DEFAULT",
        await material_id(region, source),
        await material_id(region, destination),
    )
    opened = await region.ask(
        "Decrypt", CiphertextBlob=encoded(answer.ciphertext_blob), EncryptionContext={"now": "other"}
    )
    assert (opened.key_id, opened.plaintext) == (arn(destination), b"secret")


@pytest.mark.parametrize(
    ("parameters", "length"),
    [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 1024}, 1024)],
)
async def test_data_keys(region: FakeRegion, parameters: dict[str, Any], length: int) -> None:
    key_id = await region.create_key()
    answer = await region.ask("GenerateDataKey", KeyId=key_id, EncryptionContext=CONTEXT, **parameters)
    blob = encoded(answer.ciphertext_blob)
    opened = await region.ask("Decrypt", CiphertextBlob=blob, EncryptionContext=CONTEXT)
    assert opened.plaintext == answer.plaintext
    assert len(answer.plaintext) == length
    assert (answer.key_id, answer.key_material_id) == (arn(key_id), opened.key_material_id)
    without = await region.ask("GenerateDataKeyWithoutPlaintext", KeyId=key_id, **parameters)
    opened = await region.ask("Decrypt", CiphertextBlob=encoded(without.ciphertext_blob))
    assert len(opened.plaintext) == length


@pytest.mark.parametrize("parameters", [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}])
@pytest.mark.parametrize("operation", ["GenerateDataKey", "GenerateDataKeyWithoutPlaintext"])
async def test_a_data_key_has_exactly_one_length(
    region: FakeRegion, operation: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        await region.ask(operation, KeyId=await region.create_key(), **parameters)
    assert refusal.value.message == "Please specify either number of bytes or key spec."


async def test_dry_runs(region: FakeRegion) -> None:
    key_id = await region.create_key()
    blob = await encrypted(region, key_id)
    ignoring = {"DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    for operation, parameters in (
        *((operation, {"KeyId": key_id, **parameters}) for operation, parameters in USES.items()),
        ("Decrypt", {"CiphertextBlob": blob}),
        ("Decrypt", {"KeyId": key_id, **ignoring}),
        ("Decrypt", {"KeyId": key_id, "CiphertextBlob": encoded(b"junk"), **ignoring}),
        ("ReEncrypt", {"CiphertextBlob": blob, "DestinationKeyId": key_id}),
        ("ReEncrypt", {"SourceKeyId": key_id, "DestinationKeyId": key_id, **ignoring}),
    ):
        with pytest.raises(DryRunSucceeded) as answer:
            await region.ask(operation, DryRun=True, **parameters)
        assert answer.value.message == DRY_RUN
    with pytest.raises(InvalidCiphertext):
        await region.ask("Decrypt", DryRun=True, CiphertextBlob=blob, EncryptionContext=CONTEXT)


@pytest.mark.parametrize(
    ("operation", "parameters", "path"),
    [
        ("Decrypt", {}, "ciphertextBlob"),
        ("Decrypt", {"DryRun": True}, "ciphertextBlob"),
        ("Decrypt", {"DryRunModifiers": ["IGNORE_CIPHERTEXT"]}, "ciphertextBlob"),
        ("Decrypt", {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}, "keyId"),
        ("ReEncrypt", {"DestinationKeyId": "alias/x"}, "ciphertextBlob"),
        (
            "ReEncrypt",
            {"DestinationKeyId": "alias/x", "DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]},
            "sourceKeyId",
        ),
    ],
)
async def test_members_that_are_required_by_others(
    region: FakeRegion, operation: str, parameters: dict[str, Any], path: str
) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        await region.ask(operation, **parameters)
    assert refusal.value.message == (
        f"1 validation error detected: Value null at '{path}' failed to satisfy constraint: Member must not be null"
    )


async def test_the_context_has_a_limit_in_bytes(region: FakeRegion) -> None:
    key_id = await region.create_key()
    assert await encrypted(region, key_id, EncryptionContext={"k": "v" * 8191})
    with pytest.raises(ValidationFailed) as refusal:
        await encrypted(region, key_id, EncryptionContext={"k": "\u00e9" * 4096})
    assert refusal.value.message == "The encryption context is longer than 8192 bytes."


async def test_random_bytes(region: FakeRegion) -> None:
    answers = [await region.ask("GenerateRandom", NumberOfBytes=1024) for _ in range(2)]
    assert [len(answer.plaintext) for answer in answers] == [1024, 1024]
    assert answers[0] != answers[1]


@pytest.mark.parametrize(
    ("parameters", "error", "text"),
    [
        ({}, ValidationFailed, "NumberOfBytes is required."),
        (
            {"NumberOfBytes": 1, "CustomKeyStoreId": "cks-1"},
            KeyStoreNotFound,
            "Custom key store cks-1 does not exist.",
        ),
        (
            {"NumberOfBytes": 1025},
            ValidationFailed,
            "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: "
            "Member must have value less than or equal to 1024",
        ),
    ],
)
async def test_what_generate_random_refuses(
    region: FakeRegion, parameters: dict[str, Any], error: type[KeytideError], text: str
) -> None:
    with pytest.raises(error) as refusal:
        await region.ask("GenerateRandom", **parameters)
    assert refusal.value.message == text
