"""A region's word that it has destroyed its share of an archive's key.

Owns what is signed (`replication/records/signed_text.py`), and its check: a msgpack array of format version, archive,
the archive's region, the holder, and the time in milliseconds.
"""

from collections.abc import Callable
from typing import Annotated

import msgspec

from replication.pulses.pulse import Verify
from replication.records.record import UNREADABLE
from replication.records.signed_text import NotSignedText, decode_signed_text, encode_signed_text, has_signed
from services.backup.faults import ArchiveFault

FORMAT_VERSION = 1
LABEL = b"keytide/archive-share-destroyed"


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
    return encode_signed_text(LABEL, _write(statement), statement.holder, sign)


def decode_statement(text: str, verify: Verify) -> Statement:
    """Read a statement and check that its holder has signed it. Errors: ArchiveFault."""
    try:
        record = decode_signed_text(text)
        statement = _read(record.signed)
    except (NotSignedText, *UNREADABLE):
        raise ArchiveFault("this is no statement of a share's end") from None
    if not has_signed(statement.holder, LABEL, record, verify):
        raise ArchiveFault(f"the statement is not signed by the card of {statement.holder} that this region believes")
    return statement
