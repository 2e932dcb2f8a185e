"""No way of printing a Secret shows it."""

import copy
import json
import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import msgpack
import msgspec
import orjson
import pytest

from shared.secrets import Secret

VALUE = b"correct horse battery staple"
SECRET = Secret(VALUE)


@dataclass(frozen=True)
class InDataclass:
    secret: Secret


class InTuple(NamedTuple):
    secret: Secret


def raised() -> str:
    try:
        raise ValueError("a message", SECRET)
    except ValueError as error:
        return "".join(traceback.format_exception(error))


PRINTED: dict[str, Callable[[], object]] = {
    "repr": lambda: repr(SECRET),
    "str": lambda: str(SECRET),
    "format": lambda: f"{SECRET}{SECRET:>40}{SECRET!r}{SECRET!s}",
    "percent": lambda: "%s %r" % (SECRET, SECRET),  # noqa: UP031 - it is what is tried
    "template": lambda: "{0} {0!r} {0:s}".format(SECRET),  # noqa: UP032 - it is what is tried
    "list": lambda: str([SECRET, {"name": SECRET}, {SECRET}]),
    "dataclass": lambda: str(InDataclass(SECRET)),
    "tuple": lambda: str(InTuple(SECRET)),
    "exception": lambda: f"{ValueError(SECRET)} {ValueError(SECRET)!r}",
    "traceback": raised,
    "json": lambda: json.dumps({"secret": SECRET}, default=str),
    "orjson": lambda: orjson.dumps([SECRET, InDataclass(SECRET), InTuple(SECRET)], default=str),
    "attributes": lambda: [name for name in dir(SECRET) if not name.startswith("_")],
}
REFUSED: dict[str, Callable[[], object]] = {
    "json": lambda: json.dumps(SECRET),
    "orjson": lambda: orjson.dumps(SECRET),
    "msgpack": lambda: msgpack.packb(SECRET),
    "msgspec": lambda: msgspec.msgpack.encode(SECRET),
    "pickle": lambda: pickle.dumps(SECRET),
    "copy": lambda: copy.deepcopy(InDataclass(SECRET)),
    "bytes": lambda: bytes(SECRET),  # type: ignore[call-overload]
    "attributes": lambda: vars(SECRET),
}


@pytest.mark.parametrize("way", PRINTED)
def test_a_secret_shows_itself_in_no_way_of_printing(way: str) -> None:
    told = repr(PRINTED[way]())
    assert VALUE.decode() not in told
    assert not any(word in told for word in VALUE.decode().split())


@pytest.mark.parametrize("way", REFUSED)
def test_a_secret_is_never_encoded(way: str) -> None:
    with pytest.raises((TypeError, ValueError)) as refused:
        REFUSED[way]()
    assert VALUE.decode() not in str(refused.value)


def test_only_reveal_shows_it() -> None:
    assert SECRET.reveal() == VALUE
    assert (Secret(VALUE) == SECRET, Secret(b"other") == SECRET, SECRET == VALUE) == (True, False, False)
