"""Cosignatures: another region's signed word on the digests that it was shown.

Owns their form, and the rule by which a witness signs: never two histories. Signed is, behind `SIGNED`, the msgpack
array of the fields of `Seen`; in the audit log a cosignature is the msgpack array [LABEL, those bytes, signature].
"""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

import msgspec

from shared.audit.digest import NotADigest, Sign, SignedHeader, Verify, decode_header, has_signed, header_hash
from shared.audit.frame import HASH_BYTES

LABEL = "keytide audit cosignature 1"
SIGNED = b"keytide/audit-cosignature"


class Seen(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """`witness` has seen the digest `number` of `region`, of this hash, and none that contradicts it.

    `time`: the witness's clock, integer milliseconds since 1970.
    """

    witness: str
    region: str
    number: Annotated[int, msgspec.Meta(ge=1)]
    hash: Annotated[bytes, msgspec.Meta(min_length=HASH_BYTES, max_length=HASH_BYTES)]
    time: Annotated[int, msgspec.Meta(ge=0)]


class Fork(NamedTuple):
    """Two headers, both signed by one region, that no one trail can have."""

    known: SignedHeader
    shown: SignedHeader

    def __str__(self) -> str:
        known, shown = (decode_header(one) for one in self)
        hashes = [header_hash(one).hex() for one in self]
        return (
            f"{shown.region} has two histories of its audit trail: its digest {shown.number} {hashes[1]} contradicts "
            f"its digest {known.number} {hashes[0]}"
        )


class NotACosignature(Exception):
    """The bytes are no cosignature, or not signed by the witness that they name."""


class _Stored(msgspec.Struct, array_like=True, frozen=True, gc=False):
    label: str
    seen: bytes
    signature: bytes


_write = msgspec.msgpack.Encoder().encode
_read_stored = msgspec.msgpack.Decoder(_Stored).decode
_read_seen = msgspec.msgpack.Decoder(Seen).decode


def encode_cosignature(seen: Seen, sign: Sign) -> bytes:
    """As it stands in the audit log; `sign` makes the signature of the witness."""
    signed = _write(seen)
    return _write(_Stored(LABEL, signed, sign(SIGNED + signed)))


def decode_cosignature(encoded: bytes, verify: Verify) -> Seen:
    """Errors: NotACosignature."""
    try:
        stored = _read_stored(encoded)
        seen = _read_seen(stored.seen)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError) as error:
        raise NotACosignature(f"not a cosignature: {type(error).__name__}") from error
    if stored.label != LABEL:
        raise NotACosignature("it has another label")
    if not verify(seen.witness, SIGNED + stored.seen, stored.signature):
        raise NotACosignature(f"its signature does not fit the card of {seen.witness}")
    return seen


def followed(
    region: str, known: SignedHeader | None, shown: Iterable[SignedHeader], verify: Verify
) -> SignedHeader | Fork | None:
    """The last header that a witness may sign, having signed `known` before: each rests on the one before it.

    None: nothing was shown that the region has signed. What leaves a gap is not followed: the region will show what
    lies between. A first one is taken as it is, since there is nothing to hold against it.
    """
    for signed in shown:
        if not _is_of(region, signed, verify):
            continue
        if known is None:
            known = signed
            continue
        before, after = decode_header(known), decode_header(signed)
        if after.number == before.number and header_hash(signed) != header_hash(known):
            return Fork(known, signed)
        if after.number == before.number + 1:
            if after.previous != header_hash(known):
                return Fork(known, signed)
            known = signed
    return known


def _is_of(region: str, signed: SignedHeader, verify: Verify) -> bool:
    try:
        return decode_header(signed).region == region and has_signed(region, signed, verify)
    except NotADigest:
        return False
