"""Unmodified boto3: what the client's own copy of an imported key signs and authenticates, a region verifies."""

import hmac
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.clients.test_boto3_signing import rsa_scheme
from tests.wrapping_client import bring

MESSAGE = b"attack at dawn"


class Brought:
    """A private key of the client: how it is made and how it signs."""

    def __init__(self, make: Callable[[], Any], sign: Callable[[Any, str], bytes], *algorithms: str) -> None:
        self.make, self.sign, self.algorithms = make, sign, algorithms


def elliptic(curve: ec.EllipticCurve, digest: Any, algorithm: str) -> Brought:
    return Brought(
        lambda: ec.generate_private_key(curve), lambda private, _: private.sign(MESSAGE, ec.ECDSA(digest)), algorithm
    )


BROUGHT: Mapping[str, Brought] = {
    "RSA_2048": Brought(
        lambda: rsa.generate_private_key(65537, 2048),
        lambda private, algorithm: private.sign(MESSAGE, *rsa_scheme(algorithm)),
        "RSASSA_PKCS1_V1_5_SHA_256",
        "RSASSA_PKCS1_V1_5_SHA_512",
        "RSASSA_PSS_SHA_256",
        "RSASSA_PSS_SHA_384",
    ),
    "ECC_NIST_P256": elliptic(ec.SECP256R1(), SHA256(), "ECDSA_SHA_256"),
    "ECC_NIST_P384": elliptic(ec.SECP384R1(), SHA384(), "ECDSA_SHA_384"),
    "ECC_NIST_P521": elliptic(ec.SECP521R1(), SHA512(), "ECDSA_SHA_512"),
    "ECC_SECG_P256K1": elliptic(ec.SECP256K1(), SHA256(), "ECDSA_SHA_256"),
    "ECC_NIST_EDWARDS25519": Brought(
        ed25519.Ed25519PrivateKey.generate, lambda private, _: private.sign(MESSAGE), "ED25519_SHA_512"
    ),
}


@pytest.mark.parametrize("spec", BROUGHT)
def test_what_is_signed_outside_is_verified(kms: Any, spec: str) -> None:
    brought = BROUGHT[spec]
    private = brought.make()
    encoded = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key_id = bring(kms, spec, "SIGN_VERIFY", encoded)
    for algorithm in brought.algorithms:
        signature = brought.sign(private, algorithm)
        asked = {"KeyId": key_id, "SigningAlgorithm": algorithm, "Signature": signature}
        assert kms.verify(**asked, Message=MESSAGE)["SignatureValid"] is True
        with pytest.raises(kms.exceptions.KMSInvalidSignatureException):
            kms.verify(**asked, Message=b"retreat")


def test_what_is_authenticated_outside_is_verified(kms: Any) -> None:
    secret = bytes(range(64))
    key_id = bring(kms, "HMAC_512", "GENERATE_VERIFY_MAC", secret)
    asked = {"KeyId": key_id, "MacAlgorithm": "HMAC_SHA_512", "Mac": hmac.digest(secret, MESSAGE, "sha512")}
    assert kms.verify_mac(**asked, Message=MESSAGE)["MacValid"] is True
    with pytest.raises(kms.exceptions.KMSInvalidMacException):
        kms.verify_mac(**asked, Message=b"retreat")
