"""Events as bytes: a msgpack array of [tag, {field number: value}].

A field's number is its place in the event's class, counted from 1; fields are only appended, so a number never changes
its meaning. Fields that hold their default are left out. Field numbers that this version does not know are passed over
(the record keeps them: its bytes are never rewritten); an unknown tag raises `UnknownEvent`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgpack

from shared.events import EVENTS, Event, MaterialBorn

_ABSENT = object()


class UnknownEvent(Exception):
    """The record holds an event that this version cannot read."""


class _Field(NamedTuple):
    number: int
    name: str
    default: object
    nested: bool


def _fields_of(event_type: type[Any]) -> tuple[_Field, ...]:
    defaults = event_type._field_defaults
    return tuple(
        _Field(number, name, defaults.get(name, _ABSENT), name == "materials")
        for number, name in enumerate(event_type._fields, start=1)
    )


_MATERIAL_FIELDS = _fields_of(MaterialBorn)
_FIELDS: Mapping[type[Any], tuple[_Field, ...]] = {cls: _fields_of(cls) for cls in EVENTS.values()}
_TAGS: Mapping[type[Any], int] = {cls: tag for tag, cls in EVENTS.items()}


def encode_events(events: Iterable[Event]) -> bytes:
    """The one encoding of the events of a record."""
    encoded = [[_TAGS[type(event)], _to_map(event, _FIELDS[type(event)])] for event in events]
    return bytes(msgpack.packb(encoded))


def _to_map(value: tuple[object, ...], fields: tuple[_Field, ...]) -> dict[int, object]:
    numbered: dict[int, object] = {}
    for field, member in zip(fields, value, strict=True):
        if member == field.default:
            continue
        numbered[field.number] = [_to_map(m, _MATERIAL_FIELDS) for m in member] if field.nested else member  # type: ignore[attr-defined]
    return numbered


def decode_events(encoded: bytes) -> tuple[Event, ...]:
    """Read events back. Errors: UnknownEvent for a tag, a missing field or a shape that this version does not know."""
    try:
        pairs = msgpack.unpackb(encoded, use_list=False, strict_map_key=False)
        return tuple([_READERS[tag](members) for tag, members in pairs])
    except (KeyError, TypeError, ValueError, AttributeError, msgpack.UnpackException) as error:
        raise UnknownEvent(f"{type(error).__name__}: {error}") from error


def _reader(event_type: type[Any], fields: tuple[_Field, ...]) -> Callable[[Mapping[int, Any]], Any]:
    """A closure that reads one class: rebuilding a region reads millions of events."""
    required = [(field.number, field.nested) for field in fields if field.default is _ABSENT]
    optional = [(field.number, field.default) for field in fields if field.default is not _ABSENT]
    nested = any(is_nested for _, is_nested in required)

    def read_plain(members: Mapping[int, Any]) -> Any:
        get = members.get
        return event_type._make([members[n] for n, _ in required] + [get(n, default) for n, default in optional])

    def read_nested(members: Mapping[int, Any]) -> Any:
        get = members.get
        values = [
            tuple([_read_material(m) for m in members[n]]) if is_nested else members[n] for n, is_nested in required
        ]
        return event_type._make(values + [get(n, default) for n, default in optional])

    return read_nested if nested else read_plain


_read_material = _reader(MaterialBorn, _MATERIAL_FIELDS)
_READERS: Mapping[int, Callable[[Mapping[int, Any]], Event]] = {
    tag: _reader(cls, _FIELDS[cls]) for tag, cls in EVENTS.items()
}
