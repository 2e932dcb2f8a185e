"""A region's signed word about a drill in which it took part.

Owns its form and its check: a msgpack array [signed bytes, region, Ed25519 signature (RFC 8032)]; the signed bytes are
a msgpack array of format version, region, scenario, SHA-256 of the report (hexadecimal), whether the drill passed, and
the time in milliseconds. The signature covers `LABEL` before them. As text it is base64.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated

import msgspec

from replication.record import UNREADABLE, NotARecord, Record, decode_record, encode_record
from services.drill.faults import NotAReport

FORMAT_VERSION = 1
LABEL = b"keytide/drill"

Verify = Callable[[str, bytes, bytes], bool]
"""(region, message, signature) -> whether the identity of the region has signed the message."""


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
    signed = _write(statement)
    return base64.b64encode(encode_record(Record(signed, statement.region, sign(LABEL + signed)))).decode()


def decode_statement(text: str, verify: Verify) -> Statement:
    """Read a statement and check that its region has signed it. Errors: NotAReport."""
    try:
        record = decode_record(base64.b64decode(text, validate=True))
        statement = _read(record.signed)
    except (binascii.Error, NotARecord, *UNREADABLE):
        raise NotAReport("what a region is to have said of the drill is no statement") from None
    if record.key_id != statement.region or not verify(statement.region, LABEL + record.signed, record.proof):
        raise NotAReport(f"{statement.region} has not signed what it is to have said of the drill")
    return statement
