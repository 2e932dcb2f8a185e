"""The manifest of an archive: what it holds and who may open it, signed by the region.

Owns its form and its check. It stands in clear at the archive's end, as a msgpack array [signed bytes, region, Ed25519
signature (RFC 8032)]; the signed bytes are a msgpack array of the fields of `Manifest`, and the signature covers
`LABEL` before them. Later versions append fields. It holds no secret, and names nothing that a client has chosen.
"""

from collections.abc import Callable
from typing import Annotated

import msgspec

from replication.records.position import Head
from replication.records.record import UNREADABLE, NotARecord, Record, decode_record, encode_record
from services.backup.faults import ArchiveFault
from shared.crypto.region_card import MalformedCard, RegionCard, decode_card
from shared.crypto.region_identity import verify_signature
from shared.identifiers import REGION_PATTERN

FORMAT_VERSION = 1
LABEL = b"keytide/archive"
"""Stands before what is signed, so that no signature over anything else can be taken for a manifest's."""

_Count = Annotated[int, msgspec.Meta(ge=0)]
_Hash = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_ArchiveId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]


class ShareHolder(msgspec.Struct, array_like=True, frozen=True):
    """Who holds the share of one place (they count from 1): a peer region, or a person. `committed`: the share's."""

    name: _Name
    committed: _Hash


class Manifest(msgspec.Struct, array_like=True, frozen=True):
    """`time`: when the state was read, integer milliseconds since 1970. Heads stand in the order of the partitions.

    `entries`: of the region's own log, by partition. `content_hash`: SHA-256 of all that stands before the manifest,
    `content_bytes` of it. `oldest_epochs`: by bucket, the earliest domain key in it; `oldest_sealing`, the same of
    sealing keys. `card`: the region's, encoded.
    """

    format: int
    archive: _ArchiveId
    region: _Name
    time: _Count
    threshold: Annotated[int, msgspec.Meta(ge=1)]
    holders: tuple[ShareHolder, ...]
    heads: tuple[Head, ...]
    entries: tuple[_Count, ...]
    content_hash: _Hash
    content_bytes: _Count
    oldest_epochs: tuple[_Count, ...]
    oldest_sealing: _Count
    card: bytes

    @property
    def partitions(self) -> int:
        return len(self.heads)


_read = msgspec.msgpack.Decoder(Manifest).decode
_write = msgspec.msgpack.Encoder().encode


def encode_manifest(manifest: Manifest, sign: Callable[[bytes], bytes]) -> bytes:
    """As it stands in the archive; `sign` makes the signature of its region."""
    signed = _write(manifest)
    return encode_record(Record(signed, manifest.region, sign(LABEL + signed)))


def decode_manifest(encoded: bytes) -> Manifest:
    """Read a manifest and check that the identity on its own card has signed it. Whose identity that is, the pin says.

    Errors: ArchiveFault.
    """
    try:
        record = decode_record(encoded)
        manifest = _read(record.signed)
        card = card_in(manifest)
    except (NotARecord, MalformedCard, *UNREADABLE):
        raise ArchiveFault("this is no archive, or its end is cut off or damaged") from None
    if manifest.format != FORMAT_VERSION or not _well_formed(manifest):
        raise ArchiveFault("the archive was written by another version of Keytide: use that one, or a newer one")
    if not verify_signature(card.identity, LABEL + record.signed, record.proof):
        raise ArchiveFault(f"the archive's signature is not that of {manifest.region}: it was altered")
    return manifest


def card_in(manifest: Manifest) -> RegionCard:
    """Errors: MalformedCard, also for a card of another region."""
    card = decode_card(manifest.card)
    if card.region != manifest.region:
        raise MalformedCard(f"it is the card of {card.region}")
    return card


def _well_formed(manifest: Manifest) -> bool:
    counts = (len(manifest.heads), len(manifest.entries))
    return (
        REGION_PATTERN.fullmatch(manifest.region) is not None
        and counts[0] == counts[1] > 0
        and manifest.threshold <= len(manifest.holders)
    )
