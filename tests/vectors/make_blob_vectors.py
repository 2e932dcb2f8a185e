"""Makes `blob.json`: blobs that must open for ever, and changed ones that must not.

Run `python -m tests.vectors.make_blob_vectors` to write the file again; a test fails when it differs. Inputs are
counted up or hashed from labels, so that nothing in them could have been chosen. `test_blob_vectors.py` opens them with
the product and, written out a second time from `docs/ciphertext.md`, with HMAC and GCM alone.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from shared.crypto.ciphertext_blob import MaterialIdentity
from shared.crypto.symmetric import _encrypt_with_nonce
from shared.secrets import Secret

VECTORS_FILE = Path(__file__).with_name("blob.json")

PROVENANCE = (
    "Made by tests/vectors/make_blob_vectors.py for blob version 01020200. Material, nonces and material ids are "
    "SHA-256 over labels. Primitives: NIST SP 800-108r1 counter mode with HMAC-SHA256; AES-256-GCM (NIST SP 800-38D)."
)

KEY_ID = "01234567-89ab-cdef-0123-456789abcdef"
MULTI_REGION_KEY_ID = "mrk-0123456789abcdef0123456789abcdef"
ACCOUNT = "000123456789"


class Case(NamedTuple):
    """One blob. `plaintext` is None where opening must fail; then `expected` names the error."""

    name: str
    material: bytes
    identity: MaterialIdentity
    context: Mapping[str, str]
    blob: bytes
    plaintext: bytes | None

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "expected": "InvalidCiphertext" if self.plaintext is None else "plaintext",
            "material": self.material.hex(),
            "identity": self.identity._asdict(),
            "context": dict(self.context),
            "blob": self.blob.hex(),
            "plaintext": None if self.plaintext is None else self.plaintext.hex(),
        }


def _hashed(label: str) -> bytes:
    return hashlib.sha256(label.encode()).digest()


def _sealed(name: str, identity: MaterialIdentity, plaintext: bytes, context: Mapping[str, str]) -> Case:
    material = _hashed(f"material of {identity.material_id}")
    blob = _encrypt_with_nonce(Secret(material), identity, plaintext, context, _hashed(f"nonce of {name}")[:16])
    return Case(name, material, identity, context, blob, plaintext)


SINGLE_REGION = MaterialIdentity(ACCOUNT, KEY_ID, _hashed("first material id").hex(), KEY_ID)
MULTI_REGION = MaterialIdentity(ACCOUNT, MULTI_REGION_KEY_ID, _hashed("second material id").hex(), MULTI_REGION_KEY_ID)
CONTEXT = {"purpose": "test", "tenant": "a"}


def _positive() -> Iterator[Case]:
    yield _sealed("32 bytes without a context", SINGLE_REGION, bytes(range(32)), {})
    yield _sealed("one byte", SINGLE_REGION, b"\x00", {})
    yield _sealed("4096 bytes", SINGLE_REGION, bytes(range(256)) * 16, {})
    yield _sealed("a context of two pairs", SINGLE_REGION, b"plain", CONTEXT)
    yield _sealed("a context beyond ASCII, an empty value", SINGLE_REGION, b"plain", {"Ключ": "värde 🔑", "empty": ""})
    yield _sealed("a multi-region key", MULTI_REGION, b"plain", CONTEXT)
    yield _sealed("material born under another key", MULTI_REGION._replace(born_key_id=KEY_ID), b"plain", {})


CHANGED_BYTES = {
    "version": 0,
    "suite": 3,
    "account": 15,
    "kind of key id": 16,
    "key id": 32,
    "material id": 33,
    "nonce": 65,
    "first reserved byte": 81,
    "last reserved byte": 103,
    "commitment": 104,
    "ciphertext": 136,
    "tag": -1,
}

CHANGED_CONTEXTS: Mapping[str, Mapping[str, str]] = {
    "no context": {},
    "one pair less": {"purpose": "test"},
    "one pair more": {**CONTEXT, "more": ""},
    "a value in another case": {"purpose": "Test", "tenant": "a"},
    "a key in another case": {"Purpose": "test", "tenant": "a"},
    "values exchanged": {"purpose": "a", "tenant": "test"},
    "a border moved": {"purposet": "est", "tenant": "a"},
}


def _negative() -> Iterator[Case]:
    good = _sealed("negative", SINGLE_REGION, b"plain", CONTEXT)
    bad = good._replace(plaintext=None)
    for place, position in CHANGED_BYTES.items():
        changed = bytearray(good.blob)
        changed[position] ^= 1 if place != "kind of key id" else 2
        yield bad._replace(name=f"changed: {place}", blob=bytes(changed))
    for change, context in CHANGED_CONTEXTS.items():
        yield bad._replace(name=f"context: {change}", context=context)
    yield bad._replace(name="length: one byte less", blob=good.blob[:-1])
    yield bad._replace(name="length: one byte more", blob=good.blob + b"\x00")
    yield bad._replace(name="length: shorter than any blob", blob=good.blob[:151])
    yield bad._replace(name="length: nothing", blob=b"")
    yield bad._replace(name="another account", identity=SINGLE_REGION._replace(account="000123456788"))
    yield bad._replace(name="another material id", identity=SINGLE_REGION._replace(material_id="00" * 32))
    yield bad._replace(name="another birth", identity=SINGLE_REGION._replace(born_key_id=MULTI_REGION_KEY_ID))
    yield bad._replace(name="another material", material=_hashed("another material"))


def vectors() -> str:
    """The text of `blob.json`."""
    cases = [case.as_json() for case in (*_positive(), *_negative())]
    return json.dumps({"provenance": PROVENANCE, "cases": cases}, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    VECTORS_FILE.write_text(vectors(), encoding="utf-8")
