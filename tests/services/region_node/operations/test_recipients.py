"""Answers for recipients that prove what they are, of every operation that has them."""

import base64
import shutil
from pathlib import Path
from typing import Any

import pytest

from services.region_node.operations.recipients import Answer, answer_for, attested_recipient
from services.region_node.operations.types.common import RecipientInfo
from shared.crypto.attestation.model import Rules, Source
from shared.errors import DryRunSucceeded, KeytideError, NotFound, UnsupportedOperation, ValidationFailed
from tests.nitro import cbor_writer as cbor
from tests.nitro.enclave import IMAGE, MODULE_ID, Enclave
from tests.services.region_node.operations.fake_region import FakeRegion
from tests.services.region_node.operations.uses import USES, granted, key_for
from tests.shared.memory_view import MemoryView

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="the command openssl is not installed")

NOW = MemoryView("us-east-1").time
ENCLAVE = Enclave(NOW)
ALGORITHM = "RSAES_OAEP_SHA_256"
PLAINTEXTS = {
    "Decrypt": "plaintext",
    "DeriveSharedSecret": "shared_secret",
    "GenerateDataKey": "plaintext",
    "GenerateDataKeyPair": "private_key_plaintext",
    "GenerateRandom": "plaintext",
}
"""Operation -> what its answer does not tell where there is a recipient."""
OPERATIONS = tuple(PLAINTEXTS)
PREFIX = "The attestation document is invalid: "


@pytest.fixture
def trusting(region: FakeRegion) -> FakeRegion:
    """A region whose operator trusts the enclave's root."""
    region.attestation_rules = Rules((ENCLAVE.root.certificate,), 300_000)
    return region


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def recipient(document: bytes | None = None) -> dict[str, str]:
    attestation = ENCLAVE.document() if document is None else document
    return {"KeyEncryptionAlgorithm": ALGORITHM, "AttestationDocument": encoded(attestation)}


async def parameters(region: FakeRegion, operation: str) -> dict[str, Any]:
    """A request that succeeds, without its recipient."""
    if operation == "GenerateRandom":
        return {"NumberOfBytes": 24}
    if operation in USES:
        return await granted(region, operation, await key_for(region, operation))
    key_id = await region.create_key()
    if operation == "GenerateDataKey":
        return {"KeyId": key_id, "KeySpec": "AES_256"}
    if operation == "GenerateDataKeyPair":
        return {"KeyId": key_id, "KeyPairSpec": "ECC_NIST_P256"}
    sealed = await region.ask("Encrypt", KeyId=key_id, Plaintext=encoded(b"secret"))
    return {"CiphertextBlob": encoded(sealed.ciphertext_blob)}


@needs_openssl
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_only_the_recipient_reads_the_answer(trusting: FakeRegion, operation: str, tmp_path: Path) -> None:
    request = await parameters(trusting, operation)
    answer = await trusting.ask(operation, **request, Recipient=recipient())
    assert getattr(answer, PLAINTEXTS[operation]) is None
    assert getattr(answer, "key_material_id", None) is None
    opened = ENCLAVE.open(answer.ciphertext_for_recipient, tmp_path)
    if operation == "Decrypt":
        assert opened == b"secret"
    elif operation.startswith("GenerateDataKey"):
        (blob,) = (value for name, value in answer._asdict().items() if name.endswith("ciphertext_blob"))
        assert (await trusting.ask("Decrypt", CiphertextBlob=encoded(blob))).plaintext == opened
    elif operation == "DeriveSharedSecret":
        assert opened == (await trusting.ask(operation, **request)).shared_secret
    else:
        assert len(opened) == 24


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_without_a_recipient_the_answer_is_as_ever(trusting: FakeRegion, operation: str) -> None:
    answer = await trusting.ask(operation, **await parameters(trusting, operation))
    assert getattr(answer, PLAINTEXTS[operation]) is not None
    assert answer.ciphertext_for_recipient is None


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_without_a_trusted_root_the_operator_is_told_what_to_name(region: FakeRegion, operation: str) -> None:
    request = await parameters(region, operation)
    with pytest.raises(UnsupportedOperation, match=r"attestation\.trust_anchors in node\.json"):
        await region.ask(operation, **request, Recipient=recipient())


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "no document": (
        {"KeyEncryptionAlgorithm": ALGORITHM},
        "1 validation error detected: Value null at 'recipient.attestationDocument' failed to satisfy constraint: "
        "Member must not be null",
    ),
    "no algorithm": (
        {"AttestationDocument": encoded(ENCLAVE.document())},
        "1 validation error detected: Value null at 'recipient.keyEncryptionAlgorithm' failed to satisfy constraint: "
        "Member must not be null",
    ),
    "noise": (recipient(b"noise"), PREFIX + "it is no COSE_Sign1 message."),
    "an old document": (
        recipient(ENCLAVE.document(now=NOW - 300_001)),
        PREFIX + "its time is more than 300 seconds from now.",
    ),
    "a stranger's document": (
        recipient(Enclave(NOW).document()),
        PREFIX + "its certificates do not begin at a trusted root.",
    ),
    "no key": (recipient(ENCLAVE.document({"public_key": cbor.NULL})), PREFIX + "it has no public_key."),
    "a key that is not RSA": (
        recipient(ENCLAVE.document({"public_key": cbor.byte_string(b"key")})),
        PREFIX + "its public_key is no RSA key of 2048, 3072, 4096 bits in DER.",
    ),
}


