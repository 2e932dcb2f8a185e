"""Unmodified boto3 for a recipient: a region whose operator trusts the test's own root."""

import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.nitro.enclave import Enclave
from tests.running import code_of

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the command openssl is not installed")


def test_what_an_enclave_asks_for_only_it_can_read(configured: Any, enclave: Enclave, tmp_path: Path) -> None:
    key_id = configured.create_key()["KeyMetadata"]["KeyId"]
    made = configured.generate_data_key(KeyId=key_id, KeySpec="AES_256", Recipient=recipient(enclave))
    assert "Plaintext" not in made
    assert "KeyMaterialId" not in made
    opened = configured.decrypt(CiphertextBlob=made["CiphertextBlob"], Recipient=recipient(enclave))
    assert "Plaintext" not in opened
    data_key = enclave.open(made["CiphertextForRecipient"], tmp_path)
    assert data_key == enclave.open(opened["CiphertextForRecipient"], tmp_path)
    assert data_key == configured.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"]


def test_random_bytes_reach_only_the_enclave(configured: Any, enclave: Enclave, tmp_path: Path) -> None:
    answer = configured.generate_random(NumberOfBytes=1024, Recipient=recipient(enclave))
    assert "Plaintext" not in answer
    assert len(enclave.open(answer["CiphertextForRecipient"], tmp_path)) == 1024


def test_a_stranger_and_a_latecomer_are_refused(configured: Any, enclave: Enclave) -> None:
    stranger, late = recipient(Enclave(now_ms())), recipient(enclave, now_ms() - 360_000)
    for given, reason in ((stranger, "do not begin at a trusted root"), (late, "more than 300 seconds from now")):
        with pytest.raises(ClientError, match=f"The attestation document is invalid: .* {reason}") as refused:
            configured.generate_random(NumberOfBytes=1, Recipient=given)
        assert code_of(refused.value) == "ValidationException"


def test_a_region_without_trusted_roots_says_so(kms: Any, enclave: Enclave) -> None:
    with pytest.raises(ClientError, match="has named no root certificate") as refused:
        kms.generate_random(NumberOfBytes=1, Recipient=recipient(enclave))
    assert code_of(refused.value) == "UnsupportedOperationException"


def recipient(enclave: Enclave, made_at: int | None = None) -> dict[str, Any]:
    document = enclave.document(now=now_ms() if made_at is None else made_at)
    return {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": document}


def now_ms() -> int:
    return time.time_ns() // 1_000_000
