"""A region's signed word as text, such as can be carried in a file.

Owns its form: base64 (RFC 4648) of a msgpack array [signed bytes, region, Ed25519 signature (RFC 8032)]. The signature
covers a label before the signed bytes, so that no signature over anything else can be taken for this one. What the
signed bytes are is whose word it is.
"""

import base64
import binascii
from collections.abc import Callable

from replication.pulses.pulse import Verify
from replication.records.record import NotARecord, Record, decode_record, encode_record


class NotSignedText(ValueError):
    """The text is of another form."""


def encode_signed_text(label: bytes, signed: bytes, region: str, sign: Callable[[bytes], bytes]) -> str:
    """`sign` makes the signature of the region."""
    return _encoded(Record(signed, region, sign(label + signed)))


def decode_signed_text(text: str) -> Record:
    """Take it apart without believing anything in it; white space around it means nothing. Errors: NotSignedText."""
    try:
        record = decode_record(base64.b64decode(text.strip(), validate=True))
    except (binascii.Error, NotARecord, ValueError) as error:
        raise NotSignedText("it is not base64 of anything signed") from error
    # Base64 and msgpack both let one value be written in several ways; only what was written counts.
    if _encoded(record) != text.strip():
        raise NotSignedText("it is not written as it was signed")
    return record


def has_signed(region: str, label: bytes, record: Record, verify: Verify) -> bool:
    """Whether it is the region's word."""
    return record.key_id == region and verify(region, label + record.signed, record.proof)


def _encoded(record: Record) -> str:
    return base64.b64encode(encode_record(record)).decode()
