"""Signatures that NIST, the RFCs and the authors of the algorithms have published, through the product's functions."""

import hashlib
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from shared.crypto.edwards import EdwardsKey
from shared.crypto.elliptic import CURVES, EllipticKey, EllipticPublicKey
from shared.crypto.key_material import imported_material, open_key
from shared.crypto.ml_dsa import MlDsaKey
from shared.crypto.opened_key import DIGEST, EXTERNAL_MU, RAW, SigningKey
from shared.crypto.private_key_info import private_der
from shared.crypto.rsa import SIZES, RsaPublicKey
from shared.errors import InvalidKeySignature
from shared.secrets import Secret
from tests.vectors.response_file import SECTION, Block, cases, text

RSA_SPECS = {size: spec for spec, size in SIZES.items()}
NIST_CURVES = {
    "P-256,SHA-256": ("ECC_NIST_P256", "ECDSA_SHA_256"),
    "P-384,SHA-384": ("ECC_NIST_P384", "ECDSA_SHA_384"),
    "P-521,SHA-512": ("ECC_NIST_P521", "ECDSA_SHA_512"),
    "K-256,SHA-256": ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
}
"""The pairs that AWS has; the files hold other curves, and other hashes for these, too."""

LEAST_EXPONENT = 65537


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


def test_nist_rsa_pkcs1_signed_again_with_the_key_imported() -> None:
    """The scheme is deterministic. Left out are exponents below 65537, which are not imported, and greater sizes."""
    tried = 0
    for block in cases("asymmetric/RSA/FIPS_186-2/SigVer15_186-3.rsp", "S"):
        algorithm, exponent = rsa_algorithm(block), int(block["e"], 16)
        wanted = block[SECTION] == "mod = 2048" and block["Result"] == "P" and exponent >= LEAST_EXPONENT
        if wanted and algorithm is not None:
            signature = imported_rsa(block, exponent).sign(algorithm, RAW, bytes.fromhex(block["Msg"]))
            assert signature == bytes.fromhex(block["S"])
            tried += 1
    assert tried == 3


def rsa_algorithm(block: Block) -> str | None:
    """None for a hash that AWS does not sign with."""
    name = block["SHAAlg"]
    return f"RSASSA_PKCS1_V1_5_SHA_{name[3:]}" if name in ("SHA256", "SHA384", "SHA512") else None


def imported_rsa(block: Block, e: int) -> SigningKey:
    p, q, d = (int(block[name], 16) for name in "pqd")
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    private = rsa.RSAPrivateNumbers(p, q, d, *crt, rsa.RSAPublicNumbers(e, p * q)).private_key()
    key = open_key("RSA_2048", imported_material("RSA_2048", private_der(private).reveal()))
    assert isinstance(key, SigningKey)
    return key


def test_rfc_6979_ecdsa_with_the_keys_imported() -> None:
    """RFC 6979, appendix A.2: the nonces differ from ours, so its signatures are verified."""
    file = text("asymmetric/ECDSA/RFC6979/evppkey_ecdsa_rfc6979.txt")
    names = {"P-256_PRIV": "P-256,SHA-256", "P-384_PRIV": "P-384,SHA-384", "P-521_PRIV": "P-521,SHA-512"}
    tried: Counter[str] = Counter()
    for name, encoded in re.findall(r"PrivateKey=(\S+)\n-----BEGIN.*\n((?:.*\n)*?)-----END", file):
        if name in names:
            spec, algorithm = NIST_CURVES[names[name]]
            key = open_key(spec, imported_material(spec, b64decode(encoded)))
            assert isinstance(key, EllipticKey)
            for message, signature in signed_with(file, name, algorithm):
                key.verify(algorithm, RAW, message, signature)
                tried[name] += 1
    assert tried == dict.fromkeys(names, 2)


def signed_with(file: str, name: str, algorithm: str) -> Iterator[tuple[bytes, bytes]]:
    digest = algorithm.removeprefix("ECDSA_").replace("_", "")
    pattern = rf'DigestSign = {digest}\nKey = {name}\nNonceType = deterministic\nInput = "(\w+)"\nOutput = (\w+)'
    for message, signature in re.findall(pattern, file):
        yield message.encode(), bytes.fromhex(signature)


def test_ed25519_of_its_authors() -> None:
    """The file `sign.input` of ed25519.cr.yp.to, with the cases of RFC 8032 section 7.1 among them."""
    lines = text("asymmetric/Ed25519/sign.input").split()
    for line in lines:
        seed, _public, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
        key = EdwardsKey(Secret(seed[:32]))
        assert key.public_bytes().endswith(seed[32:])
        signature = key.sign("ED25519_SHA_512", RAW, message)
        assert signature + message == signed
        key.verify("ED25519_SHA_512", RAW, message, signature)
    assert len(lines) == 1024


def test_ed25519ph_of_rfc_8032() -> None:
    """RFC 8032, section 7.3."""
    key = EdwardsKey(Secret(bytes.fromhex("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42")))
    signature = bytes.fromhex(
        "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
    )
    assert key.public_bytes().hex().endswith("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf")
    assert key.sign_prehashed(b"abc") == signature
    key.verify_prehashed(b"abc", signature)


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
