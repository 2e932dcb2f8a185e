"""The secrets of key specs: their canonical forms, and what a client may import."""

import base64
import hashlib
import pickle
import re
import subprocess
import sys
from math import lcm

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.crypto.elliptic import CURVES
from shared.crypto.key_material import IMPORTABLE, generate_material, imported_material, open_key
from shared.crypto.opened_key import PublicHalf
from shared.crypto.private_key_info import private_der
from shared.errors import IncorrectKeyMaterial, UnsupportedOperation
from shared.keys.specs import ALGORITHMS, SYMMETRIC_DEFAULT
from tests.shared.crypto.opened_keys import OPENED_SPECS, SM2_INSTALLED, material, opened
from tests.shared.crypto.rsa_keys import CLOSE_PRIME, OtherPrime, primes, rsa_private_info, with_private_key
from tests.vectors.response_file import text

RSA_SPECS = ("RSA_2048", "RSA_3072", "RSA_4096")
RAW_LENGTHS = {SYMMETRIC_DEFAULT: (32, 32), "HMAC_224": (28, 128), "HMAC_256": (32, 128)} | {
    "HMAC_384": (48, 128),
    "HMAC_512": (64, 128),
}
"""Key spec -> fewest and most bytes of what a client imports."""

PRIVATE_KEY_SPECS = [spec for spec in OPENED_SPECS if spec in IMPORTABLE and not spec.startswith("HMAC")]
SECRET_LENGTHS = {SYMMETRIC_DEFAULT: 32, "HMAC_224": 28, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64} | {
    "ECC_NIST_EDWARDS25519": 32,
    "ML_DSA_44": 32,
    "ML_DSA_65": 32,
    "ML_DSA_87": 32,
    "ML_KEM_512": 64,
    "ML_KEM_768": 64,
    "ML_KEM_1024": 64,
    "SM2": 32,
    "ECC_NIST_P256": 138,
    "ECC_NIST_P384": 185,
    "ECC_NIST_P521": 241,
    "ECC_SECG_P256K1": 135,
}
"""The lengths of the canonical secrets; those of RSA vary by some bytes."""

UNFIT = r"^The key material is not valid for key spec {}\.$"


def exported(spec: str, number: int = 0) -> bytes:
    """The key as a client would have it: PKCS#8 DER."""
    key = opened(spec, number)
    assert hasattr(key, "private_bytes")
    encoded: bytes = key.private_bytes().reveal()
    return encoded


def assert_refused(spec: str, decoded: bytes) -> None:
    with pytest.raises(IncorrectKeyMaterial, match=UNFIT.format(spec)) as refusal:
        imported_material(spec, decoded)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("spec", [SYMMETRIC_DEFAULT, *OPENED_SPECS])
def test_a_fresh_secret_has_the_canonical_length_and_is_another_every_time(spec: str) -> None:
    secrets = [generate_material(spec) if spec == SYMMETRIC_DEFAULT else material(spec, number) for number in range(3)]
    assert len({secret.reveal() for secret in secrets}) == 3
    if spec in SECRET_LENGTHS:
        assert {len(secret.reveal()) for secret in secrets} == {SECRET_LENGTHS[spec]}


def test_every_spec_has_a_secret() -> None:
    assert {SYMMETRIC_DEFAULT, *OPENED_SPECS, "SM2"} == set(ALGORITHMS)


@pytest.mark.parametrize("spec", [spec for spec in OPENED_SPECS if not spec.startswith("HMAC")])
def test_the_same_secret_opens_to_the_same_key(spec: str) -> None:
    first, second, other = open_key(spec, material(spec)), opened(spec), opened(spec, 1)
    assert isinstance(first, PublicHalf)
    assert isinstance(second, PublicHalf)
    assert isinstance(other, PublicHalf)
    assert first.public_bytes() == second.public_bytes()
    assert first.public_bytes() != other.public_bytes()


@pytest.mark.parametrize("spec", PRIVATE_KEY_SPECS)
def test_an_exported_key_is_imported_to_the_same_secret(spec: str) -> None:
    assert imported_material(spec, exported(spec)) == material(spec)


@pytest.mark.parametrize("spec", PRIVATE_KEY_SPECS)
def test_a_key_of_another_spec_is_refused(spec: str) -> None:
    for other in PRIVATE_KEY_SPECS:
        if other != spec:
            assert_refused(spec, exported(other))


