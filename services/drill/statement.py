"""A region's signed word about a drill in which it took part.

Owns what is signed (`replication/records/signed_text.py`), and its check: a msgpack array of format version, region,
scenario, SHA-256 of the report (hexadecimal), whether the drill passed, and the time in milliseconds.
"""

from collections.abc import Callable
from typing import Annotated

import msgspec

from replication.pulses.pulse import Verify
from replication.records.record import UNREADABLE
from replication.records.signed_text import NotSignedText, decode_signed_text, encode_signed_text, has_signed
from services.drill.faults import NotAReport

FORMAT_VERSION = 1
LABEL = b"keytide/drill"


class Statement(msgspec.Struct, array_like=True, frozen=True):
    """`region` took part in the drill of `scenario` whose report has this hash."""

    format: int
    region: str
    scenario: str
    report: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    passed: bool
    time: Annotated[int, msgspec.Meta(ge=0)]


_read = msgspec.msgpack.Decoder(Statement).decode
_write = msgspec.msgpack.Encoder().encode


def encode_statement(statement: Statement, sign: Callable[[bytes], bytes]) -> str:
    """`sign` makes the signature of the region."""
    return encode_signed_text(LABEL, _write(statement), statement.region, sign)


def decode_statement(text: str, verify: Verify) -> Statement:
    """Read a statement and check that its region has signed it. Errors: NotAReport."""
    try:
        record = decode_signed_text(text)
        statement = _read(record.signed)
    except (NotSignedText, *UNREADABLE):
        raise NotAReport("what a region is to have said of the drill is no statement") from None
    if not has_signed(statement.region, LABEL, record, verify):
        raise NotAReport(f"{statement.region} has not signed what it is to have said of the drill")
    return statement
