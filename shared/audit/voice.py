"""What a region says of its digests and of its peers' beside its pulses: some headers, and its cosignatures.

Owns its form: a msgpack array [LABEL, headers, cosignatures]; the parts bear their own signatures, so that it needs
none. And which headers it shows: what a peer has not cosigned yet, the earliest first, so that one that was away
finds its way; the last one to whoever has cosigned all.
"""

from collections.abc import Sequence

import msgspec

from shared.audit.digest import SignedHeader

LABEL = "keytide audit voice 1"
HEADERS_MOST = 16
COSIGNATURES_MOST = 64


class Voice(msgspec.Struct, array_like=True, frozen=True):
    """Nothing in it is believed before its signatures were looked at."""

    label: str
    headers: tuple[SignedHeader, ...]
    cosignatures: tuple[bytes, ...]


class NotAVoice(Exception):
    """The bytes are none."""


_read = msgspec.msgpack.Decoder(Voice).decode
_write = msgspec.msgpack.Encoder().encode


def encode_voice(headers: Sequence[SignedHeader], cosignatures: Sequence[bytes]) -> bytes:
    return _write(Voice(LABEL, tuple(headers), tuple(cosignatures)))


def decode_voice(encoded: bytes) -> Voice:
    """Errors: NotAVoice."""
    try:
        voice = _read(encoded)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError) as error:
        raise NotAVoice(f"not a region's word on digests: {type(error).__name__}") from error
    if voice.label != LABEL or len(voice.headers) > HEADERS_MOST or len(voice.cosignatures) > COSIGNATURES_MOST:
        raise NotAVoice("it has another label, or too much in it")
    return voice


def shown_first(last: int, cosigned: int) -> int:
    """The number of the first digest that is shown to a peer which has cosigned up to `cosigned`, of `last` there are.

    One that has cosigned nothing begins with the last: there is nothing that earlier ones could be held against.
    """
    return last if cosigned == 0 else min(cosigned + 1, last)
