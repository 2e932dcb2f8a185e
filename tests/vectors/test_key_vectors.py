"""Published vectors of encryption, agreement, encapsulation and codes, through the product's functions."""

from collections import Counter

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from shared.crypto.elliptic import CURVES
from shared.crypto.key_material import imported_material, open_key
from shared.crypto.mac import HmacKey
from shared.crypto.opened_key import AgreementKey, EncapsulationKey, EncryptionKey
from shared.crypto.private_key_info import private_der
from shared.errors import InvalidMac, ValidationFailed
from shared.secrets import Secret
from tests.vectors.published_secrets import POINT_LENGTHS, point_info
from tests.vectors.response_file import SECTION, cases
from tests.vectors.sources import AGREED, CODED, ENCRYPTED, require_packages

SPECS = {"256": "ECC_NIST_P256", "384": "ECC_NIST_P384", "521": "ECC_NIST_P521"}


@pytest.mark.parametrize("name", ENCRYPTED)
def test_ciphertexts_with_the_keys_imported(name: str) -> None:
    require_packages(name)
    tried = 0
    for vector in ENCRYPTED[name].read():
        key = open_key(vector.spec, imported_material(vector.spec, vector.private))
        assert isinstance(key, EncryptionKey)
        assert key.decrypt(vector.algorithm, vector.ciphertext) == vector.plaintext
        tried += 1
    assert tried == ENCRYPTED[name].vectors


@pytest.mark.parametrize("name", AGREED)
def test_agreements_with_the_keys_imported(name: str) -> None:
    require_packages(name)
    tried = 0
    for vector in AGREED[name].read():
        key = open_key(vector.spec, imported_material(vector.spec, vector.private))
        assert isinstance(key, AgreementKey)
        try:
            agreed = key.derive(vector.peer).reveal() == vector.secret
        except ValidationFailed:
            agreed = False
        assert agreed is vector.genuine
        tried += 1
    assert tried == AGREED[name].vectors


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


@pytest.mark.parametrize("name", CODED)
def test_codes(name: str) -> None:
    tried = 0
    for vector in CODED[name].read():
        key = HmacKey(Secret(vector.private))
        assert key.generate_mac(vector.algorithm, vector.message) == vector.code
        key.verify_mac(vector.algorithm, vector.message, vector.code)
        with pytest.raises(InvalidMac):
            key.verify_mac(vector.algorithm, vector.message, vector.code[:-1])
        tried += 1
    assert tried == CODED[name].vectors
