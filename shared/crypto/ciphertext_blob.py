"""The layout of a ciphertext blob: what stands where in the bytes that Encrypt answers with.

Owns the byte table (docs/ciphertext.md), writing a blob's header and reading it back. Nothing here opens anything: what
`parse` returns only says where to look for the key, until `shared/crypto/symmetric.py` has authenticated it.
"""

from functools import lru_cache
from typing import NamedTuple

from shared.errors import InvalidCiphertext
from shared.identifiers import MULTI_REGION_PREFIX

VERSION = bytes.fromhex("01020200")
"""Version and cipher suite. In base64 a blob therefore begins `AQICA`, as AWS's do."""

NONCE_LENGTH = 16
COMMITMENT_LENGTH = 32
TAG_LENGTH = 16
RESERVED = bytes(23)

_ACCOUNT = slice(4, 16)
_KEY_ID = slice(16, 33)
_MATERIAL_ID = slice(33, 65)
_NONCE = slice(65, 81)
_RESERVED = slice(81, 104)
HEADER_LENGTH = 104
_COMMITMENT = slice(104, 136)
_CIPHERTEXT_START = 136

OVERHEAD = _CIPHERTEXT_START + TAG_LENGTH
"""How much longer a blob is than its plaintext: 152 bytes, so that 32 bytes give 184 as at AWS."""

_SINGLE_REGION = b"\x00"
_MULTI_REGION = b"\x01"


class MaterialIdentity(NamedTuple):
    """What a blob is bound to. `key_id` goes into the header and is not checked again: blobs say by it where to look.

    `account` is 12 digits, `material_id` 64 lowercase hex digits; `born_key_id` is the key under which the material was
    made, the same wherever the material is held.
    """

    account: str
    key_id: str
    material_id: str
    born_key_id: str


class BlobHeader(NamedTuple):
    """Where to look for the key of a blob. Unauthenticated."""

    account: str
    key_id: str
    material_id: str


class BlobParts(NamedTuple):
    """A blob cut at its fixed places. `header` is everything before the commitment tag, nonce included."""

    header: bytes
    commitment: bytes
    ciphertext: bytes


def encode_key_id(key_id: str) -> bytes:
    """17 bytes: a byte for the kind of id (0 a UUID, 1 an `mrk-` id), then its 128 bits. Errors: ValueError."""
    kind, digits = _SINGLE_REGION, key_id.replace("-", "")
    if key_id.startswith(MULTI_REGION_PREFIX):
        kind, digits = _MULTI_REGION, key_id.removeprefix(MULTI_REGION_PREFIX)
    encoded = kind + bytes.fromhex(digits)
    if _decode_key_id(encoded) != key_id:
        raise ValueError("not a key id")
    return encoded


def place_bytes(version: bytes, identity: MaterialIdentity) -> bytes:
    """The first 65 bytes of a blob of any version: where to look for its key. Errors: ValueError if it is malformed."""
    account, material_id = identity.account.encode("ascii"), bytes.fromhex(identity.material_id)
    if len(account) != 12 or not account.isdigit() or len(material_id) != 32:
        raise ValueError("malformed account or material id")
    return version + account + encode_key_id(identity.key_id) + material_id


def header_before_nonce(identity: MaterialIdentity) -> bytes:
    """The header up to the nonce; what follows the nonce is `RESERVED`. Errors: ValueError for a malformed identity."""
    return place_bytes(VERSION, identity)


def split(blob: bytes) -> BlobParts:
    """Cut a blob at its places, without looking at what stands there. Errors: InvalidCiphertext if it is too short."""
    if len(blob) < OVERHEAD:
        raise InvalidCiphertext
    return BlobParts(blob[:HEADER_LENGTH], blob[_COMMITMENT], blob[_CIPHERTEXT_START:])


def parse(blob: bytes) -> BlobHeader:
    """Where to look for the key of `blob`. Errors: InvalidCiphertext, without a message, for whatever is no blob."""
    if len(blob) < OVERHEAD or blob[:4] != VERSION or blob[_RESERVED] != RESERVED:
        raise InvalidCiphertext
    return read_place(blob[: _NONCE.start])


@lru_cache(maxsize=16_384)
def read_place(place: bytes) -> BlobHeader:
    """What `place_bytes` wrote, whatever the version. Errors: InvalidCiphertext."""
    account = place[_ACCOUNT]
    key_id = _decode_key_id(place[_KEY_ID])
    if len(place) != _NONCE.start or not account.isdigit() or key_id is None:
        raise InvalidCiphertext
    return BlobHeader(account.decode("ascii"), key_id, place[_MATERIAL_ID].hex())


def _decode_key_id(encoded: bytes) -> str | None:
    kind, digits = encoded[:1], encoded[1:].hex()
    if len(digits) != 32 or kind not in (_SINGLE_REGION, _MULTI_REGION):
        return None
    if kind == _MULTI_REGION:
        return MULTI_REGION_PREFIX + digits
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
