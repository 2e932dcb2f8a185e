"""Unmodified boto3 for a recipient: a region whose operator trusts the test's own root."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.cli.regions_directory import prepare
from services.cli.topology import Topology
from services.region_node.settings import AttestationSettings, write_node_settings
from tests.nitro.enclave import Enclave
from tests.running import Running, code_of, free_port

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the command openssl is not installed")

REGION = "us-east-1"


@pytest.fixture(scope="module")
def enclave() -> Enclave:
    return Enclave(now_ms())


@pytest.fixture(scope="module")
def attesting(tmp_path_factory: pytest.TempPathFactory, enclave: Enclave) -> Iterator[Any]:
    """A client of a region made beforehand, with the enclave's root beside its settings."""
    directory, port = tmp_path_factory.mktemp("recipients") / "keytide", free_port()
    (node,) = prepare(Topology((REGION,), directory, port, workers=1, kafka=False), now_ms())
    (node.directory / "root.pem").write_bytes(enclave.root.pem)
    write_node_settings(replace(node, attestation=AttestationSettings((Path("root.pem"),))))
    run = Running(directory, (REGION,), port=port)
    try:
        yield run.ready().client(REGION)
    finally:
        run.close()


def test_what_an_enclave_asks_for_only_it_can_read(attesting: Any, enclave: Enclave, tmp_path: Path) -> None:
    key_id = attesting.create_key()["KeyMetadata"]["KeyId"]
    made = attesting.generate_data_key(KeyId=key_id, KeySpec="AES_256", Recipient=recipient(enclave))
    assert "Plaintext" not in made
    assert "KeyMaterialId" not in made
    opened = attesting.decrypt(CiphertextBlob=made["CiphertextBlob"], Recipient=recipient(enclave))
    assert "Plaintext" not in opened
    data_key = enclave.open(made["CiphertextForRecipient"], tmp_path)
    assert data_key == enclave.open(opened["CiphertextForRecipient"], tmp_path)
    assert data_key == attesting.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"]


def test_random_bytes_reach_only_the_enclave(attesting: Any, enclave: Enclave, tmp_path: Path) -> None:
    answer = attesting.generate_random(NumberOfBytes=1024, Recipient=recipient(enclave))
    assert "Plaintext" not in answer
    assert len(enclave.open(answer["CiphertextForRecipient"], tmp_path)) == 1024


def test_a_stranger_and_a_latecomer_are_refused(attesting: Any, enclave: Enclave) -> None:
    stranger, late = recipient(Enclave(now_ms())), recipient(enclave, now_ms() - 360_000)
    for given, reason in ((stranger, "do not begin at a trusted root"), (late, "more than 300 seconds from now")):
        with pytest.raises(ClientError, match=f"The attestation document is invalid: .* {reason}") as refused:
            attesting.generate_random(NumberOfBytes=1, Recipient=given)
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
