"""Unmodified boto3: encryption, decryption, data keys and randomness."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.running import code_of

CONTEXT = {"tenant": "blue", "purpose": "test"}


@pytest.fixture(scope="module")
def key_arn(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])


@pytest.fixture(scope="module")
def other_arn(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])


def test_what_was_encrypted_is_decrypted(kms: Any, key_arn: str) -> None:
    encrypted = kms.encrypt(KeyId=key_arn, Plaintext=b"x" * 4096, EncryptionContext=CONTEXT)
    assert (encrypted["KeyId"], encrypted["EncryptionAlgorithm"]) == (key_arn, "SYMMETRIC_DEFAULT")
    context = dict(reversed(CONTEXT.items()))
    decrypted = kms.decrypt(CiphertextBlob=encrypted["CiphertextBlob"], EncryptionContext=context)
    assert (decrypted["Plaintext"], decrypted["KeyId"]) == (b"x" * 4096, key_arn)
    assert decrypted["KeyMaterialId"] == kms.describe_key(KeyId=key_arn)["KeyMetadata"]["CurrentKeyMaterialId"]


def test_32_bytes_encrypt_to_184(kms: Any, key_arn: str) -> None:
    assert len(kms.encrypt(KeyId=key_arn, Plaintext=bytes(32))["CiphertextBlob"]) == 184


def test_a_blob_does_not_open_under_another_context_or_when_changed(kms: Any, key_arn: str) -> None:
    blob = kms.encrypt(KeyId=key_arn, Plaintext=b"-", EncryptionContext=CONTEXT)["CiphertextBlob"]
    flipped = blob[:-1] + bytes([blob[-1] ^ 1])
    wrong: list[dict[str, Any]] = [
        {"CiphertextBlob": blob},
        {"CiphertextBlob": blob, "EncryptionContext": {**CONTEXT, "tenant": "Blue"}},
        {"CiphertextBlob": flipped, "EncryptionContext": CONTEXT},
        {"CiphertextBlob": blob[:40], "EncryptionContext": CONTEXT},
        {"CiphertextBlob": b"no blob at all", "EncryptionContext": CONTEXT},
    ]
    for parameters in wrong:
        with pytest.raises(kms.exceptions.InvalidCiphertextException):
            kms.decrypt(**parameters)


def test_decrypting_under_another_key_is_refused(kms: Any, key_arn: str, other_arn: str) -> None:
    blob = kms.encrypt(KeyId=key_arn, Plaintext=b"-")["CiphertextBlob"]
    with pytest.raises(kms.exceptions.IncorrectKeyException):
        kms.decrypt(CiphertextBlob=blob, KeyId=other_arn)


def test_a_blob_of_a_single_region_key_is_nobodys_elsewhere(kms: Any, elsewhere: Any, key_arn: str) -> None:
    blob = kms.encrypt(KeyId=key_arn, Plaintext=b"-")["CiphertextBlob"]
    with pytest.raises(ClientError, match="The ciphertext refers to a customer master key that does not") as refused:
        elsewhere.decrypt(CiphertextBlob=blob)
    assert code_of(refused.value) == "AccessDeniedException"


def test_reencryption_moves_a_blob_to_another_key_and_context(kms: Any, key_arn: str, other_arn: str) -> None:
    blob = kms.encrypt(KeyId=key_arn, Plaintext=b"moved", EncryptionContext=CONTEXT)["CiphertextBlob"]
    moved = kms.re_encrypt(
        CiphertextBlob=blob,
        SourceEncryptionContext=CONTEXT,
        DestinationKeyId=other_arn,
        DestinationEncryptionContext={"new": "context"},
    )
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key_arn, other_arn)
    decrypted = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"new": "context"})
    assert decrypted["Plaintext"] == b"moved"


@pytest.mark.parametrize(
    ("size", "length"), [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 100}, 100)]
)
def test_data_keys_come_plain_and_encrypted(kms: Any, key_arn: str, size: dict[str, Any], length: int) -> None:
    made = kms.generate_data_key(KeyId=key_arn, EncryptionContext=CONTEXT, **size)
    assert len(made["Plaintext"]) == length
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert opened["Plaintext"] == made["Plaintext"]
    hidden = kms.generate_data_key_without_plaintext(KeyId=key_arn, **size)
    assert "Plaintext" not in hidden
    assert len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == length


def test_randomness_is_as_long_as_asked_for(kms: Any) -> None:
    first, second = (kms.generate_random(NumberOfBytes=1024)["Plaintext"] for _ in range(2))
    assert len(first) == len(second) == 1024
    assert first != second


def test_a_dry_run_says_what_would_have_happened(kms: Any, key_arn: str, other_arn: str) -> None:
    blob = kms.encrypt(KeyId=key_arn, Plaintext=b"-")["CiphertextBlob"]
    calls: list[Callable[[], object]] = [
        lambda: kms.encrypt(KeyId=key_arn, Plaintext=b"-", DryRun=True),
        lambda: kms.decrypt(CiphertextBlob=blob, DryRun=True),
        lambda: kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other_arn, DryRun=True),
        lambda: kms.generate_data_key(KeyId=key_arn, KeySpec="AES_256", DryRun=True),
        lambda: kms.generate_data_key_without_plaintext(KeyId=key_arn, KeySpec="AES_256", DryRun=True),
    ]
    for call in calls:
        with pytest.raises(kms.exceptions.DryRunOperationException, match="would have succeeded"):
            call()
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.encrypt(KeyId="00000000-0000-4000-8000-000000000000", Plaintext=b"-", DryRun=True)


@pytest.mark.parametrize("plaintext", [b"", bytes(4097)])
def test_too_little_and_too_much_are_refused(kms: Any, key_arn: str, plaintext: bytes) -> None:
    with pytest.raises(ClientError, match="plaintext") as refused:
        kms._make_api_call("Encrypt", {"KeyId": key_arn, "Plaintext": plaintext})
    assert code_of(refused.value) == "ValidationException"
