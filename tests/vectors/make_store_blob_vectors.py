"""Makes `store_blob.json`: blobs of keys in custom key stores, which must open for ever.

Run `python -m tests.vectors.make_store_blob_vectors` to write the file again; a test fails when it differs. The other
machine is AES-256-GCM with a key and a nonce hashed from labels, and metadata as an XKS proxy adds them.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.crypto import store_blob
from shared.crypto.store_blob import EXTERNAL, IN_CLUSTER, ForeignCiphertext
from shared.crypto.symmetric import _encrypt_with_nonce
from shared.secrets import Secret
from tests.vectors.make_blob_vectors import CONTEXT, SINGLE_REGION

VECTORS_FILE = Path(__file__).with_name("store_blob.json")

PROVENANCE = (
    "Made by tests/vectors/make_store_blob_vectors.py for blob versions 01020201 and 01020202. Keys, nonces and "
    "material are SHA-256 over labels. Primitives: as in blob.json; AES-256-GCM (NIST SP 800-38D) in the other machine."
)


def _hashed(label: str) -> bytes:
    return hashlib.sha256(label.encode()).digest()


def _sealed(key: bytes, vector: bytes, plaintext: bytes, bound: bytes, metadata: bytes) -> ForeignCiphertext:
    """With metadata, both are bound behind their lengths (External Key Store Proxy API Specification, Encrypt)."""
    data = len(bound).to_bytes(2, "big") + bound + len(metadata).to_bytes(1, "big") + metadata if metadata else bound
    sealed = AESGCM(key).encrypt(vector, plaintext, data)
    return ForeignCiphertext(vector, sealed[-16:], sealed[:-16], metadata)


def _external(name: str, plaintext: bytes, context: Mapping[str, str], vector: int, metadata: bytes) -> dict[str, Any]:
    material, key = _hashed("material"), _hashed("external key")
    inner = _encrypt_with_nonce(Secret(material), SINGLE_REGION, plaintext, context, _hashed(name)[:16])
    bound = store_blob.bound(EXTERNAL, SINGLE_REGION, context)
    made = _sealed(key, _hashed(f"vector of {name}")[:vector], inner, bound, metadata)
    blob = store_blob.join(EXTERNAL, SINGLE_REGION, made)
    return _case(name, key, context, plaintext, blob) | {"material": material.hex()}


def _in_cluster(name: str, plaintext: bytes, context: Mapping[str, str]) -> dict[str, Any]:
    key, bound = _hashed("key in a cluster"), store_blob.bound(IN_CLUSTER, SINGLE_REGION, context)
    made = _sealed(key, _hashed(f"vector of {name}")[:12], plaintext, bound, b"")
    return _case(name, key, context, plaintext, store_blob.join(IN_CLUSTER, SINGLE_REGION, made))


def _case(name: str, key: bytes, context: Mapping[str, str], plaintext: bytes, blob: bytes) -> dict[str, Any]:
    return {
        "name": name,
        "key": key.hex(),
        "identity": SINGLE_REGION._asdict(),
        "context": dict(context),
        "plaintext": plaintext.hex(),
        "blob": blob.hex(),
    }


def _cases() -> Iterator[dict[str, Any]]:
    yield _external("an external key", b"plain", {}, 12, b"")
    yield _external("an external key with metadata", b"plain", CONTEXT, 16, b"version=1")
    yield _external("an external key, 4096 bytes", bytes(range(256)) * 16, CONTEXT, 16, bytes(20))
    yield _in_cluster("a key in a cluster", b"plain", {})
    yield _in_cluster("a key in a cluster, a context of two pairs", b"plain", CONTEXT)
    yield _in_cluster("a key in a cluster, 4096 bytes", bytes(range(256)) * 16, CONTEXT)


def vectors() -> str:
    """The text of `store_blob.json`."""
    return json.dumps({"provenance": PROVENANCE, "cases": list(_cases())}, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    VECTORS_FILE.write_text(vectors(), encoding="utf-8")