@pytest.mark.parametrize("spec", PRIVATE_KEY_SPECS)
def test_what_is_not_exactly_one_private_key_is_refused(spec: str) -> None:
    encoded, key = exported(spec), opened(spec)
    assert isinstance(key, PublicHalf)
    for wrong in (b"", b"\0", encoded[:-1], encoded + b"\0", encoded + encoded, key.public_bytes(), bytes(32)):
        assert_refused(spec, wrong)
    assert_refused(spec, base64.b64encode(encoded))


@settings(max_examples=60, deadline=None)
@given(decoded=st.binary(max_size=200))
@pytest.mark.parametrize("spec", PRIVATE_KEY_SPECS)
def test_bytes_that_are_no_private_key(spec: str, decoded: bytes) -> None:
    assert_refused(spec, decoded)


@settings(max_examples=60, deadline=None)
@given(position=st.integers(min_value=0), flipped=st.integers(min_value=1, max_value=255))
@pytest.mark.parametrize("spec", [spec for spec in PRIVATE_KEY_SPECS if spec not in RSA_SPECS])
def test_a_changed_byte_is_refused_or_makes_another_sound_key(spec: str, position: int, flipped: int) -> None:
    changed = bytearray(exported(spec))
    changed[position % len(changed)] ^= flipped
    try:
        secret = imported_material(spec, bytes(changed))
    except IncorrectKeyMaterial:
        return
    assert imported_material(spec, open_key(spec, secret).private_bytes().reveal()) == secret  # type: ignore[union-attr]


