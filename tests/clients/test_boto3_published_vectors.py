"""Published vectors through the API: their keys are imported, and a region signs, verifies, decrypts, agrees and codes.

All vectors run through the product's own functions in `tests/vectors`; here those of the first keys of a source, of
each key every fourth, and all of them in `make thorough`.
`tests/vectors/coverage.py` says what cannot run here, and why.
"""

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from shared.crypto.edwards import EdwardsKey
from shared.crypto.key_material import imported_material, open_key
from tests.clients.test_boto3_signing import verifier
from tests.running import code_of
from tests.thoroughness import often, thorough
from tests.vectors.published import Agreed, Signed, of_keys
from tests.vectors.published_signatures import rfc_8032_ed25519ph
from tests.vectors.sources import AGREED, CODED, ENCRYPTED, SIGNED, require_packages
from tests.wrapping_client import bring

EVERY = often(1, otherwise=4)
"""So far apart are the vectors of a key that run; its first is always among them."""


@thorough
@pytest.mark.parametrize("name", SIGNED)
def test_signatures(kms: Any, name: str) -> None:
    require_packages(name)
    known = 0
    for group in of_keys(SIGNED[name].read(), SIGNED[name].keys):
        key_id = bring(kms, group[0].spec, "SIGN_VERIFY", group[0].private)
        assert kms.get_public_key(KeyId=key_id)["PublicKey"] == group[0].public
        vectors = [vector for vector in group if vector.message]
        for vector in vectors[::EVERY]:
            signs_and_verifies(kms, key_id, vector)
        known += len(vectors)
    assert known == SIGNED[name].over_api


def signs_and_verifies(kms: Any, key_id: str, vector: Signed) -> None:
    request = {"KeyId": key_id, "SigningAlgorithm": vector.algorithm, "Message": vector.message}
    if vector.genuine:
        assert kms.verify(**request, Signature=vector.signature)["SignatureValid"] is True
    else:
        with pytest.raises(kms.exceptions.KMSInvalidSignatureException):
            kms.verify(**request, Signature=vector.signature)
    signature = kms.sign(**request)["Signature"]
    assert (signature == vector.signature) is vector.deterministic
    if vector.algorithm != "SM2DSA":
        verifier(load_der_public_key(vector.public), vector.algorithm, vector.message)(signature)


def test_ed25519ph_of_rfc_8032(kms: Any) -> None:
    """Its message is no digest, so a region signs another, as does the function that gives the signature of the RFC."""
    vector, digest = rfc_8032_ed25519ph(), hashlib.sha512(b"abc").digest()
    key_id = bring(kms, vector.spec, "SIGN_VERIFY", vector.private)
    assert kms.get_public_key(KeyId=key_id)["PublicKey"] == vector.public
    key = open_key(vector.spec, imported_material(vector.spec, vector.private))
    assert isinstance(key, EdwardsKey)
    assert key.sign_prehashed(vector.message) == vector.signature
    signed = kms.sign(KeyId=key_id, SigningAlgorithm=vector.algorithm, Message=digest, MessageType="DIGEST")
    assert signed["Signature"] == key.sign_prehashed(digest)


@thorough
@pytest.mark.parametrize("name", ENCRYPTED)
def test_ciphertexts(kms: Any, name: str) -> None:
    require_packages(name)
    known = 0
    for group in of_keys(ENCRYPTED[name].read(), ENCRYPTED[name].keys):
        key_id = bring(kms, group[0].spec, "ENCRYPT_DECRYPT", group[0].private)
        for vector in group[::EVERY]:
            request = {"KeyId": key_id, "EncryptionAlgorithm": vector.algorithm, "CiphertextBlob": vector.ciphertext}
            assert kms.decrypt(**request)["Plaintext"] == vector.plaintext
        known += len(group)
    assert known == ENCRYPTED[name].over_api


@thorough
@pytest.mark.parametrize("name", AGREED)
def test_agreements(kms: Any, name: str) -> None:
    require_packages(name)
    known = 0
    for group in of_keys(AGREED[name].read(), AGREED[name].keys):
        key_id = bring(kms, group[0].spec, "KEY_AGREEMENT", group[0].private)
        for vector in group[::EVERY]:
            assert agrees(kms, key_id, vector) is vector.genuine
        known += len(group)
    assert known == AGREED[name].over_api


def agrees(kms: Any, key_id: str, vector: Agreed) -> bool:
    try:
        answer = kms.derive_shared_secret(KeyId=key_id, KeyAgreementAlgorithm="ECDH", PublicKey=vector.peer)
    except kms.exceptions.ClientError as refused:
        if code_of(refused) != "ValidationException":
            raise
        return False
    return bool(answer["SharedSecret"] == vector.secret)


@thorough
@pytest.mark.parametrize("name", CODED)
def test_codes(kms: Any, name: str) -> None:
    known = 0
    for group in of_keys(CODED[name].read(), CODED[name].keys):
        key_id = bring(kms, group[0].spec, "GENERATE_VERIFY_MAC", equal_key(group[0].spec, group[0].private))
        for vector in group[::EVERY]:
            request = {"KeyId": key_id, "MacAlgorithm": vector.algorithm, "Message": vector.message}
            assert kms.generate_mac(**request)["Mac"] == vector.code
            assert kms.verify_mac(**request, Mac=vector.code)["MacValid"] is True
        known += len(group)
    assert known == CODED[name].over_api


def equal_key(spec: str, key: bytes) -> bytes:
    """A key that may be imported, and under which HMAC gives the same: hashed if longer than a block, then padded.

    Source: RFC 2104, section 2. Those of RFC 4231 are shorter or longer than those that AWS imports.
    """
    bits = int(spec.removeprefix("HMAC_"))
    block = 64 if bits <= 256 else 128
    return (hashlib.new(f"sha{bits}", key).digest() if len(key) > block else key).ljust(block, b"\0")
