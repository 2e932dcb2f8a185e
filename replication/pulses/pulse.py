"""The pulse: a region's signed heartbeat.

Owns its form and its check. A pulse says how far the region has shared its own changes and how far it has adopted those
of every peer, by partition, at a moment of its clock. It stands in the log `keytide.<region>.pulse` as a msgpack array
[signed bytes, region, Ed25519 signature (RFC 8032)]; the signed bytes are a msgpack array of the fields of `Pulse`, and
the signature covers `LABEL` before them. Later versions append fields. Nothing is folded from pulses.
"""

from collections.abc import Callable
from typing import Annotated

import msgspec

from replication.records.position import EMPTY_HEAD, Head
from replication.records.record import UNREADABLE, NotARecord, Record, decode_record, encode_record

FORMAT_VERSION = 1
LABEL = b"keytide/pulse"
"""Stands before what is signed, so that no signature over anything else can be taken for a pulse's."""

Verify = Callable[[str, bytes, bytes], bool]
"""(region, message, signature) -> whether the pinned identity of the region has signed the message."""


class Pulse(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """`time`: the author's clock, integer milliseconds since 1970. Heads stand in the order of the partitions.

    `shared`: what the region has shared itself (a number and the hash of the record that bears it); `adopted`: what it
    has adopted of each peer, a head of number 0 where that is nothing.
    """

    format: int
    region: str
    time: Annotated[int, msgspec.Meta(ge=0)]
    shared: tuple[Head, ...]
    adopted: dict[str, tuple[Head, ...]]

    def adopted_of(self, region: str, partition: int) -> Head:
        """How far the author had come with `region`; with itself, what it has shared."""
        heads = self.shared if region == self.region else self.adopted.get(region, ())
        return heads[partition] if partition < len(heads) else EMPTY_HEAD


class NotAPulse(Exception):
    """Bytes that are no pulse of the region, or not signed by it."""


_read = msgspec.msgpack.Decoder(Pulse).decode
_write = msgspec.msgpack.Encoder(order="sorted").encode


def pulse_log(region: str) -> str:
    return f"keytide.{region}.pulse"


def encode_pulse(pulse: Pulse, sign: Callable[[bytes], bytes]) -> bytes:
    """The pulse as it stands in the log; `sign` makes the signature of its region."""
    signed = _write(pulse)
    return encode_record(Record(signed, pulse.region, sign(LABEL + signed)))


def decode_pulse(encoded: bytes, verify: Verify) -> Pulse:
    """Read a pulse and check that the region that it names has signed it. Errors: NotAPulse."""
    try:
        record = decode_record(encoded)
        pulse = _read(record.signed)
    except (NotARecord, *UNREADABLE) as error:
        raise NotAPulse(f"not a pulse: {type(error).__name__}") from error
    if pulse.format < FORMAT_VERSION or not _well_formed(pulse):
        raise NotAPulse("not a pulse of a known form")
    if record.key_id != pulse.region or not verify(pulse.region, LABEL + record.signed, record.proof):
        raise NotAPulse(f"its signature does not fit the pinned card of {pulse.region}")
    return pulse


def _well_formed(pulse: Pulse) -> bool:
    rows = [pulse.shared, *pulse.adopted.values()]
    return all(len(row) == len(pulse.shared) and all(head.sequence >= 0 for head in row) for row in rows)
