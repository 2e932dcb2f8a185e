"""Published vectors of encryption, agreement, encapsulation and codes, through the product's functions."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from shared.crypto.elliptic import CURVES
from shared.crypto.key_material import imported_material, open_key
from shared.crypto.mac import HmacKey
from shared.crypto.opened_key import AgreementKey, EncapsulationKey, EncryptionKey
from shared.crypto.private_key_info import private_der
from shared.errors import InvalidMac, ValidationFailed
from shared.secrets import Secret
from tests.vectors.response_file import SECTION, Block, cases, text

SPECS = {"256": "ECC_NIST_P256", "384": "ECC_NIST_P384", "521": "ECC_NIST_P521"}
POINT_LENGTHS = {"ECC_NIST_P256": 32, "ECC_NIST_P384": 48, "ECC_NIST_P521": 66}
PARAMETER_SETS = {"EC - SHA256": "ECC_NIST_P256", "ED - SHA384": "ECC_NIST_P384", "EE - SHA512": "ECC_NIST_P521"}


@pytest.mark.parametrize(
    ("file", "algorithm", "tried"),
    [
        ("pkcs-1v2-1d2-vec/oaep-vect.txt", "RSAES_OAEP_SHA_1", 6),
        ("oaep-custom/oaep-sha256-sha256.txt", "RSAES_OAEP_SHA_256", 60),
    ],
)
def test_rsa_oaep_with_the_keys_imported(file: str, algorithm: str, tried: int) -> None:
    """RSA Laboratories' vectors, and those made of them for other hashes. The keys of other sizes are left out."""
    decrypted = 0
    for key, message, ciphertext in oaep_cases(file):
        assert key.decrypt(algorithm, ciphertext) == message
        decrypted += 1
    assert decrypted == tried


def oaep_cases(file: str) -> Iterator[tuple[EncryptionKey, bytes, bytes]]:
    values: dict[str, int] = {}
    key: EncryptionKey | None = None
    for name, digits in re.findall(
        r"^# ([\w ]+): *\n((?:[0-9a-f ]+\n)+)", text(f"asymmetric/RSA/{file}"), re.MULTILINE
    ):
        content = re.sub(r"\s", "", digits)
        values[name] = int(content, 16)
        if name == "Coefficient":
            key = imported_rsa_2048(values["Prime 1"], values["Prime 2"], values["Public exponent"])
        elif name == "Message":
            message = bytes.fromhex(content)
        elif name == "Encryption" and key is not None:
            yield key, message, bytes.fromhex(content)


def imported_rsa_2048(p: int, q: int, e: int) -> EncryptionKey | None:
    if (p * q).bit_length() != 2048:
        return None
    d = rsa.rsa_recover_private_exponent(e, p, q)
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    private = rsa.RSAPrivateNumbers(p, q, d, *crt, rsa.RSAPublicNumbers(e, p * q)).private_key()
    key = open_key("RSA_2048", imported_material("RSA_2048", private_der(private).reveal()))
    assert isinstance(key, EncryptionKey)
    return key


@pytest.mark.parametrize("role", ["init", "resp"])
def test_nist_ecdh(role: str) -> None:
    """A result of failure is one of the keys', which cannot be imported or are no points, or a changed secret."""
    tried: Counter[str] = Counter()
    for block in cases(f"asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_{role}.fax", "Result"):
        if block[SECTION] in PARAMETER_SETS:
            spec = PARAMETER_SETS[block[SECTION]]
            outcome = agreed(spec, block)
            assert outcome is block["Result"].startswith("P") or "IUT" in block["Result"]
            tried[spec] += 1
    assert tried == dict.fromkeys(POINT_LENGTHS, 30)


def agreed(spec: str, block: Block) -> bool:
    """The IUT's own key pair is derived from its scalar, so what is said of its public key has no effect."""
    try:
        private = private_der(ec.derive_private_key(int(block["dsIUT"], 16), CURVES[spec]))
    except ValueError:
        return False
    key = open_key(spec, imported_material(spec, private.reveal()))
    assert isinstance(key, AgreementKey)
    try:
        return key.derive(point_info(spec, block["QsCAVSx"], block["QsCAVSy"])).reveal() == bytes.fromhex(block["Z"])
    except ValidationFailed:
        return False


def test_nist_public_key_validation() -> None:
    """Coordinates beyond the field's length have no encoding, and are left out."""
    tried: Counter[str] = Counter()
    keys = {spec: open_key(spec, imported_material(spec, some_private(spec))) for spec in POINT_LENGTHS}
    for block in cases("asymmetric/ECDSA/FIPS_186-3/PKV.rsp", "Result"):
        spec = SPECS.get(block[SECTION].removeprefix("P-"), "")
        if spec and max(map(encoded_length, (block["Qx"], block["Qy"]))) <= POINT_LENGTHS[spec]:
            key = keys[spec]
            assert isinstance(key, AgreementKey)
            assert derives(key, point_info(spec, block["Qx"], block["Qy"])) is block["Result"].startswith("P")
            tried[spec] += 1
    assert tried == {"ECC_NIST_P256": 8, "ECC_NIST_P384": 8, "ECC_NIST_P521": 12}


def derives(key: AgreementKey, peer: bytes) -> bool:
    try:
        key.derive(peer)
    except ValidationFailed:
        return False
    return True


def encoded_length(digits: str) -> int:
    return len(digits.lstrip("0") or "0") // 2 + len(digits.lstrip("0")) % 2


def some_private(spec: str) -> bytes:
    return private_der(ec.derive_private_key(2, CURVES[spec])).reveal()


def point_info(spec: str, x: str, y: str) -> bytes:
    """SubjectPublicKeyInfo of any two coordinates, on the curve or not: the last bytes of a true one are replaced."""
    key = open_key(spec, imported_material(spec, some_private(spec)))
    assert isinstance(key, AgreementKey)
    length = POINT_LENGTHS[spec]
    coordinates = b"".join(int(digits, 16).to_bytes(length, "big") for digits in (x, y))
    return key.public_bytes()[: -2 * length] + coordinates


@pytest.mark.parametrize("size", [512, 768, 1024])
def test_ml_kem_known_answers(size: int) -> None:
    """With a ciphertext of the key, and with one that is not (implicit rejection: FIPS 203, algorithm 18)."""
    tried = 0
    for block in cases(f"asymmetric/MLKEM/kat_MLKEM_{size}.rsp", "ss"):
        key = open_key(f"ML_KEM_{size}", Secret(bytes.fromhex(block["d"] + block["z"])))
        assert isinstance(key, EncapsulationKey)
        assert key.public_bytes().hex().endswith(block["pk"])
        assert key.decapsulate(bytes.fromhex(block["ct"])).reveal().hex() == block["ss"]
        assert key.decapsulate(bytes.fromhex(block["ct_n"])).reveal().hex() == block["ss_n"]
        tried += 1
    assert tried == 1000


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_hmac_of_rfc_4231(bits: int) -> None:
    tried = 0
    for block in cases(f"HMAC/rfc-4231-sha{bits}.txt", "MD"):
        key, message, mac = (bytes.fromhex(block[name]) for name in ("Key", "Msg", "MD"))
        opened = HmacKey(Secret(key))
        assert opened.generate_mac(f"HMAC_SHA_{bits}", message) == mac
        opened.verify_mac(f"HMAC_SHA_{bits}", message, mac)
        with pytest.raises(InvalidMac):
            opened.verify_mac(f"HMAC_SHA_{bits}", message, mac[:-1])
        tried += 1
    assert tried == 6
