"""Wycheproof's cases of RSA, ECDSA, Ed25519 and ML-DSA signatures."""

from collections.abc import Mapping
from functools import cache
from typing import Protocol

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey, MLDSA65PublicKey, MLDSA87PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from shared.crypto.edwards import EdwardsPublicKey
from shared.crypto.elliptic import EllipticPublicKey
from shared.crypto.key_material import imported_material, open_key
from shared.crypto.ml_dsa import MlDsaKey, MlDsaPublicKey
from shared.crypto.opened_key import EXTERNAL_MU, RAW
from shared.crypto.rsa import SIZES, RsaPublicKey
from shared.errors import InvalidKeySignature, UnsupportedOperation
from shared.secrets import Secret
from tests.vectors.wycheproof.outcome import CONTEXT, EXPANDED, NOT_OFFERED, TRIED, Document, expected_of

RSA_SPECS = {size: spec for spec, size in SIZES.items()}
PSS_SALTS = {"SHA-256": 32, "SHA-384": 48, "SHA-512": 64}
ML_DSA_PUBLIC: Mapping[int, type[MLDSA44PublicKey | MLDSA65PublicKey | MLDSA87PublicKey]] = {
    1312: MLDSA44PublicKey,
    1952: MLDSA65PublicKey,
    2592: MLDSA87PublicKey,
}
ML_DSA_SPECS = {1312: "ML_DSA_44", 1952: "ML_DSA_65", 2592: "ML_DSA_87"}
ML_DSA = "ML_DSA_SHAKE_256"


def rsa_pkcs1(group: Document, case: Document) -> str:
    _verify(_rsa(group["publicKeyDer"]), f"RSASSA_PKCS1_V1_5_{_hash(group)}", case, expected_of(case))
    return TRIED


def rsa_pss(group: Document, case: Document) -> str:
    """By AWS's rule a salt of another length than the hash, or another mask, is refused, though Wycheproof takes it."""
    if group["keySize"] not in RSA_SPECS or group["sha"] not in PSS_SALTS:
        return NOT_OFFERED
    expected = expected_of(case)
    if (group["mgfSha"], group["sLen"]) != (group["sha"], PSS_SALTS[group["sha"]]):
        expected = False if expected else None
    _verify(_rsa(group["publicKeyDer"]), f"RSASSA_PSS_{_hash(group)}", case, expected)
    return TRIED


def ecdsa(group: Document, case: Document) -> str:
    _verify(_elliptic(group["publicKeyDer"]), f"ECDSA_{_hash(group)}", case, expected_of(case))
    return TRIED


def ed25519(group: Document, case: Document) -> str:
    key = EdwardsPublicKey(bytes.fromhex(group["publicKey"]["pk"]))
    _verify(key, "ED25519_SHA_512", case, expected_of(case))
    return TRIED


def ml_dsa_verify(group: Document, case: Document) -> str:
    """A signature under a context is one of another message: AWS's context is empty."""
    public = bytes.fromhex(group["publicKey"])
    if len(public) not in ML_DSA_PUBLIC:
        assert case["result"] == "invalid"
        return TRIED
    _verify(_ml_dsa(public), ML_DSA, case, expected_of(case) and not case.get("ctx"))
    return TRIED


def ml_dsa_seed(group: Document, case: Document) -> str:
    """AWS signs with fresh randomness: the given signature is verified, and so is one made here."""
    seed = Secret(bytes.fromhex(group["privateSeed"]))
    if "IncorrectPrivateKeyLength" in case["flags"]:
        for spec in ML_DSA_SPECS.values():
            with pytest.raises(ValueError, match=r"."):
                open_key(spec, seed)
        return TRIED
    spec = ML_DSA_SPECS[len(group["publicKey"]) // 2]
    key = open_key(spec, seed)
    assert isinstance(key, MlDsaKey)
    assert key.public_bytes().hex().endswith(group["publicKey"])
    if "privateKeyPkcs8" in group:
        with pytest.raises(UnsupportedOperation):
            imported_material(spec, bytes.fromhex(group["privateKeyPkcs8"]))
    return _ml_dsa_signed(key, case)


def ml_dsa_expanded(group: Document, case: Document) -> str:
    """The private key is of a form that Keytide never holds; the signatures are verified all the same."""
    if case["result"] == "invalid":
        return CONTEXT if case.get("ctx") else EXPANDED
    _ml_dsa_given(_ml_dsa(bytes.fromhex(group["publicKey"])), case)
    return TRIED


def _ml_dsa_signed(key: MlDsaKey, case: Document) -> str:
    if case["result"] == "invalid":
        return CONTEXT
    _ml_dsa_given(key, case)
    for message_type, message in ((EXTERNAL_MU, case.get("mu")), (RAW, case.get("msg"))):
        if message is not None:
            signature = key.sign(ML_DSA, message_type, bytes.fromhex(message))
            assert signature != bytes.fromhex(case["sig"])
            key.verify(ML_DSA, message_type, bytes.fromhex(message), signature)
    return TRIED


def _ml_dsa_given(key: MlDsaPublicKey, case: Document) -> None:
    if "mu" in case:
        key.verify(ML_DSA, EXTERNAL_MU, bytes.fromhex(case["mu"]), bytes.fromhex(case["sig"]))
    if "msg" in case:
        _verify(key, ML_DSA, case, not case.get("ctx"))


class _VerifyingKey(Protocol):
    def verify(self, algorithm: str, message_type: str, message: bytes, signature: bytes) -> None: ...


def _verify(key: _VerifyingKey, algorithm: str, case: Document, expected: bool | None) -> None:
    message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
    try:
        key.verify(algorithm, RAW, message, signature)
    except InvalidKeySignature:
        assert expected is not True, f"refused: {case}"
    else:
        assert expected is not False, f"taken: {case}"


def _hash(group: Document) -> str:
    return str(group["sha"]).replace("-", "_")


@cache
def _rsa(encoded: str) -> RsaPublicKey:
    public = load_der_public_key(bytes.fromhex(encoded))
    assert isinstance(public, RSAPublicKey)
    return RsaPublicKey(RSA_SPECS[public.key_size], public)


@cache
def _elliptic(encoded: str) -> EllipticPublicKey:
    public = load_der_public_key(bytes.fromhex(encoded))
    assert isinstance(public, EllipticCurvePublicKey)
    return EllipticPublicKey(public)


@cache
def _ml_dsa(public: bytes) -> MlDsaPublicKey:
    return MlDsaPublicKey(ML_DSA_SPECS[len(public)], ML_DSA_PUBLIC[len(public)].from_public_bytes(public))
