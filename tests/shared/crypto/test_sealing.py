"""Secrets sealed to one region's sealing key."""

import msgpack
import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.sealing import PUBLIC_LENGTH, SealingKey, seal, sealing_key_number
from shared.secrets import Secret

KEY = SealingKey.generate()
PUBLIC = KEY.public_bytes()
SECRET = Secret(bytes(range(32)))


@settings(max_examples=30)
@given(content=st.binary(max_size=100), binding=st.text(max_size=20), number=st.integers(0, 2**64 - 1))
def test_what_was_sealed_is_opened(content: bytes, binding: str, number: int) -> None:
    sealed = seal(PUBLIC, number, Secret(content), binding)
    assert KEY.open(sealed, binding) == Secret(content)
    assert sealing_key_number(sealed) == number


def test_sealing_key_comes_back_from_its_seed() -> None:
    again = SealingKey(KEY.seed)
    assert again.public_bytes() == PUBLIC
    assert len(PUBLIC) == PUBLIC_LENGTH
    assert again.open(seal(PUBLIC, 1, SECRET, "binding"), "binding") == SECRET


def test_sealed_bytes_are_hpke_under_the_documented_info() -> None:
    _, _, hpke_bytes = msgpack.unpackb(seal(PUBLIC, 3, SECRET, "binding"))
    seed = KEY.seed.reveal()
    private = MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(seed[:64]), X25519PrivateKey.from_private_bytes(seed[64:])
    )
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    info = b"keytide/sealed" + b"\x01" + b"\x00\x00\x00\x00\x00\x00\x00\x03" + b"binding"
    assert suite.decrypt(hpke_bytes, private, info=info) == SECRET.reveal()


def test_nobody_else_opens_it() -> None:
    with pytest.raises(SecretUnavailable):
        SealingKey.generate().open(seal(PUBLIC, 1, SECRET, "binding"), "binding")


def test_another_binding_is_refused() -> None:
    with pytest.raises(SecretUnavailable):
        KEY.open(seal(PUBLIC, 1, SECRET, "binding"), "another")


def test_another_number_is_refused() -> None:
    version, _, hpke_bytes = msgpack.unpackb(seal(PUBLIC, 1, SECRET, "binding"))
    with pytest.raises(SecretUnavailable):
        KEY.open(msgpack.packb((version, 2, hpke_bytes)), "binding")


def test_every_changed_byte_is_refused() -> None:
    sealed = seal(PUBLIC, 1, SECRET, "binding")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1 << position % 8
        with pytest.raises(SecretUnavailable):
            KEY.open(bytes(changed), "binding")


@given(junk=st.binary(max_size=100))
def test_junk_is_refused(junk: bytes) -> None:
    for read in (sealing_key_number, lambda sealed: KEY.open(sealed, "binding")):
        with pytest.raises(SecretUnavailable):
            read(junk)


@pytest.mark.parametrize("fields", [(2, 1, b""), (1, -1, b""), (1, True, b""), (1, 1, ""), (1, 1), (True, 1, b"")])
def test_another_shape_or_version_is_refused(fields: tuple[object, ...]) -> None:
    with pytest.raises(SecretUnavailable):
        sealing_key_number(msgpack.packb(fields))


@pytest.mark.parametrize("length", [0, 95, 97])
def test_seed_of_another_length_is_no_key(length: int) -> None:
    with pytest.raises(ValueError, match="96 bytes"):
        SealingKey(Secret(bytes(length)))


@pytest.mark.parametrize("public", [b"", PUBLIC[:-1], PUBLIC + b"\x00", b"\xff" * PUBLIC_LENGTH])
def test_public_bytes_that_are_no_key_seal_nothing(public: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        seal(public, 1, SECRET, "binding")
