"""Single JSON values: what each may become, and AWS's words where the type is wrong.

Source of the words: SerializationException texts recorded from AWS JSON services.
"""

from binascii import a2b_base64
from collections.abc import Callable
from typing import Any

from shared.errors import SerializationFailed

_WANTED = {str: "a String", int: "an Integer", float: "a Timestamp", bool: "a Boolean", bytes: "a Blob"}


def wrong_type(value: object, wanted: type) -> SerializationFailed:
    """The refusal of a JSON value where a `wanted` (a scalar type, dict, list or structure) should stand."""
    if isinstance(value, dict):
        return SerializationFailed("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return SerializationFailed("Start of list found where not expected")
    if wanted not in _WANTED:
        return SerializationFailed("Unexpected null in a list or map" if value is None else "Expected null")
    return SerializationFailed(f"{_token(value)} can not be converted to {_WANTED[wanted]}")


def _token(value: object) -> str:
    if isinstance(value, bool):
        return f"{value}_VALUE".upper()
    if value is None:
        return "NULL_VALUE"
    return "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    raise wrong_type(value, str)


def _blob(value: Any) -> bytes:
    """Errors: SerializationFailed; ValueError for text that is not padded base64 of RFC 4648 section 4."""
    if type(value) is str:
        return a2b_base64(value, strict_mode=True)
    raise wrong_type(value, bytes)


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    raise wrong_type(value, int)


def _seconds(value: Any) -> float:
    if type(value) is float or type(value) is int:
        return float(value)
    raise wrong_type(value, float)


def _boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise wrong_type(value, bool)


def _map(value: Any) -> dict[str, str]:
    if type(value) is not dict:
        raise wrong_type(value, dict)
    for text in value.values():
        if type(text) is not str:
            raise wrong_type(text, str)
    return value


CONVERSIONS: dict[type, Callable[[Any], Any]] = {
    str: _text,
    bytes: _blob,
    int: _integer,
    float: _seconds,
    bool: _boolean,
    dict: _map,
}
"""From a JSON value that is not null to the typed one, by type."""
