"""Blobs whose key lies in a custom key store: their layout, byte by byte, and what they are bound to."""

import base64
import hashlib
import json
from contextlib import suppress
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto import ciphertext_blob, store_blob, symmetric
from shared.crypto.blob_versions import place_of_key
from shared.crypto.ciphertext_blob import MaterialIdentity
from shared.crypto.store_blob import EXTERNAL, IN_CLUSTER, ForeignCiphertext
from shared.errors import InvalidCiphertext
from shared.secrets import Secret
from tests.shared.crypto.test_blob_vectors import POSITIVE
from tests.vectors.make_store_blob_vectors import VECTORS_FILE, vectors

KEY_ID = "01234567-89ab-cdef-0123-456789abcdef"
IDENTITY = MaterialIdentity("000123456789", KEY_ID, "ab" * 32, KEY_ID)
versions = pytest.mark.parametrize("version", [EXTERNAL, IN_CLUSTER])
foreign = st.builds(
    ForeignCiphertext,
    st.sampled_from((12, 16)).flatmap(lambda length: st.binary(min_size=length, max_size=length)),
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=1, max_size=200),
    st.binary(max_size=20),
)


def test_the_file_is_what_the_script_makes() -> None:
    assert VECTORS_FILE.read_text(encoding="utf-8") == vectors()


def test_the_layout_stands_as_it_is_described() -> None:
    """Offsets of docs/ciphertext.md, written out a second time."""
    blob = store_blob.join(EXTERNAL, IDENTITY, ForeignCiphertext(b"v" * 16, b"t" * 16, b"ciphertext", b"meta"))
    assert blob[:4].hex() == "01020201"
    assert blob[4:16] == b"000123456789"
    assert blob[16:33] == b"\0" + bytes.fromhex(KEY_ID.replace("-", ""))
    assert blob[33:65] == b"\xab" * 32
    assert (blob[65], blob[66]) == (16, 4)
    assert blob[67:83] == b"v" * 16
    assert blob[83:99] == b"t" * 16
    assert blob[99:103] == b"meta"
    assert blob[103:] == b"ciphertext"


@versions
@given(made=foreign)
def test_what_was_joined_is_split(version: bytes, made: ForeignCiphertext) -> None:
    blob = store_blob.join(version, IDENTITY, made)
    assert store_blob.split(version, blob) == made
    assert place_of_key(blob) == (IDENTITY.account, IDENTITY.key_id, IDENTITY.material_id)
    assert len(blob) <= len(made.ciphertext) + store_blob.OVERHEAD_MOST


@versions
@given(blob=st.binary(max_size=300))
def test_bytes_that_are_no_blob_are_one_error(version: bytes, blob: bytes) -> None:
    for read in (place_of_key, lambda wrong: store_blob.split(version, version + wrong[4:])):
        with suppress(InvalidCiphertext):  # anything else is a fault
            read(blob)


@versions
@given(made=foreign, cut=st.integers(0, 400))
def test_a_blob_that_was_cut_short_is_refused_or_has_less_ciphertext(
    version: bytes, made: ForeignCiphertext, cut: int
) -> None:
    blob = store_blob.join(version, IDENTITY, made)
    try:
        left = store_blob.split(version, blob[:cut])
    except InvalidCiphertext:
        return
    assert made.ciphertext.startswith(left.ciphertext)
    assert left._replace(ciphertext=b"") == made._replace(ciphertext=b"")


def test_one_version_is_not_taken_for_another() -> None:
    made = ForeignCiphertext(b"v" * 12, b"t" * 16, b"ciphertext")
    blob = store_blob.join(EXTERNAL, IDENTITY, made)
    with pytest.raises(InvalidCiphertext):
        store_blob.split(IN_CLUSTER, blob)
    with pytest.raises(InvalidCiphertext):
        ciphertext_blob.parse(blob)
    with pytest.raises(InvalidCiphertext):
        store_blob.split(EXTERNAL, bytes.fromhex(POSITIVE[0]["blob"]))


@pytest.mark.parametrize(
    "made",
    [
        ForeignCiphertext(b"v" * 11, b"t" * 16, b"c"),
        ForeignCiphertext(b"v" * 12, b"t" * 15, b"c"),
        ForeignCiphertext(b"v" * 12, b"t" * 16, b""),
        ForeignCiphertext(b"v" * 12, b"t" * 16, b"c", b"m" * 21),
    ],
)
def test_what_no_blob_may_hold_is_refused(made: ForeignCiphertext) -> None:
    with pytest.raises(ValueError, match="no ciphertext"):
        store_blob.join(EXTERNAL, IDENTITY, made)


def test_blobs_begin_in_base64_as_those_of_aws_do() -> None:
    for version in store_blob.VERSIONS:
        assert base64.b64encode(version).startswith(b"AQICA")


@versions
def test_a_blob_is_bound_to_where_its_key_is_and_to_its_context(version: bytes) -> None:
    bound = store_blob.bound(version, IDENTITY, {"a": "b"})
    context = bytes.fromhex("00000001") + bytes.fromhex("00000001") + b"a" + bytes.fromhex("00000001") + b"b"
    place = version + b"000123456789" + b"\0" + bytes.fromhex(KEY_ID.replace("-", "")) + b"\xab" * 32
    assert bound == place + hashlib.sha256(context).digest()
    others = [
        store_blob.bound(version, IDENTITY, {}),
        store_blob.bound(version, IDENTITY, {"a": "B"}),
        store_blob.bound(version, IDENTITY._replace(material_id="cd" * 32), {"a": "b"}),
        store_blob.bound(version, IDENTITY._replace(account="000123456788"), {"a": "b"}),
        store_blob.bound(IN_CLUSTER if version == EXTERNAL else EXTERNAL, IDENTITY, {"a": "b"}),
    ]
    assert len({bound, *others}) == 6


@pytest.mark.parametrize("case", json.loads(VECTORS_FILE.read_text(encoding="utf-8"))["cases"], ids=lambda c: c["name"])
def test_a_released_blob_opens(case: dict[str, Any]) -> None:
    """The other machine's part is AES-GCM alone; what an external key gives back is a blob of the key's material."""
    blob, identity = bytes.fromhex(case["blob"]), MaterialIdentity(**case["identity"])
    version = EXTERNAL if "material" in case else IN_CLUSTER
    vector, tag, ciphertext, metadata = store_blob.split(version, blob)
    bound = store_blob.bound(version, identity, case["context"])
    data = len(bound).to_bytes(2, "big") + bound + bytes([len(metadata)]) + metadata if metadata else bound
    opened = AESGCM(bytes.fromhex(case["key"])).decrypt(vector, ciphertext + tag, data)
    if "material" in case:
        opened = symmetric.decrypt(Secret(bytes.fromhex(case["material"])), identity, opened, case["context"])
    assert opened.hex() == case["plaintext"]
    assert len(blob) <= 6144
