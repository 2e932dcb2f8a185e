"""A region's word that it has destroyed its share of an archive's key.

Owns its form and its check: a msgpack array [signed bytes, region, Ed25519 signature (RFC 8032)]; the signed bytes
are a msgpack array of format version, archive, the archive's region, the holder, and the time in milliseconds, and
the signature covers `LABEL` before them. As text it is base64, so that it can be carried in a file.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated

import msgspec

from replication.record import UNREADABLE, NotARecord, Record, decode_record, encode_record
from services.backup.faults import ArchiveFault

FORMAT_VERSION = 1
LABEL = b"keytide/archive-share-destroyed"

Verify = Callable[[str, bytes, bytes], bool]
"""(region, message, signature) -> whether the pinned identity of the region has signed the message."""


class Statement(msgspec.Struct, array_like=True, frozen=True):
    """`holder` has destroyed what it held of the key of `archive`, which `region` has made."""

    format: int
    archive: str
    region: str
    holder: str
    time: Annotated[int, msgspec.Meta(ge=0)]


_read = msgspec.msgpack.Decoder(Statement).decode
_write = msgspec.msgpack.Encoder().encode


def encode_statement(statement: Statement, sign: Callable[[bytes], bytes]) -> str:
    """`sign` makes the signature of the holder."""
    signed = _write(statement)
    return base64.b64encode(encode_record(Record(signed, statement.holder, sign(LABEL + signed)))).decode()


def decode_statement(text: str, verify: Verify) -> Statement:
    """Read a statement and check that its holder has signed it. Errors: ArchiveFault."""
    try:
        record = decode_record(base64.b64decode(text.strip(), validate=True))
        statement = _read(record.signed)
    except (binascii.Error, NotARecord, *UNREADABLE):
        raise ArchiveFault("this is no statement of a share's end") from None
    if record.key_id != statement.holder or not verify(statement.holder, LABEL + record.signed, record.proof):
        raise ArchiveFault(f"the statement is not signed by the card of {statement.holder} that this region believes")
    return statement
