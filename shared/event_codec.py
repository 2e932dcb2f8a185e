"""Events as bytes: a msgpack array of [tag, {field number: value}].

A field's number is its place in the event's class, counted from 1; fields are only appended, so a number never changes
its meaning. Fields that hold their default are left out. Field numbers that this version does not know are passed over
(the record keeps them: its bytes are never rewritten); an unknown tag raises `UnknownEvent`. A material's id stands as
its 32 bytes, and the id of the key it was born under only where that is another than the event's. Every field is
checked (`shared/event_fields.py`): an event that is decoded has the types of its class.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import repeat
from operator import itemgetter
from typing import Any, get_type_hints

import msgpack

from shared.event_fields import ABSENT, MATERIALS, Field, requirement
from shared.events import EVENTS, Event, MaterialBorn


class UnknownEvent(Exception):
    """The record holds an event that this version cannot read."""


class LaterEvent(UnknownEvent):
    """A later version has written it: whoever reads it is behind."""


def _fields_of(event_type: type[Any]) -> tuple[Field, ...]:
    defaults, hints = event_type._field_defaults, get_type_hints(event_type)
    return tuple(
        Field(number, name, hints[name], defaults.get(name, ABSENT))
        for number, name in enumerate(event_type._fields, start=1)
    )


_MATERIAL_FIELDS = _fields_of(MaterialBorn)
_MATERIAL_ID, _BORN_KEY_ID, _CREATED_AT, _WRAPPED, _SEALED, _ID_COMMITS = (field.number for field in _MATERIAL_FIELDS)
_FIELDS: Mapping[type[Any], tuple[Field, ...]] = {cls: _fields_of(cls) for cls in EVENTS.values()}
_TAGS: Mapping[type[Any], int] = {cls: tag for tag, cls in EVENTS.items()}


def encode_events(events: Iterable[Event]) -> bytes:
    """The one encoding of the events of a record. Errors: ValueError for a material id that is not hexadecimal."""
    encoded = [[_TAGS[type(event)], _event_to_map(event)] for event in events]
    return bytes(msgpack.packb(encoded))


def _event_to_map(event: Any) -> dict[int, object]:
    fields = _FIELDS[type(event)]
    numbered = _to_map(event, fields)
    for field in fields:
        if field.hint == MATERIALS and field.number in numbered:
            numbered[field.number] = [_material_to_map(material, event.key_id) for material in event.materials]
    return numbered


def _to_map(value: tuple[object, ...], fields: tuple[Field, ...]) -> dict[int, object]:
    return {field.number: member for field, member in zip(fields, value, strict=True) if member != field.default}


def _material_to_map(material: MaterialBorn, key_id: str) -> dict[int, object]:
    numbered = _to_map(material, _MATERIAL_FIELDS)
    numbered[_MATERIAL_ID] = bytes.fromhex(material.material_id)
    if material.born_key_id == key_id:
        del numbered[_BORN_KEY_ID]
    return numbered


# As `_make` of a named tuple, without its own check of the length: the fields are counted here.
_new: Callable[[type[Any], Iterable[object]], Any] = tuple.__new__
_require_material = requirement(
    [field._replace(hint=bytes) if field.number == _MATERIAL_ID else field for field in _MATERIAL_FIELDS],
    # The id of the event's own key is checked with the event.
    sure=frozenset((_BORN_KEY_ID,)),
)


def _read_material(members: Mapping[int, Any], key_id: str) -> MaterialBorn:
    _require_material(members)
    get = members.get
    own = members[_MATERIAL_ID].hex(), get(_BORN_KEY_ID, key_id), members[_CREATED_AT], get(_WRAPPED), get(_SEALED)
    material: MaterialBorn = _new(MaterialBorn, (*own, get(_ID_COMMITS, False)))
    return material


def decode_events(encoded: bytes) -> tuple[Event, ...]:
    """Read events back.

    Errors: LaterEvent for a tag that this version does not know; UnknownEvent for a missing field, or a value of
    another type or form.
    """
    events: list[Event] = []
    try:
        pairs = msgpack.unpackb(encoded, use_list=False, strict_map_key=False)
        for tag, members in pairs:
            events.append(_reader_of(tag)(members))
    except (LookupError, TypeError, ValueError, AttributeError, msgpack.UnpackException) as error:
        raise UnknownEvent(f"{type(error).__name__}: {error}") from error
    return tuple(events)


def _reader_of(tag: int) -> Callable[[dict[int, Any]], Event]:
    found = _READERS.get(tag)
    if found is None:
        raise LaterEvent(f"it holds an event of kind {tag}") if isinstance(tag, int) else UnknownEvent("it is no event")
    return found


def _reader(event_type: type[Any], fields: tuple[Field, ...]) -> Callable[[dict[int, Any]], Any]:
    """A closure that reads one class: rebuilding a region reads millions of events."""
    pick = itemgetter(*(field.number for field in fields))
    defaults = {field.number: field.default for field in fields if field.default is not ABSENT}
    require = requirement(fields)

    def read(members: dict[int, Any]) -> Any:
        require(members)
        return _new(event_type, pick(defaults | members))

    numbers = {field.name: field.number for field in fields}
    if "materials" not in numbers:
        return read
    key_id_at, materials_at = numbers["key_id"], numbers["materials"]

    def read_with_materials(members: dict[int, Any]) -> Any:
        require(members)
        whole: dict[int, Any] = defaults | members
        whole[materials_at] = tuple(map(_read_material, whole[materials_at], repeat(whole[key_id_at])))
        return _new(event_type, pick(whole))

    return read_with_materials


_READERS: Mapping[int, Callable[[dict[int, Any]], Event]] = {
    tag: _reader(cls, _FIELDS[cls]) for tag, cls in EVENTS.items()
}