@pytest.mark.parametrize(("given", "message"), REFUSED.values(), ids=list(REFUSED))
async def test_a_recipient_that_proves_nothing_is_refused(
    trusting: FakeRegion, given: dict[str, str], message: str
) -> None:
    for operation in OPERATIONS:
        request = await parameters(trusting, operation)
        with pytest.raises(ValidationFailed) as refusal:
            await trusting.ask(operation, **request, Recipient=given)
        assert refusal.value.message == message


PRECEDENCE: list[tuple[dict[str, Any], dict[str, str], type[KeytideError], str]] = [
    ({"KeyId": "", "KeySpec": "AES_256"}, recipient(b"noise"), ValidationFailed, "keyId"),
    ({"KeyId": "no-key", "KeySpec": "AES_256"}, recipient(b"noise"), ValidationFailed, "attestation document"),
    ({"KeyId": "no-key", "KeySpec": "AES_256"}, recipient(), NotFound, "no-key"),
]


@pytest.mark.parametrize(("request_members", "given", "error", "text"), PRECEDENCE)
async def test_the_document_comes_after_constraints_and_before_the_key(
    trusting: FakeRegion,
    request_members: dict[str, Any],
    given: dict[str, str],
    error: type[KeytideError],
    text: str,
) -> None:
    with pytest.raises(error, match=text):
        await trusting.ask("GenerateDataKey", **request_members, Recipient=given)


@pytest.mark.parametrize("operation", [operation for operation in OPERATIONS if operation != "GenerateRandom"])
async def test_a_dry_run_verifies_the_document_too(trusting: FakeRegion, operation: str) -> None:
    request = await parameters(trusting, operation)
    with pytest.raises(DryRunSucceeded):
        await trusting.ask(operation, **request, Recipient=recipient(), DryRun=True)
    with pytest.raises(ValidationFailed, match="attestation document"):
        await trusting.ask(operation, **request, Recipient=recipient(b"noise"), DryRun=True)


def test_what_was_proven_stands_in_the_call(trusting: FakeRegion) -> None:
    call = trusting.call()
    assert attested_recipient(call, RecipientInfo(ALGORITHM, ENCLAVE.document())) is not None
    assert call.attestation is not None
    assert (call.attestation.source, call.attestation.module_id) == (Source.ENCLAVE, MODULE_ID)
    assert call.attestation.image_digest == IMAGE.hex()


@pytest.mark.parametrize("document", [b"noise", ENCLAVE.document({"public_key": None})])
def test_a_recipient_that_is_refused_has_proven_nothing(trusting: FakeRegion, document: bytes) -> None:
    call = trusting.call()
    with pytest.raises(ValidationFailed):
        attested_recipient(call, RecipientInfo(ALGORITHM, document))
    assert call.attestation is None


def test_nobody_is_no_recipient(trusting: FakeRegion) -> None:
    call = trusting.call()
    assert attested_recipient(call, None) is None
    assert call.attestation is None
    assert answer_for(None, b"plaintext", "material") == Answer(b"plaintext", None, "material")
