"""The golden vectors of the blob, opened by the product and by a second reading of its description."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.crypto.ciphertext_blob import MaterialIdentity
from shared.crypto.symmetric import decrypt
from shared.errors import InvalidCiphertext
from shared.secrets import Secret
from tests.vectors.make_blob_vectors import VECTORS_FILE, vectors

DOCUMENT = json.loads(VECTORS_FILE.read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = DOCUMENT["cases"]
POSITIVE = [case for case in CASES if case["expected"] == "plaintext"]
NEGATIVE = [case for case in CASES if case["expected"] == "InvalidCiphertext"]


def _name(case: dict[str, Any]) -> str:
    return str(case["name"])


def _open(case: dict[str, Any]) -> bytes:
    material, identity = Secret(bytes.fromhex(case["material"])), MaterialIdentity(**case["identity"])
    return decrypt(material, identity, bytes.fromhex(case["blob"]), case["context"])


def test_the_file_is_what_the_script_makes() -> None:
    assert VECTORS_FILE.read_text(encoding="utf-8") == vectors()


def test_every_case_is_positive_or_negative() -> None:
    assert len(POSITIVE) == 7
    assert len(NEGATIVE) == len(CASES) - 7


@pytest.mark.parametrize("case", POSITIVE, ids=_name)
def test_blob_opens(case: dict[str, Any]) -> None:
    assert _open(case).hex() == case["plaintext"]


@pytest.mark.parametrize("case", NEGATIVE, ids=_name)
def test_changed_blob_is_refused_with_the_one_opaque_error(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidCiphertext) as refusal:
        _open(case)
    assert refusal.value.message == ""
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("case", POSITIVE, ids=_name)
def test_blob_opens_by_its_description_alone(case: dict[str, Any]) -> None:
    assert _open_by_description(case).hex() == case["plaintext"]


def _open_by_description(case: dict[str, Any]) -> bytes:
    """`docs/ciphertext.md`, written out with HMAC and GCM and nothing of the product."""
    blob, identity = bytes.fromhex(case["blob"]), case["identity"]
    fields = [blob[:104], identity["account"].encode(), bytes.fromhex(identity["material_id"])]
    fields.append(_key_id(identity["born_key_id"]))
    binding = b"\x01" + b"".join(_sized(field) for field in fields) + _context(case["context"])
    fixed = b"keytide/blob/1" + b"\x00" + binding + (512).to_bytes(4, "big")
    material = bytes.fromhex(case["material"])
    key, commitment = (
        hmac.new(material, counter.to_bytes(4, "big") + fixed, hashlib.sha256).digest() for counter in (1, 2)
    )
    assert commitment == blob[104:136]
    return AESGCM(key).decrypt(bytes(12), blob[136:], binding)


def _key_id(text: str) -> bytes:
    kind = b"\x01" if text.startswith("mrk-") else b"\x00"
    return kind + bytes.fromhex(text.removeprefix("mrk-").replace("-", ""))


def _context(context: Mapping[str, str]) -> bytes:
    pairs = sorted((key.encode(), value.encode()) for key, value in context.items())
    return len(pairs).to_bytes(4, "big") + b"".join(_sized(key) + _sized(value) for key, value in pairs)


def _sized(field: bytes) -> bytes:
    return len(field).to_bytes(4, "big") + field
