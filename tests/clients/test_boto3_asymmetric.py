"""Unmodified boto3: encryption, agreement and encapsulation with asymmetric keys, and data key pairs."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from shared.crypto.key_pairs import SPECS
from tests.clients.families import Families, every
from tests.running import code_of

MESSAGE = b"attack at dawn"
SPKI = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(("spec", "algorithm"), every("ENCRYPT_DECRYPT"))
def test_what_one_region_encrypts_the_other_decrypts(families: Families, spec: str, algorithm: str) -> None:
    family = families.of(spec, "ENCRYPT_DECRYPT")
    named = {"KeyId": family.key_id, "EncryptionAlgorithm": algorithm}
    for sender, receiver in ((family.here, family.there), (family.there, family.here)):
        sealed = sender.encrypt(**named, Plaintext=MESSAGE)
        opened = receiver.decrypt(**named, CiphertextBlob=sealed["CiphertextBlob"])
        assert (opened["Plaintext"], opened["EncryptionAlgorithm"]) == (MESSAGE, algorithm)
        assert "KeyMaterialId" not in opened


@pytest.mark.parametrize(
    ("spec", "algorithm"), [row for row in every("ENCRYPT_DECRYPT") if row.values[0].startswith("RSA")]
)
def test_what_is_encrypted_outside_is_decrypted(families: Families, spec: str, algorithm: str) -> None:
    family = families.of(spec, "ENCRYPT_DECRYPT")
    public = load_der_public_key(family.here.get_public_key(KeyId=family.key_id)["PublicKey"])
    assert isinstance(public, rsa.RSAPublicKey)
    digest = hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256()  # noqa: S303 - AWS has it
    blob = public.encrypt(MESSAGE, padding.OAEP(padding.MGF1(digest), digest, None))
    opened = family.there.decrypt(KeyId=family.key_id, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
    assert opened["Plaintext"] == MESSAGE


def test_reencryption_leads_from_symmetric_to_asymmetric_keys_and_back(families: Families, kms: Any) -> None:
    family = families.of("RSA_2048", "ENCRYPT_DECRYPT")
    symmetric = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=symmetric, Plaintext=MESSAGE)["CiphertextBlob"]
    algorithm = "RSAES_OAEP_SHA_256"
    there = kms.re_encrypt(
        CiphertextBlob=blob, DestinationKeyId=family.key_id, DestinationEncryptionAlgorithm=algorithm
    )
    assert "DestinationKeyMaterialId" not in there
    back = kms.re_encrypt(
        CiphertextBlob=there["CiphertextBlob"],
        SourceKeyId=family.key_id,
        SourceEncryptionAlgorithm=algorithm,
        DestinationKeyId=symmetric,
    )
    assert kms.decrypt(CiphertextBlob=back["CiphertextBlob"])["Plaintext"] == MESSAGE


def test_what_an_asymmetric_key_does_not_take(families: Families) -> None:
    family = families.of("RSA_2048", "ENCRYPT_DECRYPT")
    kms, algorithm = family.here, "RSAES_OAEP_SHA_1"
    blob = kms.encrypt(KeyId=family.key_id, Plaintext=MESSAGE, EncryptionAlgorithm=algorithm)["CiphertextBlob"]
    with pytest.raises(kms.exceptions.InvalidKeyUsageException, match="Algorithm SYMMETRIC_DEFAULT is incompatible"):
        kms.encrypt(KeyId=family.key_id, Plaintext=MESSAGE)
    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(KeyId=family.key_id, CiphertextBlob=blob)
    for parameters, text in (
        ({"Plaintext": bytes(215)}, "cannot encrypt data larger than 214 bytes"),
        ({"Plaintext": b"-", "EncryptionContext": {"a": "b"}}, "EncryptionContext is not supported"),
    ):
        with pytest.raises(ClientError, match=text) as refused:
            kms.encrypt(KeyId=family.key_id, EncryptionAlgorithm=algorithm, **parameters)
        assert code_of(refused.value) == "ValidationException"


@pytest.mark.parametrize(("spec", "algorithm"), every("KEY_AGREEMENT"))
def test_both_regions_and_the_peer_derive_one_secret(families: Families, spec: str, algorithm: str) -> None:
    family = families.of(spec, "KEY_AGREEMENT")
    shown = family.here.get_public_key(KeyId=family.key_id)
    assert shown["KeyAgreementAlgorithms"] == [algorithm]
    # pyca/cryptography has no SM2: that key agrees with itself, in two regions.
    public, secret = (shown["PublicKey"], None) if spec == "SM2" else agreed(shown["PublicKey"])
    named = {"KeyId": family.key_id, "KeyAgreementAlgorithm": algorithm, "PublicKey": public}
    here, there = family.here.derive_shared_secret(**named), family.there.derive_shared_secret(**named)
    assert here["SharedSecret"] == there["SharedSecret"]
    assert secret in (None, here["SharedSecret"])
    assert here["KeyOrigin"] == "AWS_KMS"


def agreed(public: bytes) -> tuple[bytes, bytes]:
    """A fresh peer's public key, and the secret that it derives."""
    other = load_der_public_key(public)
    assert isinstance(other, ec.EllipticCurvePublicKey)
    peer = ec.generate_private_key(other.curve)
    return peer.public_key().public_bytes(*SPKI), peer.exchange(ec.ECDH(), other)


