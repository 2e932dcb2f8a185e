"""The checkpoint: a region's signed word on how long its own log is.

Owns its form and its check, and those of the cosignature, in which another region says which checkpoints it has seen.
Both are msgpack arrays [signed bytes, key id, Ed25519 signature (RFC 8032)]; the signed bytes are a msgpack array of
the fields, and the signature covers a label before them. They stand in the log of pulses, beside the pulses, and
outside of it in files. Later versions append fields. Nothing is folded from either.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, NamedTuple

import msgspec

from replication.pulses.pulse import Verify
from replication.records.position import EMPTY_HEAD, Head
from replication.records.record import UNREADABLE, NotARecord, Record, decode_record, encode_record

FORMAT_VERSION = 1
CHECKPOINT_LABEL, COSIGNATURE_LABEL = b"keytide/checkpoint", b"keytide/cosignature"
"""Stand before what is signed, so that no signature over anything else can be taken for one of these."""

Sign = Callable[[bytes], bytes]
_Count = Annotated[int, msgspec.Meta(ge=0)]


class Checkpoint(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """`heads`: sequence and running hash of every partition of the region's `local` log, as `node` has applied them.

    `time`: the author's clock, integer milliseconds since 1970.
    """

    format: int
    region: str
    node: str
    time: _Count
    heads: tuple[Head, ...]

    def head(self, partition: int) -> Head:
        return self.heads[partition] if partition < len(self.heads) else EMPTY_HEAD


class Cosignature(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """`witness` has seen these checkpoints of `region`, as it signed them, and none that is further. None: it has seen
    nothing of the region. `time`: the witness's clock, integer milliseconds since 1970.
    """

    format: int
    witness: str
    region: str
    time: _Count
    checkpoints: tuple[bytes, ...]


class Seen(NamedTuple):
    """A checkpoint that was checked. `encoded`: as its region signed it."""

    checkpoint: Checkpoint
    encoded: bytes


class NotACheckpoint(Exception):
    """Bytes that are no checkpoint or cosignature of the region, or not signed by it."""


_read_checkpoint = msgspec.msgpack.Decoder(Checkpoint).decode
_read_cosignature = msgspec.msgpack.Decoder(Cosignature).decode
_write = msgspec.msgpack.Encoder().encode


def checkpoint_key(region: str) -> str:
    """The key id of a checkpoint, which tells it from the pulses beside it."""
    return f"{region}/checkpoint"


def cosignature_key(witness: str) -> str:
    return f"{witness}/cosignature"


def key_of(encoded: bytes) -> str:
    """The key id of whatever this is, before anything of it is believed; "" for what is nothing."""
    try:
        return decode_record(encoded).key_id
    except NotARecord:
        return ""


def is_cosignature(encoded: bytes, key: str, region: str) -> bool:
    """Whether it is of that key id and about `region`, before anything of it is believed."""
    if key_of(encoded) != key:
        return False
    try:
        return _read_cosignature(decode_record(encoded).signed).region == region
    except UNREADABLE:
        return False


def encode_checkpoint(checkpoint: Checkpoint, sign: Sign) -> bytes:
    """`sign` makes the signature of its region."""
    return _signed(_write(checkpoint), checkpoint_key(checkpoint.region), CHECKPOINT_LABEL, sign)


def encode_cosignature(cosignature: Cosignature, sign: Sign) -> bytes:
    """`sign` makes the signature of the witness."""
    return _signed(_write(cosignature), cosignature_key(cosignature.witness), COSIGNATURE_LABEL, sign)


def decode_checkpoint(encoded: bytes, verify: Verify) -> Seen:
    """Read a checkpoint and check that the region that it names has signed it. Errors: NotACheckpoint."""
    try:
        record = decode_record(encoded)
        checkpoint = _read_checkpoint(record.signed)
    except (NotARecord, *UNREADABLE) as error:
        raise NotACheckpoint(f"not a checkpoint: {type(error).__name__}") from error
    if checkpoint.format < FORMAT_VERSION or any(head.sequence < 0 for head in checkpoint.heads):
        raise NotACheckpoint("not a checkpoint of a known form")
    _check(record, checkpoint.region, checkpoint_key(checkpoint.region), CHECKPOINT_LABEL, verify)
    return Seen(checkpoint, encoded)


def decode_cosignature(encoded: bytes, verify: Verify) -> Cosignature:
    """Read a cosignature and check that its witness has signed it. What it shows is checked by itself, with
    `shown_in`. Errors: NotACheckpoint.
    """
    try:
        record = decode_record(encoded)
        cosignature = _read_cosignature(record.signed)
    except (NotARecord, *UNREADABLE) as error:
        raise NotACheckpoint(f"not a cosignature: {type(error).__name__}") from error
    if cosignature.format < FORMAT_VERSION:
        raise NotACheckpoint("not a cosignature of a known form")
    _check(record, cosignature.witness, cosignature_key(cosignature.witness), COSIGNATURE_LABEL, verify)
    return cosignature


def shown_in(cosignature: Cosignature, verify: Verify) -> list[Seen]:
    """The checkpoints that the region itself has signed. A witness can claim nothing else: what the region has not
    signed is passed over, whoever says that it has.
    """
    return [seen for encoded in cosignature.checkpoints if (seen := _own(encoded, cosignature.region, verify))]


def furthest(shown: Iterable[Seen], partition: int) -> Head:
    """The highest head of a partition; that of an empty one where nothing is shown."""
    heads = (seen.checkpoint.head(partition) for seen in shown)
    return max(heads, key=lambda head: head.sequence, default=EMPTY_HEAD)


def _own(encoded: bytes, region: str, verify: Verify) -> Seen | None:
    try:
        seen = decode_checkpoint(encoded, verify)
    except NotACheckpoint:
        return None
    return seen if seen.checkpoint.region == region else None


def _signed(signed: bytes, key: str, label: bytes, sign: Sign) -> bytes:
    return encode_record(Record(signed, key, sign(label + signed)))


def _check(record: Record, region: str, key: str, label: bytes, verify: Verify) -> None:
    if record.key_id != key or not verify(region, label + record.signed, record.proof):
        raise NotACheckpoint(f"its signature does not fit the pinned card of {region}")
