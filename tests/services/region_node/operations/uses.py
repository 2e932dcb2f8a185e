"""The table of operations that use an asymmetric, HMAC or KEM key, with a request that each of them grants."""

import base64
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.services.region_node.operations.fake_region import FakeRegion

MESSAGE = b"attack at dawn"


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


PEER = ec.generate_private_key(ec.SECP256R1())
PEER_PUBLIC = PEER.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


_needs_sm2 = pytest.mark.skipif(find_spec("gmssl_pyx") is None, reason="SM2 needs the packages of the extra sm2")


def with_sm2_if_installed(rows: Iterable[tuple[str, ...]]) -> list[Any]:
    """The rows of a parametrized test; those of SM2 are skipped where its packages are missing."""
    return [pytest.param(*row, marks=[_needs_sm2] if "SM2" in row else []) for row in rows]


class Use(NamedTuple):
    """`asked`: the request without its key. `filled`: the member that another operation's answer fills in.

    `other_algorithm`: one that the operation knows and the key spec does not.
    """

    spec: str
    usage: str
    asked: Mapping[str, Any]
    algorithm: tuple[str, str]
    other_algorithm: str | None = None
    filled: tuple[str, str, Callable[[Any], bytes]] | None = None


_SIGNING = ("SigningAlgorithm", "ECDSA_SHA_256")
_MAC = ("MacAlgorithm", "HMAC_SHA_256")
_KEM = ("EncapsulationAlgorithm", "ML_KEM")
_OAEP = ("EncryptionAlgorithm", "RSAES_OAEP_SHA_256")
_TEXT = {"Message": encoded(MESSAGE)}

USES: Mapping[str, Use] = {
    "Sign": Use("ECC_NIST_P256", "SIGN_VERIFY", _TEXT, _SIGNING, "ECDSA_SHA_384"),
    "Verify": Use(
        "ECC_NIST_P256",
        "SIGN_VERIFY",
        _TEXT,
        _SIGNING,
        "RSASSA_PSS_SHA_256",
        ("Signature", "Sign", lambda answer: answer.signature),
    ),
    "GenerateMac": Use("HMAC_256", "GENERATE_VERIFY_MAC", _TEXT, _MAC, "HMAC_SHA_512"),
    "VerifyMac": Use(
        "HMAC_256",
        "GENERATE_VERIFY_MAC",
        _TEXT,
        _MAC,
        "HMAC_SHA_224",
        ("Mac", "GenerateMac", lambda answer: answer.mac),
    ),
    "DeriveSharedSecret": Use(
        "ECC_NIST_P256", "KEY_AGREEMENT", {"PublicKey": encoded(PEER_PUBLIC)}, ("KeyAgreementAlgorithm", "ECDH")
    ),
    "Encapsulate": Use("ML_KEM_768", "ENCAPSULATE_DECAPSULATE", {}, _KEM),
    "Decapsulate": Use(
        "ML_KEM_768",
        "ENCAPSULATE_DECAPSULATE",
        {},
        _KEM,
        None,
        ("SharedSecretCiphertextBlob", "Encapsulate", lambda answer: answer.shared_secret_ciphertext_blob),
    ),
    "Encrypt": Use("RSA_2048", "ENCRYPT_DECRYPT", {"Plaintext": encoded(MESSAGE)}, _OAEP, "SM2PKE"),
}


async def key_for(region: FakeRegion, operation: str, **parameters: Any) -> str:
    use = USES[operation]
    return await region.create_key(KeySpec=use.spec, KeyUsage=use.usage, **parameters)


async def granted(region: FakeRegion, operation: str, key_id: str) -> dict[str, Any]:
    """The parameters of a request that the operation grants with the key."""
    use = USES[operation]
    parameters = {"KeyId": key_id, use.algorithm[0]: use.algorithm[1], **use.asked}
    if use.filled is not None:
        member, source, value = use.filled
        parameters[member] = encoded(value(await region.ask(source, **await granted(region, source, key_id))))
    return parameters


def refused(operation: str, key_id: str) -> dict[str, Any]:
    """The parameters of a request that is well formed, and refused before its bytes are looked at."""
    use = USES[operation]
    filled = {} if use.filled is None else {use.filled[0]: encoded(b"x")}
    return {"KeyId": key_id, use.algorithm[0]: use.algorithm[1], **use.asked, **filled}
