"""What an entry of a region's own log is: a record of it, or something that anybody wrote there.

Owns that reading. Nothing of a record is believed before its MAC was found right. Where one process proves and another
one folds, a vouched record goes from the first to the second: its hash, and its signed bytes.
"""

from typing import Protocol

import msgspec

from replication.records.record import (
    HASH_BYTES,
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


class ReadOwn(Protocol):
    def __call__(self, entry: bytes, log: str, partition: int) -> OwnRecord:
        """Read what stands in an entry of the partition of `log`."""


def reads_under(key: RecordKey) -> ReadOwn:
    """Reading of entries whose records are authenticated under `key`."""

    def read(entry: bytes, log: str, partition: int) -> OwnRecord:
        return read_own_record(entry, key, log, partition)

    return read


def read_own_record(encoded: bytes, key: RecordKey, log: str, partition: int) -> OwnRecord:
    """Read an entry of the partition of `log`, whose records are authenticated under `key`."""
    try:
        record = decode_record(encoded)
        hash_ = record_hash(record.signed)
        if not is_authentic(record, key):
            return OwnRecord(None, hash_, "its MAC is not this region's")
        return _enveloped(record.signed, hash_, log, partition)
    except NotARecord as error:
        return OwnRecord(None, b"", str(error))


def vouch(encoded: bytes, key: RecordKey) -> bytes | None:
    """The vouched record of an entry; None for one that is no record, or is not authentic under `key`."""
    try:
        record = decode_record(encoded)
    except NotARecord:
        return None
    return record_hash(record.signed) + record.signed if is_authentic(record, key) else None


def read_vouched(entry: bytes, log: str, partition: int) -> OwnRecord:
    """Read a vouched record, which was an entry of the partition of `log`."""
    try:
        return _enveloped(entry[HASH_BYTES:], entry[:HASH_BYTES], log, partition)
    except NotARecord as error:
        return OwnRecord(None, b"", str(error))


def _enveloped(signed: bytes, hash_: bytes, log: str, partition: int) -> OwnRecord:
    """Errors: NotARecord."""
    envelope = decode_envelope(signed)
    if envelope.log != log or envelope.partition != partition:
        return OwnRecord(None, hash_, f"it belongs to {envelope.log} {envelope.partition}")
    return OwnRecord(envelope, hash_)
