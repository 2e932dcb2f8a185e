"""Encryption, agreement, encapsulation and codes under every key spec: limits, refusals, and what fits together."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.crypto.opened_key import AgreementKey, EncapsulationKey, EncryptionKey, MacKey
from shared.crypto.private_key_info import public_der
from shared.errors import InvalidCiphertext, InvalidMac, ValidationFailed
from shared.keys.specs import ENCAPSULATE_DECAPSULATE, ENCRYPT_DECRYPT, GENERATE_VERIFY_MAC, KEY_AGREEMENT
from tests.shared.crypto.opened_keys import algorithms, opened

ENCRYPTIONS = algorithms(ENCRYPT_DECRYPT)
AGREEMENTS = [spec for spec, _ in algorithms(KEY_AGREEMENT)]
ENCAPSULATIONS = [spec for spec, _ in algorithms(ENCAPSULATE_DECAPSULATE)]
MACS = algorithms(GENERATE_VERIFY_MAC)

MOST_PLAINTEXT = {
    ("RSA_2048", "RSAES_OAEP_SHA_1"): 214,
    ("RSA_3072", "RSAES_OAEP_SHA_1"): 342,
    ("RSA_4096", "RSAES_OAEP_SHA_1"): 470,
    ("RSA_2048", "RSAES_OAEP_SHA_256"): 190,
    ("RSA_3072", "RSAES_OAEP_SHA_256"): 318,
    ("RSA_4096", "RSAES_OAEP_SHA_256"): 446,
    ("SM2", "SM2PKE"): 1024,
}
"""AWS KMS API reference, Encrypt."""

SHARED_LENGTHS = {"ECC_NIST_P256": 32, "ECC_NIST_P384": 48, "ECC_NIST_P521": 66, "SM2": 32}
CIPHERTEXT_LENGTHS = {"ML_KEM_512": 768, "ML_KEM_768": 1088, "ML_KEM_1024": 1568}
MAC_LENGTHS = {"HMAC_SHA_224": 28, "HMAC_SHA_256": 32, "HMAC_SHA_384": 48, "HMAC_SHA_512": 64}


def encryption_key(spec: str, number: int = 0) -> EncryptionKey:
    key = opened(spec, number)
    assert isinstance(key, EncryptionKey)
    return key


def agreement_key(spec: str, number: int = 0) -> AgreementKey:
    key = opened(spec, number)
    assert isinstance(key, AgreementKey)
    return key


def encapsulation_key(spec: str, number: int = 0) -> EncapsulationKey:
    key = opened(spec, number)
    assert isinstance(key, EncapsulationKey)
    return key


def mac_key(spec: str, number: int = 0) -> MacKey:
    key = opened(spec, number)
    assert isinstance(key, MacKey)
    return key


@pytest.mark.parametrize(("spec", "algorithm"), ENCRYPTIONS)
def test_plaintext_up_to_the_limit_comes_back(spec: str, algorithm: str) -> None:
    key, most = encryption_key(spec), MOST_PLAINTEXT[spec, algorithm]
    for length in (1, most - 1, most):
        assert key.decrypt(algorithm, key.encrypt(algorithm, bytes(length))) == bytes(length)


@pytest.mark.parametrize(("spec", "algorithm"), ENCRYPTIONS)
def test_longer_plaintext_is_refused_in_the_words_of_aws(spec: str, algorithm: str) -> None:
    most = MOST_PLAINTEXT[spec, algorithm]
    words = rf"^Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {most} bytes\.$"
    with pytest.raises(ValidationFailed, match=words):
        encryption_key(spec).encrypt(algorithm, bytes(most + 1))


@pytest.mark.parametrize(("spec", "algorithm"), ENCRYPTIONS)
def test_what_does_not_decrypt_is_one_opaque_error(spec: str, algorithm: str) -> None:
    key = encryption_key(spec)
    ciphertext = key.encrypt(algorithm, b"plaintext")
    tampered = [bytes((ciphertext[0] ^ 1,)) + ciphertext[1:], ciphertext[:-1] + bytes((ciphertext[-1] ^ 1,))]
    for wrong in (*tampered, b"", b"\0", ciphertext[:-1], ciphertext + b"\0", bytes(len(ciphertext)), bytes(6144)):
        with pytest.raises(InvalidCiphertext, match=r"^$") as refusal:
            key.decrypt(algorithm, wrong)
        assert refusal.value.__cause__ is None
    with pytest.raises(InvalidCiphertext, match=r"^$"):
        encryption_key(spec, 1).decrypt(algorithm, ciphertext)


@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_3072", "RSA_4096"])
def test_ciphertext_of_the_other_hash_does_not_decrypt(spec: str) -> None:
    key = encryption_key(spec)
    with pytest.raises(InvalidCiphertext):
        key.decrypt("RSAES_OAEP_SHA_1", key.encrypt("RSAES_OAEP_SHA_256", b"plaintext"))


@pytest.mark.parametrize(("spec", "algorithm"), ENCRYPTIONS)
def test_the_same_plaintext_encrypts_to_something_else(spec: str, algorithm: str) -> None:
    key = encryption_key(spec)
    assert len({key.encrypt(algorithm, b"plaintext") for _ in range(8)}) == 8


@settings(max_examples=25, deadline=None)
@given(ciphertext=st.binary(max_size=600))
@pytest.mark.parametrize(("spec", "algorithm"), ENCRYPTIONS)
def test_bytes_that_are_no_ciphertext(spec: str, algorithm: str, ciphertext: bytes) -> None:
    with pytest.raises(InvalidCiphertext, match=r"^$"):
        encryption_key(spec).decrypt(algorithm, ciphertext)


@pytest.mark.parametrize("spec", AGREEMENTS)
def test_two_parties_agree_and_a_third_does_not(spec: str) -> None:
    first, second, third = (agreement_key(spec, number) for number in range(3))
    shared = first.derive(second.public_bytes())
    assert shared == second.derive(first.public_bytes())
    assert shared != third.derive(first.public_bytes())
    assert len(shared.reveal()) == SHARED_LENGTHS[spec]


@pytest.mark.parametrize("spec", AGREEMENTS)
def test_peer_that_is_no_key_of_the_curve(spec: str) -> None:
    key = agreement_key(spec)
    own = key.public_bytes()
    others = [agreement_key(other).public_bytes() for other in AGREEMENTS if other != spec]
    malformed = [b"", b"\x30\x00", own[:-1], own + b"\0", own[:-1] + bytes((own[-1] ^ 1,)), own[-65:]]
    elsewhere = [public_der(x25519.X25519PrivateKey.generate().public_key()), opened_public("RSA_2048")]
    brainpool = public_der(ec.generate_private_key(ec.BrainpoolP256R1()).public_key())
    for peer in (*others, *malformed, *elsewhere, brainpool, opened_public("ECC_SECG_P256K1")):
        with pytest.raises(ValidationFailed, match=r"^$"):
            key.derive(peer)


@settings(max_examples=100, deadline=None)
@given(position=st.integers(min_value=0), flipped=st.integers(min_value=1, max_value=255))
@pytest.mark.parametrize("spec", AGREEMENTS)
def test_peer_with_a_changed_byte_is_refused(spec: str, position: int, flipped: int) -> None:
    """But for the byte that tells an uncompressed point from a hybrid one, which is the same point."""
    key, changed = agreement_key(spec), bytearray(agreement_key(spec, 1).public_bytes())
    changed[position % len(changed)] ^= flipped
    try:
        shared = key.derive(bytes(changed))
    except ValidationFailed:
        return
    assert shared == key.derive(agreement_key(spec, 1).public_bytes())


def opened_public(spec: str) -> bytes:
    key = opened(spec)
    assert not isinstance(key, MacKey)
    return key.public_bytes()


@pytest.mark.parametrize("spec", ENCAPSULATIONS)
def test_what_was_encapsulated_is_decapsulated(spec: str) -> None:
    key = encapsulation_key(spec)
    first, second = key.encapsulate(), key.encapsulate()
    assert key.decapsulate(first.ciphertext) == first.shared_secret
    assert first.shared_secret != second.shared_secret
    assert len(first.shared_secret.reveal()) == 32
    assert len(first.ciphertext) == CIPHERTEXT_LENGTHS[spec]


@pytest.mark.parametrize("spec", ENCAPSULATIONS)
def test_a_foreign_or_tampered_ciphertext_gives_another_secret_always_the_same(spec: str) -> None:
    key, encapsulated = encapsulation_key(spec), encapsulation_key(spec, 1).encapsulate()
    own = key.encapsulate()
    tampered = own.ciphertext[:-1] + bytes((own.ciphertext[-1] ^ 1,))
    for ciphertext in (encapsulated.ciphertext, tampered, bytes(CIPHERTEXT_LENGTHS[spec])):
        secret = key.decapsulate(ciphertext)
        assert len(secret.reveal()) == 32
        assert secret not in (own.shared_secret, encapsulated.shared_secret)
        assert secret == key.decapsulate(ciphertext)


@pytest.mark.parametrize("spec", ENCAPSULATIONS)
def test_ciphertext_of_another_length_is_refused(spec: str) -> None:
    key, length = encapsulation_key(spec), CIPHERTEXT_LENGTHS[spec]
    for wrong in {0, 1, length - 1, length + 1, 6144, *CIPHERTEXT_LENGTHS.values()} - {length}:
        with pytest.raises(InvalidCiphertext, match=r"^$"):
            key.decapsulate(bytes(wrong))


@pytest.mark.parametrize(("spec", "algorithm"), MACS)
def test_a_code_is_whole_and_verifies_for_its_message_and_key_alone(spec: str, algorithm: str) -> None:
    key = mac_key(spec)
    mac = key.generate_mac(algorithm, b"message")
    assert len(mac) == MAC_LENGTHS[algorithm]
    assert mac == key.generate_mac(algorithm, b"message")
    key.verify_mac(algorithm, b"message", mac)
    tampered = mac[:-1] + bytes((mac[-1] ^ 1,))
    for other, message, wrong in (
        (mac_key(spec, 1), b"message", mac),
        (key, b"another", mac),
        (key, b"message", tampered),
        (key, b"message", mac[:-1]),
        (key, b"message", mac + b"\0"),
        (key, b"message", b""),
    ):
        with pytest.raises(InvalidMac, match=r"^$"):
            other.verify_mac(algorithm, message, wrong)
