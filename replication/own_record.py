"""What an entry of a region's own log is: a record of it, or something that anybody wrote there.

Owns that reading. Nothing of a record is believed before its MAC was found right.
"""

import msgspec

from replication.record import (
    Envelope,
    NotARecord,
    RecordKey,
    decode_envelope,
    decode_record,
    is_authentic,
    record_hash,
)


class OwnRecord(msgspec.Struct, frozen=True, gc=False):
    """`envelope` is None for what is not this log's, and `foreign` says why. `hash` is b"" where it has none."""

    envelope: Envelope | None
    hash: bytes
    foreign: str = ""


def read_own_record(encoded: bytes, key: RecordKey, log: str, partition: int) -> OwnRecord:
    """Read an entry of the partition of `log`, whose records are authenticated under `key`."""
    try:
        record = decode_record(encoded)
        hash_ = record_hash(record.signed)
        if not is_authentic(record, key):
            return OwnRecord(None, hash_, "its MAC is not this region's")
        envelope = decode_envelope(record.signed)
    except NotARecord as error:
        return OwnRecord(None, b"", str(error))
    if envelope.log != log or envelope.partition != partition:
        return OwnRecord(None, hash_, f"it belongs to {envelope.log} {envelope.partition}")
    return OwnRecord(envelope, hash_)
