"""Single JSON values: what each may become, and AWS's words where the type is wrong.

Source of the words: SerializationException texts recorded from AWS JSON services.
"""

from binascii import a2b_base64
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

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


class Conversion(NamedTuple):
    """From a JSON value that is not null to the typed one: of which types it has to be, and what is made of it then.

    `make` None: it is the value itself. Errors of `make`: SerializationFailed; ValueError for text that is not padded
    base64 of RFC 4648, section 4.
    """

    taken: tuple[type, ...]
    make: Callable[[Any], Any] | None = None


def _map(value: dict[str, Any]) -> dict[str, str]:
    for text in value.values():
        if type(text) is not str:
            raise wrong_type(text, str)
    return value


CONVERSIONS: Mapping[type, Conversion] = {
    str: Conversion((str,)),
    bytes: Conversion((str,), partial(a2b_base64, strict_mode=True)),
    int: Conversion((int,)),
    float: Conversion((float, int), float),
    bool: Conversion((bool,)),
    dict: Conversion((dict,), _map),
}
"""By the type that is wanted."""
