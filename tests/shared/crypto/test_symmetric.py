"""Encryption under a symmetric key: what a blob is bound to, and that nothing else opens it."""

import base64

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto import symmetric
from shared.crypto.ciphertext_blob import (
    HEADER_LENGTH,
    OVERHEAD,
    RESERVED,
    MaterialIdentity,
    header_before_nonce,
    parse,
)
from shared.crypto.symmetric import decrypt, encrypt
from shared.errors import InvalidCiphertext
from shared.secrets import Secret
from tests.shared.crypto.colliding_ciphertext import colliding_ciphertext

KEY_ID = "01234567-89ab-cdef-0123-456789abcdef"
MULTI_REGION_KEY_ID = "mrk-0123456789abcdef0123456789abcdef"
IDENTITY = MaterialIdentity("123456789012", KEY_ID, "ab" * 32, KEY_ID)
MATERIAL = Secret(bytes(range(32)))
CONTEXT = {"tenant": "a"}

contexts = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4)


@given(plaintext=st.binary(max_size=200), context=contexts)
def test_what_was_encrypted_is_decrypted(plaintext: bytes, context: dict[str, str]) -> None:
    blob = encrypt(MATERIAL, IDENTITY, plaintext, context)
    assert decrypt(MATERIAL, IDENTITY, blob, context) == plaintext
    assert len(blob) == len(plaintext) + OVERHEAD


def test_32_bytes_give_184_and_begin_as_at_aws() -> None:
    blob = encrypt(MATERIAL, IDENTITY, bytes(32), {})
    assert len(blob) == 184
    assert base64.b64encode(blob).startswith(b"AQICA")


@pytest.mark.parametrize("key_id", [KEY_ID, MULTI_REGION_KEY_ID])
def test_header_says_where_to_look(key_id: str) -> None:
    identity = IDENTITY._replace(key_id=key_id)
    header = parse(encrypt(MATERIAL, identity, b"plain", CONTEXT))
    assert header == (identity.account, key_id, identity.material_id)


def test_every_single_changed_bit_is_refused() -> None:
    blob = encrypt(MATERIAL, IDENTITY, b"plain", CONTEXT)
    for position in range(len(blob) * 8):
        changed = bytearray(blob)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(InvalidCiphertext, match=r"^$"):
            decrypt(MATERIAL, IDENTITY, bytes(changed), CONTEXT)


def test_every_shorter_blob_is_refused() -> None:
    blob = encrypt(MATERIAL, IDENTITY, b"plain", CONTEXT)
    for length in range(len(blob)):
        with pytest.raises(InvalidCiphertext):
            decrypt(MATERIAL, IDENTITY, blob[:length], CONTEXT)


@given(blob=st.binary(max_size=400))
def test_bytes_that_are_no_blob_are_refused(blob: bytes) -> None:
    with pytest.raises(InvalidCiphertext, match=r"^$"):
        decrypt(MATERIAL, IDENTITY, blob, {})


@given(sealed_with=contexts, opened_with=contexts)
def test_another_context_is_refused(sealed_with: dict[str, str], opened_with: dict[str, str]) -> None:
    blob = encrypt(MATERIAL, IDENTITY, b"plain", sealed_with)
    if sealed_with == opened_with:
        assert decrypt(MATERIAL, IDENTITY, blob, opened_with) == b"plain"
    else:
        with pytest.raises(InvalidCiphertext):
            decrypt(MATERIAL, IDENTITY, blob, opened_with)


@pytest.mark.parametrize(
    "identity",
    [
        IDENTITY._replace(account="123456789013"),
        IDENTITY._replace(material_id="ac" + "ab" * 31),
        IDENTITY._replace(born_key_id=MULTI_REGION_KEY_ID),
    ],
)
def test_another_identity_is_refused(identity: MaterialIdentity) -> None:
    with pytest.raises(InvalidCiphertext):
        decrypt(MATERIAL, identity, encrypt(MATERIAL, IDENTITY, b"plain", {}), {})


def test_key_id_only_says_where_to_look() -> None:
    found_as = IDENTITY._replace(key_id=MULTI_REGION_KEY_ID)
    assert decrypt(MATERIAL, found_as, encrypt(MATERIAL, IDENTITY, b"plain", {}), {}) == b"plain"


def test_other_material_is_refused() -> None:
    with pytest.raises(InvalidCiphertext):
        decrypt(Secret(bytes(32)), IDENTITY, encrypt(MATERIAL, IDENTITY, b"plain", {}), {})


def test_no_two_blobs_are_equal_in_nonce_commitment_or_ciphertext() -> None:
    blobs = [encrypt(MATERIAL, IDENTITY, bytes(32), {}) for _ in range(1000)]
    for part in (slice(65, 81), slice(104, 136), slice(136, None)):
        assert len({blob[part] for blob in blobs}) == len(blobs)


def test_context_that_is_no_text_is_the_one_error_when_opening() -> None:
    blob = encrypt(MATERIAL, IDENTITY, b"plain", {})
    with pytest.raises(InvalidCiphertext, match=r"^$"):
        decrypt(MATERIAL, IDENTITY, blob, {"lone surrogate": "\ud800"})


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_material_of_another_length_is_not_taken(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        encrypt(Secret(bytes(length)), IDENTITY, b"plain", {})


@pytest.mark.parametrize(
    "identity",
    [
        IDENTITY._replace(account="12345678901"),
        IDENTITY._replace(account="12345678901x"),
        IDENTITY._replace(material_id="ab" * 31),
        IDENTITY._replace(key_id="not a key id"),
        IDENTITY._replace(key_id=KEY_ID.upper()),
        IDENTITY._replace(born_key_id="mrk-00"),
    ],
)
def test_malformed_identity_is_not_written_into_a_blob(identity: MaterialIdentity) -> None:
    with pytest.raises(ValueError, match=r"."):
        encrypt(MATERIAL, identity, b"plain", {})


def test_ciphertext_made_for_two_materials_opens_under_none_but_the_committed_one() -> None:
    materials = (Secret(b"\x01" * 32), Secret(b"\x02" * 32))
    header = header_before_nonce(IDENTITY) + bytes(16) + RESERVED
    assert len(header) == HEADER_LENGTH
    binding = symmetric._binding(header, symmetric._encoded_identity(IDENTITY)[1], {})
    (first_key, first_commitment), (second_key, _) = (symmetric._derive(material, binding) for material in materials)
    ciphertext = colliding_ciphertext((first_key, second_key), (binding, binding))
    plaintexts = [AESGCM(key).decrypt(bytes(12), ciphertext, binding) for key in (first_key, second_key)]
    assert plaintexts[0] != plaintexts[1]

    blob = header + first_commitment + ciphertext
    assert decrypt(materials[0], IDENTITY, blob, {}) == plaintexts[0]
    with pytest.raises(InvalidCiphertext):
        decrypt(materials[1], IDENTITY, blob, {})


def test_commitment_covers_the_context() -> None:
    """One material, two contexts: as the one-use key hangs on the context too, a blob commits to it as well."""
    header = header_before_nonce(IDENTITY) + bytes(16) + RESERVED
    fields = symmetric._encoded_identity(IDENTITY)[1]
    derived = [
        symmetric._derive(MATERIAL, symmetric._binding(header, fields, context))
        for context in ({}, {"a": ""}, {"": "a"})
    ]
    assert len({commitment for _, commitment in derived}) == 3
    assert len({key for key, _ in derived}) == 3
