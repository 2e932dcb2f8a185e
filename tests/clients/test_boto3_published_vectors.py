"""Published vectors through the API: their keys are imported, and a region signs, verifies, decrypts, agrees and codes.

All vectors run through the product's own functions in `tests/vectors`; here those of the first keys of a source, as an
import takes some hundred milliseconds. `tests/vectors/coverage.py` says what cannot run here, and why.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from shared.crypto.edwards import EdwardsKey
from shared.crypto.key_material import imported_material, open_key
from tests.clients.test_boto3_signing import verifier
from tests.running import code_of
from tests.vectors import published_secrets, published_signatures, published_sm2
from tests.vectors.published import Agreed, Encrypted, Signed, of_keys
from tests.wrapping_client import bring

ALL: Final = 1_000_000
DETERMINISTIC: Final = ("RSASSA_PKCS1", "ED25519")
NO_SM2: Final = "SM2 WAS NOT TESTED: the packages of the extra sm2 are not installed"

SIGNED: Final[Mapping[str, tuple[Callable[[], Iterable[Signed]], int, int]]] = {
    "NIST RSA PKCS #1": (published_signatures.nist_rsa_pkcs1, ALL, 90),
    "NIST RSA PSS": (published_signatures.nist_rsa_pss, 4, 90),
    "NIST ECDSA": (published_signatures.nist_ecdsa, 5, 20),
    "RFC 6979 ECDSA": (published_signatures.rfc_6979_ecdsa, ALL, 6),
    "Ed25519": (published_signatures.ed25519_of_its_authors, 20, 19),
    "SM2": (lambda: published_sm2.SIGNED, ALL, 3),
}
"""Source -> its reader, the keys most of a key spec, and how many vectors that makes."""


@pytest.mark.parametrize("source", SIGNED)
def test_signatures(kms: Any, source: str) -> None:
    if source == "SM2":
        pytest.importorskip("gmssl_pyx", reason=NO_SM2)
    vectors, most, expected = SIGNED[source]
    tried = 0
    for group in of_keys(vectors(), most):
        key_id = bring(kms, group[0].spec, "SIGN_VERIFY", group[0].private)
        assert kms.get_public_key(KeyId=key_id)["PublicKey"] == group[0].public
        for vector in (vector for vector in group if vector.message):  # the API takes no empty message
            signs_and_verifies(kms, key_id, vector)
            tried += 1
    assert tried == expected


def signs_and_verifies(kms: Any, key_id: str, vector: Signed) -> None:
    request = {"KeyId": key_id, "SigningAlgorithm": vector.algorithm, "Message": vector.message}
    if vector.genuine:
        assert kms.verify(**request, Signature=vector.signature)["SignatureValid"] is True
    else:
        with pytest.raises(kms.exceptions.KMSInvalidSignatureException):
            kms.verify(**request, Signature=vector.signature)
    signature = kms.sign(**request)["Signature"]
    assert (signature == vector.signature) is vector.algorithm.startswith(DETERMINISTIC)
    if vector.algorithm != "SM2DSA":
        verifier(load_der_public_key(vector.public), vector.algorithm, vector.message)(signature)


def test_ed25519ph_of_rfc_8032(kms: Any) -> None:
    """Its message of 3 bytes is no digest: a region signs one as the function does that gives the signature of the RFC."""
    vector, digest = published_signatures.rfc_8032_ed25519ph(), hashlib.sha512(b"abc").digest()
    key_id = bring(kms, vector.spec, "SIGN_VERIFY", vector.private)
    assert kms.get_public_key(KeyId=key_id)["PublicKey"] == vector.public
    key = open_key(vector.spec, imported_material(vector.spec, vector.private))
    assert isinstance(key, EdwardsKey)
    assert key.sign_prehashed(vector.message) == vector.signature
    signed = kms.sign(KeyId=key_id, SigningAlgorithm=vector.algorithm, Message=digest, MessageType="DIGEST")
    assert signed["Signature"] == key.sign_prehashed(digest)


ENCRYPTED: Final[Mapping[str, tuple[Callable[[], Iterable[Encrypted]], int]]] = {
    "RSA-OAEP": (published_secrets.rsa_oaep, 66),
    "SM2": (lambda: published_sm2.ENCRYPTED, 2),
}


@pytest.mark.parametrize("source", ENCRYPTED)
def test_ciphertexts(kms: Any, source: str) -> None:
    if source == "SM2":
        pytest.importorskip("gmssl_pyx", reason=NO_SM2)
    vectors, expected = ENCRYPTED[source]
    tried = 0
    for group in of_keys(vectors(), ALL):
        key_id = bring(kms, group[0].spec, "ENCRYPT_DECRYPT", group[0].private)
        for vector in group:
            request = {"KeyId": key_id, "EncryptionAlgorithm": vector.algorithm, "CiphertextBlob": vector.ciphertext}
            assert kms.decrypt(**request)["Plaintext"] == vector.plaintext
            tried += 1
    assert tried == expected


AGREED: Final[Mapping[str, tuple[Callable[[], Iterable[Agreed]], int, int, int]]] = {
    "NIST ECDH": (published_secrets.nist_ecdh, 8, 17, 7),
    "SM2": (lambda: published_sm2.AGREED, ALL, 2, 0),
}
"""Source -> its reader, the keys most of a key spec, and how many agree and how many do not."""


@pytest.mark.parametrize("source", AGREED)
def test_agreements(kms: Any, source: str) -> None:
    if source == "SM2":
        pytest.importorskip("gmssl_pyx", reason=NO_SM2)
    vectors, most, *expected = AGREED[source]
    outcomes = []
    for (vector,) in of_keys(vectors(), most):
        key_id = bring(kms, vector.spec, "KEY_AGREEMENT", vector.private)
        assert agrees(kms, key_id, vector) is vector.genuine
        outcomes.append(vector.genuine)
    assert [outcomes.count(True), outcomes.count(False)] == expected


def agrees(kms: Any, key_id: str, vector: Agreed) -> bool:
    try:
        answer = kms.derive_shared_secret(KeyId=key_id, KeyAgreementAlgorithm="ECDH", PublicKey=vector.peer)
    except kms.exceptions.ClientError as refused:
        if code_of(refused) != "ValidationException":
            raise
        return False
    return bool(answer["SharedSecret"] == vector.secret)


def test_codes_of_rfc_4231(kms: Any) -> None:
    """Its keys are shorter or longer than those that are imported, which HMAC makes up for (RFC 2104, section 2)."""
    tried = 0
    for group in of_keys(published_secrets.rfc_4231(), ALL):
        key_id = bring(kms, group[0].spec, "GENERATE_VERIFY_MAC", equal_key(group[0].spec, group[0].private))
        for vector in group:
            request = {"KeyId": key_id, "MacAlgorithm": vector.algorithm, "Message": vector.message}
            assert kms.generate_mac(**request)["Mac"] == vector.code
            assert kms.verify_mac(**request, Mac=vector.code)["MacValid"] is True
            tried += 1
    assert tried == 24


def equal_key(spec: str, key: bytes) -> bytes:
    """A key of the length of the hash's block, under which HMAC gives the same: hashed if longer, then padded."""
    bits = int(spec.removeprefix("HMAC_"))
    block = 64 if bits <= 256 else 128
    return (hashlib.new(f"sha{bits}", key).digest() if len(key) > block else key).ljust(block, b"\0")
