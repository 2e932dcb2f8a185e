"""Whether an envelope makes a record that every reader takes and every log holds.

Owns the bounds of what an author sends, and the refusal of what lies beyond them.
"""

from replication.log.event_log import MAXIMUM_RECORD_BYTES
from replication.records.record import Envelope, NotARecord, decode_envelope, encode_envelope

SIGNED_MOST_BYTES = MAXIMUM_RECORD_BYTES - 256
"""Key id and proof take the rest of a record."""
SHARED_MOST_BYTES = MAXIMUM_RECORD_BYTES // 2
"""Of a record's shared part: its adoption, with the secrets wrapped again, must fit a record too."""


class Unwritable(ValueError):
    """Every reader would pass over the record, or the log refuse it. The message says why."""


def signed_bytes(envelope: Envelope) -> bytes:
    """The bytes to authenticate. Errors: Unwritable."""
    try:
        signed = encode_envelope(envelope)
        decode_envelope(signed)
    except (NotARecord, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise Unwritable(f"the draft makes no record: {error}") from error
    if len(signed) > SIGNED_MOST_BYTES or len(envelope.shared or b"") > SHARED_MOST_BYTES:
        raise Unwritable(f"the change is too large for one record ({len(signed)} bytes)")
    return signed
