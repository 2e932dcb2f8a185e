"""Events as bytes: a msgpack array of [tag, {field number: value}].

A field's number is its place in the event's class, counted from 1; fields are only appended, so a number never changes
its meaning. Fields that hold their default are left out. Field numbers that this version does not know are passed over
(the record keeps them: its bytes are never rewritten); an unknown tag raises `UnknownEvent`.
"""

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
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
    except (LookupError, TypeError, ValueError, AttributeError, msgpack.UnpackException) as error:
        raise UnknownEvent(f"{type(error).__name__}: {error}") from error


# As `_make` of a named tuple, without its own check of the length: the fields are counted here.
_new: Callable[[type[Any], Iterable[object]], Any] = tuple.__new__


def _reader(event_type: type[Any], fields: tuple[_Field, ...]) -> Callable[[Mapping[int, Any]], Any]:
    """A closure that reads one class: rebuilding a region reads millions of events."""
    required = [field for field in fields if field.default is _ABSENT]
    optional = [field for field in fields if field.default is not _ABSENT]
    pick = itemgetter(*(field.number for field in required))
    numbers, defaults = tuple(f.number for f in optional), tuple(f.default for f in optional)
    materials_at = next((place for place, field in enumerate(required) if field.nested), None)

    def read(members: Mapping[int, Any]) -> Any:
        return _new(event_type, (*pick(members), *map(members.get, numbers, defaults)))

    def read_with_materials(members: Mapping[int, Any]) -> Any:
        values = [*pick(members), *map(members.get, numbers, defaults)]
        values[place] = tuple([_read_material(material) for material in values[place]])
        return _new(event_type, values)

    place = materials_at or 0
    return read if materials_at is None else read_with_materials


_read_material = _reader(MaterialBorn, _MATERIAL_FIELDS)
_READERS: Mapping[int, Callable[[Mapping[int, Any]], Event]] = {
    tag: _reader(cls, _FIELDS[cls]) for tag, cls in EVENTS.items()
}
