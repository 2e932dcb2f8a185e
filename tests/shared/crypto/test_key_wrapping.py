"""Wrapped by a client, unwrapped by the region."""

from functools import lru_cache

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from shared.crypto.key_material import IMPORTABLE
from shared.crypto.key_wrapping import WrappingKey, make_wrapping_key, unwrap
from shared.errors import InvalidCiphertext, ValidationFailed
from shared.keys.wrapping import OAEP, RSA_AES, WRAPPING_ALGORITHMS, WRAPPING_KEY_SIZES
from shared.secrets import Secret
from tests.wrapping_client import wrap

MATERIAL = bytes(range(100, 132))
unhex = bytes.fromhex
SIZE = 256
OTHER_HASH = dict([OAEP, OAEP[::-1], RSA_AES, RSA_AES[::-1]])


@lru_cache
def wrapping_key() -> WrappingKey:
    return make_wrapping_key("RSA_2048")


@pytest.mark.parametrize("algorithm", OAEP + RSA_AES)
@pytest.mark.parametrize("length", [1, 32, 128])
def test_what_a_client_wraps_is_unwrapped(algorithm: str, length: int) -> None:
    material = bytes(range(length))
    private, public = wrapping_key()
    assert unwrap(algorithm, private, wrap(algorithm, public, material)) == Secret(material)


@pytest.mark.parametrize("algorithm", RSA_AES)
def test_an_rsa_key_fits_under_an_aes_key(algorithm: str) -> None:
    private, public = wrapping_key()
    assert unwrap(algorithm, private, wrap(algorithm, public, bytes(2375))).reveal() == bytes(2375)


@pytest.mark.parametrize("spec", WRAPPING_KEY_SIZES)
def test_a_wrapping_key_has_the_size_of_its_spec(spec: str) -> None:
    public = load_der_public_key(make_wrapping_key(spec).public)
    assert isinstance(public, rsa.RSAPublicKey)
    assert (public.key_size, public.public_numbers().e) == (int(spec.removeprefix("RSA_")), 65537)


@pytest.mark.parametrize("algorithm", OAEP + RSA_AES)
def test_whatever_was_changed_on_the_way_is_one_and_the_same_refusal(algorithm: str) -> None:
    private, public = wrapping_key()
    wrapped = wrap(algorithm, public, MATERIAL)
    other = OTHER_HASH[algorithm]
    for changed in (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), bytes(len(wrapped)), wrap(other, public, MATERIAL)):
        with pytest.raises(InvalidCiphertext) as refusal:
            unwrap(algorithm, private, changed)
        assert refusal.value.message == ""


@pytest.mark.parametrize(
    ("algorithm", "length"),
    [("RSAES_OAEP_SHA_256", length) for length in (1, SIZE - 1, SIZE + 1, SIZE + 40)]
    + [("RSA_AES_KEY_WRAP_SHA_256", length) for length in (1, SIZE, SIZE + 8, SIZE + 17)],
)
def test_a_length_that_nothing_wrapped_can_have_is_named(algorithm: str, length: int) -> None:
    with pytest.raises(ValidationFailed, match=r"Invalid encrypted key size\."):
        unwrap(algorithm, wrapping_key().private, bytes(length))


def test_an_aes_key_of_another_length_is_refused() -> None:
    private, public = wrapping_key()
    with pytest.raises(InvalidCiphertext):
        unwrap("RSA_AES_KEY_WRAP_SHA_256", private, wrap("RSA_AES_KEY_WRAP_SHA_256", public, MATERIAL, bytes(16)))


def nist_vectors() -> list[tuple[bytes, bytes, bytes | None]]:
    """AES key, wrapped, and the plaintext where it is authentic: NIST CAVS 21.4, KWP-AD with AES-256 (SP 800-38F)."""
    with cryptography_vectors.open_vector_file("keywrap/kwtestvectors/KWP_AD_256.txt", "r") as file:
        blocks = file.read().split("COUNT = ")[1:]
    vectors = [dict(line.split(" = ") for line in block.splitlines() if line[1:4] == " = ") for block in blocks]
    return [(unhex(row["K"]), unhex(row["C"]), unhex(row["P"]) if "P" in row else None) for row in vectors]


def test_what_nist_wrapped_is_unwrapped_and_what_nist_damaged_is_refused() -> None:
    private, public = wrapping_key()
    vectors = nist_vectors()
    assert len(vectors) == 500
    for key, wrapped, plaintext in vectors[::5]:
        request = wrap("RSAES_OAEP_SHA_256", public, key) + wrapped
        if plaintext is not None:
            assert unwrap("RSA_AES_KEY_WRAP_SHA_256", private, request) == Secret(plaintext)
            continue
        with pytest.raises(InvalidCiphertext):
            unwrap("RSA_AES_KEY_WRAP_SHA_256", private, request)


def test_every_importable_key_spec_can_be_wrapped_and_no_other() -> None:
    assert set(WRAPPING_ALGORITHMS) == IMPORTABLE | {"SM2"}
