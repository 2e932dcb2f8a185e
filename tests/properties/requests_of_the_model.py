"""Requests made from the service model that botocore ships: well-formed, and mutated in one or several places.

Owns the making. A request is made from scratch, of members within their constraints and names of what exists, or it is
one that was granted before; then it is changed as clients and attackers would: members gone, of another type, out of
bounds, exchanged, one more than there should be; bytes that are no JSON. Everything follows from one `Random`.
"""

import base64
import json
from random import Random
from typing import Any, Final

import botocore.session

from tests.properties.remembering import Known

MODEL: Final = botocore.session.Session().get_service_model("kms")

_ODD_TEXTS: Final = (
    "",
    " ",
    "\0",
    "alias/",
    "alias/aws/s3",
    "mrk-",
    "*",
    "é" * 40,
    "\ud800",
    "x" * 9000,
    "arn:aws:kms:::key/",
    "../..",
    "${aws:x}",
    "'\"",
    "=",
)
_ODD_NUMBERS: Final = (-1, 0, 1, 2**31, 2**63, 10**30, 1.5, -0.0, 1e308)
ODD_VALUES: Final[tuple[Any, ...]] = (None, True, False, [], {}, [[]], {"": ""}, [None], *_ODD_TEXTS, *_ODD_NUMBERS)
MOST_MUTATIONS: Final = 3
MOST_GRANTED: Final = 200
SLOW_SHARE: Final = 0.03
"""Of requests that make an RSA key where another would do: its primes take hundreds of times as long as a request."""
_RSA: Final = ("RSA_2048", "RSA_3072", "RSA_4096")
_SLOW: Final = {
    **dict.fromkeys(("KeySpec", "CustomerMasterKeySpec", "KeyPairSpec", "DataKeyPairSpec"), _RSA),
    "WrappingKeySpec": _RSA[1:],
}
"""Members and shapes that say which key is made -> those that take long."""


