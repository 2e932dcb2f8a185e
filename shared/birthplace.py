"""Where a multi-region key was born: the id says it, so that no other region can claim a key that it has heard of.

Owns the form of these ids: `mrk-` and 32 hex digits, of 8 drawn bytes, 5 bytes that bind them to the region of birth,
and 3 bytes that tell such an id from one made before ids were bound. Both are the first bytes of a SHA-256. That a
region may claim another's id has a chance of 2^-40; that an id from before looks bound, and to another region, one of
2^-24. `docs/architecture.md` tells the interleaving against which this stands.
"""

import hashlib

from shared.identifiers import MULTI_REGION_PREFIX

DRAWN_BYTES = 8
_BOUND_BYTES = 5
_MARK_BYTES = 3
_LENGTH = DRAWN_BYTES + _BOUND_BYTES + _MARK_BYTES


def multi_region_key_id(region: str, drawn: bytes) -> str:
    """The id of a key that is born in `region`. `drawn`: `DRAWN_BYTES` random bytes."""
    bound = drawn + _bound(region, drawn)
    return MULTI_REGION_PREFIX + (bound + _mark(bound)).hex()


def may_be_born(key_id: str, region: str) -> bool:
    """Whether a key with this id may have been born in `region`: anywhere, for an id that is not bound."""
    parts = _parts(key_id)
    if parts is None:
        return True
    drawn, bound, mark = parts
    return mark != _mark(drawn + bound) or bound == _bound(region, drawn)


def _parts(key_id: str) -> tuple[bytes, bytes, bytes] | None:
    try:
        value = bytes.fromhex(key_id.removeprefix(MULTI_REGION_PREFIX))
    except ValueError:
        return None
    if len(value) != _LENGTH or not key_id.startswith(MULTI_REGION_PREFIX):
        return None
    return value[:DRAWN_BYTES], value[DRAWN_BYTES:-_MARK_BYTES], value[-_MARK_BYTES:]


def _bound(region: str, drawn: bytes) -> bytes:
    return hashlib.sha256(b"keytide/born-in/" + region.encode() + b"/" + drawn).digest()[:_BOUND_BYTES]


def _mark(bound: bytes) -> bytes:
    return hashlib.sha256(b"keytide/bound-id/" + bound).digest()[:_MARK_BYTES]
