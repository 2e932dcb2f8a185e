"""Readers of the published ciphertexts, agreements and codes that come with their keys: RSA-OAEP, ECDH and HMAC."""

import re
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from shared.crypto.elliptic import CURVES
from shared.crypto.private_key_info import private_der, public_der
from tests.vectors.published import Agreed, Coded, Encrypted
from tests.vectors.response_file import SECTION, Block, cases, text

OAEP_FILES = {
    "RSAES_OAEP_SHA_1": "pkcs-1v2-1d2-vec/oaep-vect.txt",
    "RSAES_OAEP_SHA_256": "oaep-custom/oaep-sha256-sha256.txt",
}
POINT_LENGTHS = {"ECC_NIST_P256": 32, "ECC_NIST_P384": 48, "ECC_NIST_P521": 66}
_PARAMETER_SETS = {"EC - SHA256": "ECC_NIST_P256", "ED - SHA384": "ECC_NIST_P384", "EE - SHA512": "ECC_NIST_P521"}


def rsa_oaep() -> Iterator[Encrypted]:
    """RSA Laboratories' vectors, and those made of them for another hash. The keys of other sizes are left out."""
    for algorithm, file in OAEP_FILES.items():
        yield from _oaep(algorithm, text(f"asymmetric/RSA/{file}"))


def _oaep(algorithm: str, file: str) -> Iterator[Encrypted]:
    values: dict[str, bytes] = {}
    for name, digits in re.findall(r"^# ([\w ]+): *\n((?:[0-9a-f ]+\n)+)", file, re.MULTILINE):
        content = re.sub(r"\s", "", digits)
        values[name] = bytes.fromhex(content.zfill(len(content) + len(content) % 2))
        if name == "Encryption" and len(values["Encryption"]) == 256:
            yield Encrypted("RSA_2048", _rsa_private(values), algorithm, values[name], values["Message"])


def _rsa_private(values: dict[str, bytes]) -> bytes:
    names = ("Prime 1", "Prime 2", "Public exponent")
    p, q, e = (int.from_bytes(values[name], "big") for name in names)
    d = rsa.rsa_recover_private_exponent(e, p, q)
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, *crt, rsa.RSAPublicNumbers(e, p * q))
    return private_der(numbers.private_key(unsafe_skip_rsa_key_validation=True)).reveal()


def nist_ecdh() -> Iterator[Agreed]:
    """The validity tests, both roles. Left out is what is wrong with the IUT's own pair: its public half is derived."""
    for role in ("init", "resp"):
        file = f"asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_{role}.fax"
        for block in cases(file, "Result"):
            if block[SECTION] in _PARAMETER_SETS and "IUT" not in block["Result"]:
                yield _agreed(_PARAMETER_SETS[block[SECTION]], block)


def _agreed(spec: str, block: Block) -> Agreed:
    private = private_der(ec.derive_private_key(int(block["dsIUT"], 16), CURVES[spec])).reveal()
    peer = point_info(spec, block["QsCAVSx"], block["QsCAVSy"])
    return Agreed(spec, private, peer, bytes.fromhex(block["Z"]), block["Result"].startswith("P"))


def point_info(spec: str, x: str, y: str) -> bytes:
    """SubjectPublicKeyInfo of any two coordinates, on the curve or not: the last bytes of a true one are replaced."""
    length = POINT_LENGTHS[spec]
    coordinates = b"".join(int(digits, 16).to_bytes(length, "big") for digits in (x, y))
    return public_der(ec.derive_private_key(1, CURVES[spec]).public_key())[: -2 * length] + coordinates


def rfc_4231() -> Iterator[Coded]:
    """RFC 4231, all but the truncated code of its case 5."""
    for bits in (224, 256, 384, 512):
        for block in cases(f"HMAC/rfc-4231-sha{bits}.txt", "MD"):
            key, message, code = (bytes.fromhex(block[name]) for name in ("Key", "Msg", "MD"))
            yield Coded(f"HMAC_{bits}", key, f"HMAC_SHA_{bits}", message, code)
