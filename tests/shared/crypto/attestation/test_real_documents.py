"""Documents that AWS signed, under AWS's own root.

Sources: the enclave's document is a fixture of capeprivacy/cape-js, made in us-east-1 on 15 September 2022. The
NitroTPM's was published as a test fixture on GitHub, made in us-west-2 on 13 August 2026. The root is "AWS Nitro
Enclaves Root G1"; its fingerprint stands in the user guide of AWS Nitro Enclaves, "Verifying the root of trust". The
first carries 32 bytes as its public key, the second a key on P-256: neither could be a recipient of KMS.
"""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate

from shared.crypto.attestation.certification_path import require_anchor
from shared.crypto.attestation.model import Rules, Source
from shared.crypto.attestation.verification import attested
from shared.errors import ValidationFailed

VECTORS = Path(__file__).parents[3] / "vectors"
ROOT = load_pem_x509_certificate((VECTORS / "aws_nitro_root_g1.pem").read_bytes())
RULES = Rules((ROOT,), 300_000)

ENCLAVE_TIME, TPM_TIME = 1_663_263_808_848, 1_786_642_608_432


def document(name: str) -> bytes:
    return base64.b64decode((VECTORS / f"{name}.base64").read_text())


def test_the_root_is_the_published_one_and_may_be_an_anchor() -> None:
    published = "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b"
    assert ROOT.fingerprint(SHA256()).hex() == published
    require_anchor(ROOT)


def test_an_enclaves_document_is_verified() -> None:
    attestation = attested(document("nitro_enclave_document"), RULES, ENCLAVE_TIME)
    assert (attestation.source, attestation.module_id) == (Source.ENCLAVE, "i-0697c9729fa547b20-enc0183422ede9a5dc8")
    assert sorted(attestation.pcrs) == list(range(16))
    assert attestation.image_digest == attestation.pcrs[0]
    assert attestation.pcrs[0].startswith("ea4212ee889ba1b4")
    assert len(attestation.public_key or b"") == 32


def test_a_nitro_tpms_document_is_verified() -> None:
    attestation = attested(document("nitro_tpm_document"), RULES, TPM_TIME)
    assert (attestation.source, attestation.module_id) == (Source.NITRO_TPM, "i-000fa553dad58a9f1-tpm0000000000000000")
    assert sorted(attestation.pcrs) == list(range(24))
    assert attestation.pcrs[7].startswith("98441c7f7625d100")
    assert len(attestation.public_key or b"") == 91


@pytest.mark.parametrize(("name", "made"), [("nitro_enclave_document", ENCLAVE_TIME), ("nitro_tpm_document", TPM_TIME)])
def test_it_holds_five_minutes_and_its_certificate_over_three_hours(name: str, made: int) -> None:
    over_three_hours = 3 * 3_600_000 + 60_000
    with pytest.raises(ValidationFailed, match="more than 300 seconds"):
        attested(document(name), RULES, made + 300_001)
    with pytest.raises(ValidationFailed, match="not valid now"):
        attested(document(name), RULES, made + over_three_hours)
