"""Wycheproof's cases that give a secret: RSA-OAEP, ECDH, HMAC and ML-KEM."""

from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import derive_private_key

from shared.crypto.elliptic import CURVES, EllipticKey
from shared.crypto.key_material import imported_material, open_key
from shared.crypto.mac import HmacKey
from shared.crypto.opened_key import EncapsulationKey
from shared.crypto.private_key_info import private_der
from shared.crypto.rsa import SIZES, RsaKey
from shared.errors import InvalidCiphertext, InvalidMac, ValidationFailed
from shared.secrets import Secret
from tests.vectors.wycheproof.outcome import NOT_OFFERED, TRIED, Document, expected_of

OAEP = {"SHA-1": "RSAES_OAEP_SHA_1", "SHA-256": "RSAES_OAEP_SHA_256"}
RSA_SPECS = {size: spec for spec, size in SIZES.items()}
CURVE_SPECS = {curve.name: spec for spec, curve in CURVES.items()}


def rsa_oaep(group: Document, case: Document) -> str:
    """Imported as a client imports. AWS's label is empty: a ciphertext under another is refused."""
    offered = oaep_of(group)
    if offered is None:
        return NOT_OFFERED
    spec, algorithm = offered
    key, ciphertext = _rsa(spec, group["privateKeyPkcs8"]), bytes.fromhex(case["ct"])
    if case["result"] == "invalid" or case["label"]:
        with pytest.raises(InvalidCiphertext, match=r"^$"):
            key.decrypt(algorithm, ciphertext)
    else:
        assert key.decrypt(algorithm, ciphertext).hex() == case["msg"]
    return TRIED


def oaep_of(group: Document) -> tuple[str, str] | None:
    """Key spec and algorithm; None for what AWS does not offer."""
    if group["keySize"] not in RSA_SPECS or group["sha"] not in OAEP or group["mgfSha"] != group["sha"]:
        return None
    return RSA_SPECS[group["keySize"]], OAEP[group["sha"]]


def ecdh(group: Document, case: Document) -> str:
    key, expected = _elliptic(CURVE_SPECS[group["curve"]], case["private"]), expected_of(case)
    try:
        derived = key.derive(bytes.fromhex(case["public"])).reveal()
    except ValidationFailed:
        assert expected is not True, f"refused: {case}"
    else:
        assert expected is not False, f"taken: {case}"
        assert derived.hex() == case["shared"]
    return TRIED


def hmac(group: Document, case: Document) -> str:
    """AWS's codes are whole: of a truncated one, generation is tried, and verification refuses it."""
    bits, key = group["algorithm"].removeprefix("HMACSHA"), HmacKey(Secret(bytes.fromhex(case["key"])))
    algorithm, message, mac = f"HMAC_SHA_{bits}", bytes.fromhex(case["msg"]), bytes.fromhex(case["tag"])
    matches = key.generate_mac(algorithm, message)[: group["tagSize"] // 8] == mac
    assert matches is expected_of(case)
    if matches and group["tagSize"] == int(bits):
        key.verify_mac(algorithm, message, mac)
    else:
        with pytest.raises(InvalidMac):
            key.verify_mac(algorithm, message, mac)
    return TRIED


def ml_kem(group: Document, case: Document) -> str:
    spec, seed = group["parameterSet"].replace("-", "_"), Secret(bytes.fromhex(case["seed"]))
    if len(seed.reveal()) != 64:
        assert case["result"] == "invalid"
        with pytest.raises(ValueError, match=r"."):
            open_key(spec, seed)
        return TRIED
    key = open_key(spec, seed)
    assert isinstance(key, EncapsulationKey)
    assert key.public_bytes().hex().endswith(case["ek"])
    if "c" in case:
        _decapsulate(key, case)
    return TRIED


def _decapsulate(key: EncapsulationKey, case: Document) -> None:
    ciphertext = bytes.fromhex(case["c"])
    if case["result"] == "invalid":
        with pytest.raises(InvalidCiphertext, match=r"^$"):
            key.decapsulate(ciphertext)
    else:
        assert key.decapsulate(ciphertext).reveal().hex() == case["K"]


@cache
def _rsa(spec: str, pkcs8: str) -> RsaKey:
    key = open_key(spec, imported_material(spec, bytes.fromhex(pkcs8)))
    assert isinstance(key, RsaKey)
    return key


@cache
def _elliptic(spec: str, scalar: str) -> EllipticKey:
    private = private_der(derive_private_key(int(scalar, 16), CURVES[spec]))
    key = open_key(spec, imported_material(spec, private.reveal()))
    assert isinstance(key, EllipticKey)
    return key