@pytest.mark.parametrize("spec", [*RSA_SPECS, *CURVES])
def test_the_older_encodings_are_refused(spec: str) -> None:
    """PKCS#1 and SEC 1 stand where AWS wants PKCS#8; what is encrypted has no passphrase here."""
    private = load_der_private_key(exported(spec), None)
    assert isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    assert_refused(spec, private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    assert_refused(spec, private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")))
    assert_refused(spec, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def test_keys_of_foreign_algorithms_are_refused() -> None:
    foreign = (
        x25519.X25519PrivateKey.generate(),
        ed448.Ed448PrivateKey.generate(),
        dsa.generate_private_key(2048),
        ec.generate_private_key(ec.BrainpoolP256R1()),
    )
    for private in foreign:
        for spec in PRIVATE_KEY_SPECS:
            assert_refused(spec, private_der(private).reveal())


@pytest.mark.parametrize("spec", RAW_LENGTHS)
def test_raw_secrets_are_taken_by_their_length(spec: str) -> None:
    fewest, most = RAW_LENGTHS[spec]
    for length in {fewest, most, (fewest + most) // 2}:
        decoded = bytes(range(length))
        assert imported_material(spec, decoded).reveal() == decoded
    for length in (0, fewest - 1, most + 1):
        assert_refused(spec, bytes(length))


@pytest.mark.parametrize("spec", sorted(set(ALGORITHMS) - IMPORTABLE))
def test_ml_dsa_and_ml_kem_are_not_imported(spec: str) -> None:
    assert spec.startswith(("ML_DSA", "ML_KEM"))
    with pytest.raises(UnsupportedOperation, match=rf"^KeySpec {spec} does not support imported key material\.$"):
        imported_material(spec, material(spec).reveal())


def test_rsa_key_written_in_several_ways_is_one_key() -> None:
    p, q = primes(2048)
    period = lcm(p - 1, q - 1)
    d = pow(65537, -1, period) + period
    written = (rsa_private_info(p, q), rsa_private_info(q, p), rsa_private_info(p, q, d=d))
    assert len({imported_material("RSA_2048", encoded).reveal() for encoded in written}) == 1


@pytest.mark.parametrize("bits", [1024, 2040, 2056, 3072, 4096])
def test_rsa_key_of_another_size_is_refused(bits: int) -> None:
    assert_refused("RSA_2048", rsa_private_info(*primes(bits)))


@pytest.mark.parametrize("exponent", [1, 3, 257, 65535, 2**64 + 13, 2**256 + 297])
def test_rsa_key_with_a_public_exponent_out_of_bounds_is_refused(exponent: int) -> None:
    p, q = primes(2048)
    while not coprime(exponent, p, q):
        p, q = primes(2048)
    assert_refused("RSA_2048", rsa_private_info(p, q, exponent))


def coprime(exponent: int, p: int, q: int) -> bool:
    try:
        pow(exponent, -1, lcm(p - 1, q - 1))
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("changed", ["n", "e", "d", "p", "q", "dmp1", "dmq1", "iqmp"])
def test_rsa_key_whose_numbers_do_not_fit_is_refused(changed: str) -> None:
    p, q = primes(2048)
    for value in (1, 3, 2**1023 + 1, -65537):
        assert_refused("RSA_2048", rsa_private_info(p, q, **{changed: value}))


def test_rsa_key_of_three_primes_is_refused() -> None:
    p, q = primes(2048)
    third = OtherPrime(prime=65537, exponent=3, coefficient=3)
    assert_refused("RSA_2048", rsa_private_info(p, q, version=1, others=[third]))
    assert_refused("RSA_2048", rsa_private_info(p, q, others=[third]))


def test_rsa_key_whose_primes_are_close_or_of_unlike_size_is_refused() -> None:
    close = rsa_private_info(CLOSE_PRIME, CLOSE_PRIME + 6)
    assert_refused("RSA_2048", close)
    p, q = primes(2200)[0], primes(1896)[0]
    while (p * q).bit_length() != 2048:
        p, q = primes(2200)[0], primes(1896)[0]
    assert_refused("RSA_2048", rsa_private_info(p, q))


def test_rsa_key_with_a_number_that_is_not_prime_is_refused() -> None:
    p, q = primes(2048)
    while not coprime(65537, p, q + 2):
        p, q = primes(2048)
    assert_refused("RSA_2048", rsa_private_info(p, q + 2))


@pytest.mark.parametrize("spec", CURVES)
def test_elliptic_key_with_and_without_its_public_key_is_one_key(spec: str) -> None:
    """RFC 5915: the public key is optional."""
    size = (CURVES[spec].key_size + 7) // 8
    scalar = (5).to_bytes(size, "big")
    bare = with_private_key(
        exported(spec),
        b"\x30" + bytes((size + 5 if size < 123 else 0,)) + b"\x02\x01\x01\x04" + bytes((size,)) + scalar,
    )
    whole = private_der(ec.derive_private_key(5, CURVES[spec])).reveal()
    assert bare != whole
    assert imported_material(spec, bare) == imported_material(spec, whole)


@pytest.mark.parametrize("spec", CURVES)
def test_elliptic_key_with_the_public_key_of_another_is_refused(spec: str) -> None:
    encoded, other = exported(spec), exported(spec, 1)
    length = 2 * ((CURVES[spec].key_size + 7) // 8)
    assert_refused(spec, encoded[:-length] + other[-length:])


@pytest.mark.skipif(not SM2_INSTALLED, reason="SM2 WAS NOT TESTED: the packages of the extra sm2 are not installed")
def test_sm2_key_with_the_public_key_of_another_is_refused() -> None:
    assert_refused("SM2", exported("SM2")[:-64] + exported("SM2", 1)[-64:])


def test_ed25519_key_of_the_first_version_alone() -> None:
    """RFC 8410, section 10.3, has both examples: the second carries an attribute and the public key (RFC 5958)."""
    first = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"
    second = (
        "MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhCoB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJz"
        "gSEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
    )
    secret = imported_material("ECC_NIST_EDWARDS25519", base64.b64decode(first))
    assert secret.reveal().hex() == "d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842"
    assert_refused("ECC_NIST_EDWARDS25519", base64.b64decode(second))


def test_private_keys_that_others_have_written() -> None:
    """The package `cryptography-vectors`: file -> the spec that takes it. All others are refused by every spec."""
    taken = {
        "PKCS8/ec-consistent-curve.pem": "ECC_NIST_P256",
        "PKCS8/ec_private_key.pem": "ECC_NIST_P256",
        "PKCS8/ecc_private_with_rfc5915_ext.pem": "ECC_NIST_P256",
        "PKCS8/wrong-pem-delimiter-rsa.pem": "RSA_2048",
        "Ed25519/ed25519-pkcs8.pem": "ECC_NIST_EDWARDS25519",
    }
    refused = (
        "PKCS8/bad-oid-dsa-key.pem PKCS8/ec-inconsistent-curve.pem PKCS8/ec-inconsistent-curve2.pem "
        "PKCS8/ec-invalid-private-scalar.pem PKCS8/ec-invalid-version.pem PKCS8/ec_oid_not_in_reg_private_2.pkcs8.pem "
        "PKCS8/ec_private_key_encrypted.pem PKCS8/enc-rsa-pkcs8.pem PKCS8/rsa_pss_2048.pem PKCS8/rsa_pss_2048_hash.pem "
        "PKCS8/unenc-rsa-pkcs8.pub.pem PKCS8/unenc-dsa-pkcs8.pem EC/secp256r1-explicit-seed.pem "
        "EC/secp256r1-explicit-no-seed.pem EC/secp384r1-explicit-no-seed.pem EC/secp521r1-explicit-no-seed.pem "
        "EC/secp256k1-explicit-no-seed.pem EC/high-bit-set.pem Ed25519/ed25519-pkcs8-enc.pem MLKEM/mlkem768.pem"
    )
    for name in [*taken, *refused.split()]:
        decoded = base64.b64decode(re.sub(r"-----[^-]*-----|\s", "", text(f"asymmetric/{name}")))
        for spec in PRIVATE_KEY_SPECS:
            if taken.get(name) == spec:
                imported_material(spec, decoded)
            else:
                assert_refused(spec, decoded)


@pytest.mark.parametrize(
    ("spec", "digest"),
    [
        ("ECC_NIST_P256", "f3aad4a665e54cc8aefbb437d426b7a4834ed343911848ecbf5411f9452c5c81"),
        ("ECC_NIST_P384", "3140918c0ef83744297c694b1fa778c17ac368621fd419af4b6ec763f086ff0f"),
        ("ECC_NIST_P521", "f5d41a7a8db06ae08a9d8b83effc3bf343f7ebdc54ca23d88f8d395872ee2717"),
        ("ECC_SECG_P256K1", "6382efdccb82810f4f7f9ae22a5b47699de4f8d86286d332c9326ca447d8104d"),
        ("RSA_2048", "1c7d0c126301814c17b6ed934cc26a8e37c754634a0c3fa15f643a0adbcfa5cb"),
    ],
)
def test_the_canonical_form_never_changes(spec: str, digest: str) -> None:
    """Secrets are compared with those that earlier versions have stored. SHA-256 of the canonical secret."""
    if spec == "RSA_2048":
        encoded = base64.b64decode(
            re.sub(r"-----[^-]*-----|\s", "", text("asymmetric/PKCS8/wrong-pem-delimiter-rsa.pem"))
        )
    else:
        encoded = private_der(ec.derive_private_key(5, CURVES[spec])).reveal()
    assert hashlib.sha256(imported_material(spec, encoded).reveal()).hexdigest() == digest


@pytest.mark.parametrize("spec", OPENED_SPECS)
def test_an_opened_key_does_not_print_its_secret_and_is_not_pickled(spec: str) -> None:
    key, secret = opened(spec), material(spec).reveal()
    for shown in (repr(key), str(key), f"{key}", repr(vars(key)), repr(material(spec))):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown
    with pytest.raises((TypeError, pickle.PicklingError)):
        pickle.dumps(key)


@pytest.mark.parametrize("spec", OPENED_SPECS)
def test_what_is_no_canonical_secret_is_not_opened(spec: str) -> None:
    for wrong in (b"", b"\0", bytes(200)):
        with pytest.raises(ValueError, match=r".") as fault:
            open_key(spec, type(material(spec))(wrong))
        assert not isinstance(fault.value, IncorrectKeyMaterial)


def test_symmetric_material_is_not_opened() -> None:
    with pytest.raises(ValueError, match=r"symmetric\.py"):
        open_key(SYMMETRIC_DEFAULT, generate_material(SYMMETRIC_DEFAULT))


WITHOUT_PACKAGES = """
import sys
sys.modules["gmssl_pyx"] = None
from shared.crypto.key_material import IMPORTABLE, generate_material, imported_material, open_key
from shared.crypto.key_pairs import generate_key_pair
from shared.errors import UnsupportedOperation
from shared.secrets import Secret
steps = (
    lambda: generate_material("SM2"),
    lambda: imported_material("SM2", b""),
    lambda: open_key("SM2", Secret(bytes(32))),
    lambda: generate_key_pair("SM2"),
)
for step in steps:
    try:
        step()
    except UnsupportedOperation as refusal:
        print(refusal.message)
generate_material("RSA_2048")
assert "SM2" in IMPORTABLE
"""


def test_without_its_packages_sm2_says_what_to_install_and_everything_else_works() -> None:
    run = subprocess.run([sys.executable, "-c", WITHOUT_PACKAGES], capture_output=True, text=True, check=True)
    words = "KeySpec SM2 needs packages that are not installed: install Keytide with its extra sm2.\n"
    assert run.stdout == words * 4