class Requests:
    """Of one operation of `model`. What is `granted` later is changed again later."""

    def __init__(self, operation: str, known: Known, random: Random, model: Any = MODEL) -> None:
        shape = model.operation_model(operation).input_shape
        assert shape is not None
        self._shape: Any = shape
        self._known, self._random = known, random
        self._granted = list(known.granted[operation])

    def make(self) -> Any:
        """A JSON value, or bytes that are none."""
        chance = self._random.random()
        if chance < 0.02:
            return self._random.choice(ODD_VALUES)
        request = self._granted_one() if chance < 0.5 else self.value_of(self._shape)
        for _ in range(self._random.randrange(MOST_MUTATIONS + 1)):
            request = self._mutated(self._shape, request)
        return self._garbled(request) if chance > 0.98 else request

    def was_granted(self, request: Any) -> None:
        """Remember it, in place of an older one where there are many."""
        if not isinstance(request, dict):
            return
        if len(self._granted) < MOST_GRANTED:
            self._granted.append(request)
        else:
            self._granted[self._random.randrange(MOST_GRANTED)] = request

    def value_of(self, shape: Any) -> Any:
        """A value that the model allows, or nearly: patterns are not looked at."""
        known = self._known.by_shape.get(shape.name)
        if known and self._random.random() < 0.8:
            return self._random.choice(known)
        return getattr(self, f"_{shape.type_name}")(shape)

    def _granted_one(self) -> Any:
        if not self._granted:
            return self.value_of(self._shape)
        spared = self._random.random() > SLOW_SHARE
        quick = [request for request in self._granted if not _is_slow(request)] if spared else []
        return self._random.choice(quick or self._granted)

    def _structure(self, shape: Any) -> dict[str, Any]:
        share = self._random.random()
        wanted = [name for name in shape.members if name in shape.required_members or self._random.random() < share]
        return {name: self.value_of(shape.members[name]) for name in wanted}

    def _list(self, shape: Any) -> list[Any]:
        least = shape.metadata.get("min", 0)
        return [self.value_of(shape.member) for _ in range(self._random.randint(least, max(least, 4)))]

    def _map(self, shape: Any) -> dict[str, Any]:
        return {self.value_of(shape.key): self.value_of(shape.value) for _ in range(self._random.randrange(4))}

    def _string(self, shape: Any) -> str:
        if shape.enum:
            return self._choice_of(shape)
        return "".join(self._random.choices("abcXYZ019-_/:.é ", k=self._length(shape, 60)))

    def _choice_of(self, shape: Any) -> str:
        slow = _SLOW.get(shape.name, ())
        spared = slow and self._random.random() > SLOW_SHARE
        return str(self._random.choice([value for value in shape.enum if not (spared and value in slow)]))

    def _blob(self, shape: Any) -> str:
        return base64.b64encode(self._random.randbytes(self._length(shape, 300))).decode()

    def _length(self, shape: Any, most: int) -> int:
        least, most = shape.metadata.get("min", 0), min(shape.metadata.get("max", most), most)
        return self._random.choice((least, most, self._random.randint(min(least, most), most)))

    def _integer(self, shape: Any) -> int:
        return self._random.randint(shape.metadata.get("min", 0), shape.metadata.get("max", 10_000))

    def _boolean(self, _shape: Any) -> bool:
        return self._random.random() < 0.5

    def _timestamp(self, _shape: Any) -> float:
        return self._random.uniform(0, 4e9)

    def _mutated(self, shape: Any, value: Any) -> Any:
        """`value` with one thing changed."""
        if shape.type_name == "blob" and isinstance(value, str) and self._random.random() < 0.5:
            return self._flipped(value)
        if shape.type_name != "structure" or not isinstance(value, dict) or not value:
            return self._random.choice(ODD_VALUES) if self._random.random() < 0.5 else self.value_of(shape)
        return self._random.choice(_CHANGES)(self, shape, value)

    def _without(self, _shape: Any, value: dict[str, Any]) -> dict[str, Any]:
        gone = self._random.choice([*value])
        return {name: kept for name, kept in value.items() if name != gone}

    def _changed(self, shape: Any, value: dict[str, Any]) -> dict[str, Any]:
        name = self._random.choice([*value])
        member = shape.members.get(name)
        return {
            **value,
            name: self._random.choice(ODD_VALUES) if member is None else self._mutated(member, value[name]),
        }

    def _exchanged(self, shape: Any, value: dict[str, Any]) -> dict[str, Any]:
        """With a member that is sound by itself."""
        name = self._random.choice([*shape.members])
        return {**value, name: self.value_of(shape.members[name])}

    def _with_more(self, _shape: Any, value: dict[str, Any]) -> dict[str, Any]:
        return {**value, "NoSuchMember": self._random.choice(ODD_VALUES)}

    def _flipped(self, text: str) -> str:
        """Bytes with one changed, or some at the end lost."""
        try:
            raw = bytearray(base64.b64decode(text, validate=True))
        except ValueError:
            return text
        if not raw:
            return text
        place = self._random.randrange(len(raw))
        if self._random.random() < 0.5:
            raw[place] ^= 1 << self._random.randrange(8)
        else:
            del raw[place:]
        return base64.b64encode(raw).decode()

    def _garbled(self, request: Any) -> bytes:
        """Bytes that were a request, with one of them changed or the rest lost."""
        body = bytearray(json.dumps(request).encode())
        place = self._random.randrange(len(body))
        if self._random.random() < 0.5:
            body[place] = self._random.randrange(256)
        else:
            del body[place:]
        return bytes(body)


def _is_slow(request: dict[str, Any]) -> bool:
    return any(request.get(member) in slow for member, slow in _SLOW.items())


_CHANGES: Final = (Requests._without, Requests._changed, Requests._exchanged, Requests._exchanged, Requests._with_more)


def body_of(request: Any) -> bytes:
    """What is sent."""
    return request if isinstance(request, bytes) else json.dumps(request).encode()
