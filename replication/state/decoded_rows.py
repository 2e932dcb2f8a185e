"""Rows that were decoded lately, for all requests of a process.

Owns that memory. It is keyed by the rows' own bytes, so that a changed row can never be answered from it.
"""

from replication.state.rows import NO_ROW, Row, decode_row

DECODED_MOST = 20_000
_decoded: dict[bytes, Row] = {}


def decoded_row(encoded: bytes | None) -> Row:
    """The row of a stream; `NO_ROW` of one that is not there. Errors: those of `decode_row`."""
    return NO_ROW if encoded is None else _decoded.get(encoded) or _decode(encoded)


def _decode(encoded: bytes) -> Row:
    if len(_decoded) >= DECODED_MOST:
        _decoded.clear()
    row = _decoded[encoded] = decode_row(encoded)
    return row
