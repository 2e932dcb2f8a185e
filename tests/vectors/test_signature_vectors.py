"""Signatures that NIST, the RFCs and the authors of the algorithms have published, through the product's functions."""

import hashlib
from collections import Counter
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from shared.crypto.edwards import EdwardsKey
from shared.crypto.elliptic import CURVES, EllipticPublicKey
from shared.crypto.key_material import imported_material, open_key
from shared.crypto.ml_dsa import MlDsaKey
from shared.crypto.opened_key import DIGEST, EXTERNAL_MU, RAW, SigningKey
from shared.crypto.rsa import SIZES, RsaPublicKey
from shared.errors import InvalidKeySignature
from shared.secrets import Secret
from tests.vectors import published_signatures
from tests.vectors.published import Signed
from tests.vectors.published_signatures import DIGEST_LENGTHS, NIST_CURVES
from tests.vectors.response_file import SECTION, Block, cases
from tests.vectors.sources import SIGNED, require_packages

RSA_SPECS = {size: spec for spec, size in SIZES.items()}


def takes(key: EllipticPublicKey | RsaPublicKey, algorithm: str, block: Block, signature: bytes) -> bool:
    """Whether the signature is taken, the same for the message and for its digest."""
    message = bytes.fromhex(block["Msg"])
    digest = hashlib.new("sha" + algorithm.rpartition("_")[2], message).digest()
    taken = set()
    for message_type, content in ((RAW, message), (DIGEST, digest)):
        try:
            key.verify(algorithm, message_type, content, signature)
            taken.add(True)
        except InvalidKeySignature:
            taken.add(False)
    assert len(taken) == 1
    return taken.pop()


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("ECDSA/FIPS_186-3/SigGen.rsp", {"P-256": 15, "P-384": 15, "P-521": 15}),
        ("ECDSA/FIPS_186-3/SigVer.rsp", {"P-256": 15, "P-384": 15, "P-521": 15}),
        ("ECDSA/SECP256K1/SigGen.txt", {"K-256": 225}),
    ],
)
def test_nist_ecdsa(file: str, counts: dict[str, int]) -> None:
    tried: Counter[str] = Counter()
    for block in cases(f"asymmetric/{file}", "S"):
        if block[SECTION] in NIST_CURVES:
            spec, algorithm = NIST_CURVES[block[SECTION]]
            point = ec.EllipticCurvePublicNumbers(int(block["Qx"], 16), int(block["Qy"], 16), CURVES[spec])
            key = EllipticPublicKey(point.public_key())
            signature = encode_dss_signature(int(block["R"], 16), int(block["S"], 16))
            assert takes(key, algorithm, block, signature) is block.get("Result", "P").startswith("P")
            tried[block[SECTION].partition(",")[0]] += 1
    assert tried == counts


@pytest.mark.parametrize(
    ("file", "counts"),
    [("SigGen15_186-3.rsp", {2048: 30, 3072: 30, 4096: 30}), ("SigVer15_186-3.rsp", {2048: 54, 3072: 54, 4096: 54})],
)
def test_nist_rsa_pkcs1(file: str, counts: dict[int, int]) -> None:
    tried: Counter[int] = Counter()
    for block in cases(f"asymmetric/RSA/FIPS_186-2/{file}", "S"):
        size, algorithm = int(block[SECTION].removeprefix("mod = ")), rsa_algorithm(block)
        if size in RSA_SPECS and algorithm is not None:
            public = rsa.RSAPublicNumbers(int(block["e"], 16), int(block["n"], 16)).public_key()
            key, signature = RsaPublicKey(RSA_SPECS[size], public), bytes.fromhex(block["S"])
            assert takes(key, algorithm, block, signature) is block.get("Result", "P").startswith("P")
            tried[size] += 1
    assert tried == counts


@pytest.mark.parametrize("name", SIGNED)
def test_signatures_with_the_keys_imported(name: str) -> None:
    """A deterministic scheme gives the published bytes again."""
    require_packages(name)
    tried = 0
    for vector in SIGNED[name].read():
        key = imported(vector.spec, vector.private)
        assert key.public_bytes() == vector.public
        assert is_taken(key, vector) is vector.genuine
        signature = key.sign(vector.algorithm, RAW, vector.message)
        assert (signature == vector.signature) is vector.deterministic
        key.verify(vector.algorithm, RAW, vector.message, signature)
        tried += 1
    assert tried == SIGNED[name].vectors


@cache
def imported(spec: str, private: bytes) -> SigningKey:
    key = open_key(spec, imported_material(spec, private))
    assert isinstance(key, SigningKey)
    return key


def is_taken(key: SigningKey, vector: Signed) -> bool:
    try:
        key.verify(vector.algorithm, RAW, vector.message, vector.signature)
    except InvalidKeySignature:
        return False
    return True


def rsa_algorithm(block: Block) -> str | None:
    """None for a hash that AWS does not sign with."""
    name = block["SHAAlg"]
    return f"RSASSA_PKCS1_V1_5_SHA_{name[3:]}" if name in DIGEST_LENGTHS else None


def test_ed25519ph_of_rfc_8032() -> None:
    vector = published_signatures.rfc_8032_ed25519ph()
    key = imported(vector.spec, vector.private)
    assert isinstance(key, EdwardsKey)
    assert key.public_bytes() == vector.public
    assert key.sign_prehashed(vector.message) == vector.signature
    key.verify_prehashed(vector.message, vector.signature)


@pytest.mark.parametrize("size", [44, 65, 87])
def test_ml_dsa_known_answers(size: int) -> None:
    """Signatures made without randomness under a context, which mu takes in (FIPS 204, algorithms 2 and 7)."""
    tried = 0
    for block in cases(f"asymmetric/MLDSA/kat_MLDSA_{size}_det_pure.rsp", "ctx"):
        key = open_key(f"ML_DSA_{size}", Secret(bytes.fromhex(block["xi"])))
        assert isinstance(key, MlDsaKey)
        public, message, context = (bytes.fromhex(block[name]) for name in ("pk", "msg", "ctx"))
        assert key.public_bytes().endswith(public)
        signature = bytes.fromhex(block["sm"]).removesuffix(message)
        hashed = hashlib.shake_256(public).digest(64) + bytes((0, len(context))) + context + message
        key.verify("ML_DSA_SHAKE_256", EXTERNAL_MU, hashlib.shake_256(hashed).digest(64), signature)
        tried += 1
    assert tried == 100
