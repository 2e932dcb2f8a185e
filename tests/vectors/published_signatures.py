"""Readers of the published signatures that come with their private keys: RSA, ECDSA and Ed25519."""

import re
from base64 import b64decode
from collections.abc import Iterator
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_private_key

from shared.crypto.elliptic import CURVES
from shared.crypto.private_key_info import private_der, public_der
from shared.crypto.rsa import SIZES
from tests.vectors.published import Signed
from tests.vectors.response_file import PYCRYPTODOME, SECTION, Block, cases, text

RSA_SPECS = {f"mod = {size}": spec for spec, size in SIZES.items()}
NIST_CURVES = {
    "P-256,SHA-256": ("ECC_NIST_P256", "ECDSA_SHA_256"),
    "P-384,SHA-384": ("ECC_NIST_P384", "ECDSA_SHA_384"),
    "P-521,SHA-512": ("ECC_NIST_P521", "ECDSA_SHA_512"),
    "K-256,SHA-256": ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
}
"""The pairs that AWS has; the files hold other curves, and other hashes for these, too."""

DIGEST_LENGTHS = {"SHA256": 32, "SHA384": 48, "SHA512": 64}
"""The hashes that AWS signs with under an RSA key; the files hold others."""

_RFC_6979 = {"P-256_PRIV": "P-256,SHA-256", "P-384_PRIV": "P-384,SHA-384", "P-521_PRIV": "P-521,SHA-512"}


def nist_rsa_pkcs1() -> Iterator[Signed]:
    """FIPS 186-2: ten messages a hash, under one key of each size."""
    for block in cases("asymmetric/RSA/FIPS_186-2/SigGen15_186-2.txt", "S"):
        if _is_offered(block):
            yield _rsa_signed(block, "PKCS1_V1_5", True)


def nist_rsa_pss() -> Iterator[Signed]:
    """FIPS 186-3. A signature whose salt is not as long as the hash is none by AWS's rule, whatever the file says.

    Left out are the signatures under a changed public exponent, to which there is no private key.
    """
    folder = "Signature/PKCS1-PSS"
    for file, last in ((f"{folder}/SigGenPSS_186-3.txt", "SaltVal"), (f"{folder}/SigVerPSS_186-3.rsp", "Result")):
        for block in cases(file, last, PYCRYPTODOME):
            if _is_offered(block) and "Public Key e changed" not in block.get("Result", ""):
                by_rule = len(block["SaltVal"]) // 2 == DIGEST_LENGTHS[block["SHAAlg"]]
                yield _rsa_signed(block, "PSS", by_rule and block.get("Result", "P").startswith("P"))


def nist_ecdsa() -> Iterator[Signed]:
    """FIPS 186-3, and the like for secp256k1: every message has a key of its own."""
    for file in ("FIPS_186-3/SigGen.txt", "SECP256K1/SigGen.txt"):
        for block in cases(f"asymmetric/ECDSA/{file}", "S"):
            if block[SECTION] in NIST_CURVES:
                yield _ecdsa_signed(block)


def rfc_6979_ecdsa() -> Iterator[Signed]:
    """RFC 6979, appendix A.2: two messages a curve. The nonces differ from ours, so the signatures do."""
    file = text("asymmetric/ECDSA/RFC6979/evppkey_ecdsa_rfc6979.txt")
    for name, encoded in re.findall(r"PrivateKey=(\S+)\n-----BEGIN.*\n((?:.*\n)*?)-----END", file):
        if name in _RFC_6979:
            spec, algorithm = NIST_CURVES[_RFC_6979[name]]
            private = b64decode(encoded)
            key = load_der_private_key(private, None)
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            for message, signature in _signed_with(file, name, algorithm):
                yield Signed(spec, private, public_der(key.public_key()), algorithm, message, signature)


def ed25519_of_its_authors() -> Iterator[Signed]:
    """The file `sign.input` of ed25519.cr.yp.to, with the cases of RFC 8032 section 7.1 among them."""
    for line in text("asymmetric/Ed25519/sign.input").split():
        secret, public, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
        private = private_der(ed25519.Ed25519PrivateKey.from_private_bytes(secret[:32])).reveal()
        info = public_der(ed25519.Ed25519PublicKey.from_public_bytes(public))
        yield Signed("ECC_NIST_EDWARDS25519", private, info, "ED25519_SHA_512", message, signed[:64])


def rfc_8032_ed25519ph() -> Signed:
    """RFC 8032, section 7.3."""
    private = "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42"
    public = "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf"
    signature = (
        "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
        "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
    )
    return Signed(
        "ECC_NIST_EDWARDS25519",
        private_der(ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private))).reveal(),
        public_der(ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))),
        "ED25519_PH_SHA_512",
        b"abc",
        bytes.fromhex(signature),
    )


def _is_offered(block: Block) -> bool:
    return block[SECTION] in RSA_SPECS and block["SHAAlg"] in DIGEST_LENGTHS


def _rsa_signed(block: Block, scheme: str, genuine: bool) -> Signed:
    private, public = _rsa_pair(*(int(block[name], 16) for name in ("n", "e", "d")))
    algorithm = f"RSASSA_{scheme}_{block['SHAAlg'].replace('SHA', 'SHA_')}"
    message, signature = bytes.fromhex(block["Msg"]), bytes.fromhex(block["S"])
    return Signed(RSA_SPECS[block[SECTION]], private, public, algorithm, message, signature, genuine)


@cache
def _rsa_pair(n: int, e: int, d: int) -> tuple[bytes, bytes]:
    p, q = rsa.rsa_recover_prime_factors(n, e, d)
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    public = rsa.RSAPublicNumbers(e, n)
    private = rsa.RSAPrivateNumbers(p, q, d, *crt, public).private_key(unsafe_skip_rsa_key_validation=True)
    return private_der(private).reveal(), public_der(public.public_key())


def _ecdsa_signed(block: Block) -> Signed:
    spec, algorithm = NIST_CURVES[block[SECTION]]
    x, y, scalar, r, s = (int(block[name], 16) for name in ("Qx", "Qy", "d", "R", "S"))
    private = private_der(ec.derive_private_key(scalar, CURVES[spec])).reveal()
    public = public_der(ec.EllipticCurvePublicNumbers(x, y, CURVES[spec]).public_key())
    return Signed(spec, private, public, algorithm, bytes.fromhex(block["Msg"]), encode_dss_signature(r, s))


def _signed_with(file: str, name: str, algorithm: str) -> Iterator[tuple[bytes, bytes]]:
    digest = algorithm.removeprefix("ECDSA_").replace("_", "")
    pattern = rf'DigestSign = {digest}\nKey = {name}\nNonceType = deterministic\nInput = "(\w+)"\nOutput = (\w+)'
    for message, signature in re.findall(pattern, file):
        yield message.encode(), bytes.fromhex(signature)
