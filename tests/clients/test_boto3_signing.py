"""Unmodified boto3: signatures and codes of every key spec and algorithm, here, elsewhere and outside."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.clients.families import Families, every
from tests.running import code_of

MESSAGE = b"attack at dawn"
DIGESTED = "ED25519_PH_SHA_512"
"""Takes a digest alone, and hashes it once more. Neither it nor SM2DSA is in pyca/cryptography."""
HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}


def asked(key_id: str, algorithm: str) -> dict[str, Any]:
    if algorithm == DIGESTED:
        message = {"Message": hashlib.sha512(MESSAGE).digest(), "MessageType": "DIGEST"}
    else:
        message = {"Message": MESSAGE}
    return {"KeyId": key_id, "SigningAlgorithm": algorithm, **message}


@pytest.mark.parametrize(("spec", "algorithm"), every("SIGN_VERIFY"))
def test_what_one_region_signs_the_other_verifies(families: Families, spec: str, algorithm: str) -> None:
    family = families.of(spec, "SIGN_VERIFY")
    parameters = asked(family.key_id, algorithm)
    for signer, verifier in ((family.here, family.there), (family.there, family.here)):
        signed = signer.sign(**parameters)
        assert (signed["SigningAlgorithm"], signed["KeyId"].endswith(family.key_id)) == (algorithm, True)
        verified = verifier.verify(**parameters, Signature=signed["Signature"])
        assert verified["SignatureValid"] is True
        altered = bytes([signed["Signature"][0] ^ 1]) + signed["Signature"][1:]
        with pytest.raises(verifier.exceptions.KMSInvalidSignatureException):
            verifier.verify(**parameters, Signature=altered)


@pytest.mark.parametrize(
    ("spec", "algorithm"), [row for row in every("SIGN_VERIFY") if row.values[1] not in ("SM2DSA", DIGESTED)]
)
def test_what_is_signed_verifies_outside_with_the_public_key(families: Families, spec: str, algorithm: str) -> None:
    family = families.of(spec, "SIGN_VERIFY")
    shown = family.there.get_public_key(KeyId=family.key_id)
    assert shown["PublicKey"] == family.here.get_public_key(KeyId=family.key_id)["PublicKey"]
    assert (shown["KeySpec"], shown["KeyUsage"], algorithm in shown["SigningAlgorithms"]) == (
        spec,
        "SIGN_VERIFY",
        True,
    )
    signature = family.here.sign(**asked(family.key_id, algorithm))["Signature"]
    verifier(load_der_public_key(shown["PublicKey"]), algorithm)(signature)


def verifier(public: Any, algorithm: str, message: bytes = MESSAGE) -> Callable[[bytes], None]:
    if isinstance(public, ec.EllipticCurvePublicKey):
        return lambda signature: public.verify(signature, message, ec.ECDSA(HASHES[algorithm[-3:]]))
    if isinstance(public, rsa.RSAPublicKey):
        scheme, digest = rsa_scheme(algorithm)
        return lambda signature: public.verify(signature, message, scheme, digest)
    known = (ed25519.Ed25519PublicKey, mldsa.MLDSA44PublicKey, mldsa.MLDSA65PublicKey, mldsa.MLDSA87PublicKey)
    assert isinstance(public, known)
    return lambda signature: public.verify(signature, message)


def rsa_scheme(algorithm: str) -> tuple[padding.AsymmetricPadding, hashes.HashAlgorithm]:
    digest = HASHES[algorithm[-3:]]
    if "PKCS1" in algorithm:
        return padding.PKCS1v15(), digest
    return padding.PSS(padding.MGF1(digest), digest.digest_size), digest


@pytest.mark.parametrize(("spec", "algorithm"), every("GENERATE_VERIFY_MAC"))
def test_what_one_region_authenticates_the_other_verifies(families: Families, spec: str, algorithm: str) -> None:
    family = families.of(spec, "GENERATE_VERIFY_MAC")
    parameters = {"KeyId": family.key_id, "MacAlgorithm": algorithm, "Message": MESSAGE}
    made = family.here.generate_mac(**parameters)
    assert len(made["Mac"]) * 8 == int(spec.removeprefix("HMAC_"))
    assert family.there.generate_mac(**parameters)["Mac"] == made["Mac"]
    assert family.there.verify_mac(**parameters, Mac=made["Mac"])["MacValid"] is True
    with pytest.raises(family.there.exceptions.KMSInvalidMacException):
        family.there.verify_mac(**parameters, Mac=made["Mac"][:-1] + b"\0\0")


def test_refusals_are_the_exceptions_of_boto3(families: Families) -> None:
    family = families.of("ECC_NIST_P256", "SIGN_VERIFY")
    kms, parameters = family.here, asked(family.key_id, "ECDSA_SHA_256")
    with pytest.raises(kms.exceptions.InvalidKeyUsageException, match="key usage is SIGN_VERIFY which is not valid"):
        kms.encrypt(KeyId=family.key_id, Plaintext=b"-")
    with pytest.raises(kms.exceptions.InvalidKeyUsageException, match="Algorithm ECDSA_SHA_384 is incompatible"):
        kms.sign(**{**parameters, "SigningAlgorithm": "ECDSA_SHA_384"})
    with pytest.raises(kms.exceptions.DryRunOperationException, match="would have succeeded"):
        kms.sign(**parameters, DryRun=True)
    with pytest.raises(ClientError, match="Digest is invalid length for algorithm ECDSA_SHA_256") as refused:
        kms.sign(**parameters, MessageType="DIGEST")
    assert code_of(refused.value) == "ValidationException"
    symmetric = kms.create_key()["KeyMetadata"]["KeyId"]
    with pytest.raises(kms.exceptions.UnsupportedOperationException):
        kms.get_public_key(KeyId=symmetric)
