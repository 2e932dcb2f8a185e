"""What an object of the audit log or of a proof is, told by its label, the first element of its array."""

import msgspec


class _Labelled(msgspec.Struct, array_like=True, frozen=True, gc=False):
    label: str


_read = msgspec.msgpack.Decoder(_Labelled).decode


def label_of(encoded: bytes) -> str:
    """ "" for what has none."""
    try:
        return _read(encoded).label
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