def test_a_public_key_that_is_none_is_a_validation_exception_without_words(families: Families) -> None:
    family = families.of("ECC_NIST_P256", "KEY_AGREEMENT")
    with pytest.raises(ClientError) as refused:
        family.here.derive_shared_secret(KeyId=family.key_id, KeyAgreementAlgorithm="ECDH", PublicKey=b"junk")
    assert code_of(refused.value) == "ValidationException"
    assert refused.value.response["Error"]["Message"] == ""


@pytest.mark.parametrize(("spec", "algorithm"), every("ENCAPSULATE_DECAPSULATE"))
def test_what_one_region_encapsulates_the_other_decapsulates(families: Families, spec: str, algorithm: str) -> None:
    family = families.of(spec, "ENCAPSULATE_DECAPSULATE")
    named = {"KeyId": family.key_id, "EncapsulationAlgorithm": algorithm}
    made = family.here.encapsulate(**named)
    blob = made["SharedSecretCiphertextBlob"]
    opened = family.there.decapsulate(**named, SharedSecretCiphertextBlob=blob)
    assert (opened["SharedSecret"], len(opened["SharedSecret"])) == (made["SharedSecret"], 32)
    with pytest.raises(family.there.exceptions.InvalidCiphertextException):
        family.there.decapsulate(**named, SharedSecretCiphertextBlob=blob[:-1])


@pytest.mark.parametrize("spec", ["ML_KEM_768", "ML_KEM_1024"])
def test_what_is_encapsulated_outside_is_decapsulated(families: Families, spec: str) -> None:
    family = families.of(spec, "ENCAPSULATE_DECAPSULATE")
    public: Any = load_der_public_key(family.there.get_public_key(KeyId=family.key_id)["PublicKey"])
    secret, blob = public.encapsulate()
    named = {"KeyId": family.key_id, "EncapsulationAlgorithm": "ML_KEM"}
    assert family.here.decapsulate(**named, SharedSecretCiphertextBlob=blob)["SharedSecret"] == secret


@pytest.mark.parametrize("spec", sorted(SPECS - {"SM2", "ML_KEM_512"}))
def test_data_key_pairs_belong_together(kms: Any, symmetric: str, spec: str) -> None:
    context = {"purpose": "test"}
    pair = kms.generate_data_key_pair(KeyId=symmetric, KeyPairSpec=spec, EncryptionContext=context)
    private: Any = load_der_private_key(pair["PrivateKeyPlaintext"], None)
    assert private.public_key().public_bytes(*SPKI) == pair["PublicKey"]
    opened = kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"], EncryptionContext=context)
    assert (opened["Plaintext"], opened["KeyMaterialId"]) == (pair["PrivateKeyPlaintext"], pair["KeyMaterialId"])
    hidden = kms.generate_data_key_pair_without_plaintext(KeyId=symmetric, KeyPairSpec=spec)
    assert "PrivateKeyPlaintext" not in hidden
    private = load_der_private_key(kms.decrypt(CiphertextBlob=hidden["PrivateKeyCiphertextBlob"])["Plaintext"], None)
    assert private.public_key().public_bytes(*SPKI) == hidden["PublicKey"]


@pytest.fixture(scope="module")
def symmetric(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["KeyId"])
