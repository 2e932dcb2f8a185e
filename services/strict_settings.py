"""Settings files: JSON read into frozen dataclasses, strictly.

Owns the one reader and the one writer. A member that is unknown, lacking or of the wrong type is an error that names it
by its path (`peers[1].feed.port`), so that a slip of the pen never turns into a default.
"""

import dataclasses
import json
import os
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from services.durable_file import replace_file
from services.plain_fault import PlainFault

Settings = TypeVar("Settings")


UNWRITTEN = {"written": False}
"""The metadata of a field that is no member of the file."""


class SettingsError(PlainFault):
    """A settings file that cannot be used. The message is one line: the file or member, what is wrong, what to do."""


def read_settings(kind: type[Settings], path: Path) -> Settings:
    """Read the JSON file `path` as a `kind`. Errors: SettingsError, with the file and the member."""
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingsError(f"{path}: is not JSON: {error}") from error
    try:
        return decode_settings(kind, value)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


def write_settings(settings: object, path: Path) -> None:
    """Write a settings dataclass as JSON with mode 0600, whole or not at all, also over a power cut."""
    replace_file(path, (json.dumps(encode_settings(settings), indent=2) + "\n").encode())


def decode_settings(kind: type[Settings], value: object, member: str = "") -> Settings:
    """`value`, as JSON gave it, as a `kind`. `member` is the path named in errors."""
    decoded: Settings = _decode(kind, value, member)
    return decoded


def encode_settings(value: Any) -> object:
    """The inverse of `decode_settings`, ready for JSON."""
    if dataclasses.is_dataclass(value):
        return {name: encode_settings(getattr(value, name)) for name in _members(type(value))}
    if hasattr(value, "_asdict"):
        return {name: encode_settings(entry) for name, entry in value._asdict().items()}
    if isinstance(value, tuple):
        return [encode_settings(entry) for entry in value]
    if isinstance(value, dict):
        return {name: encode_settings(entry) for name, entry in value.items()}
    return os.fspath(value) if isinstance(value, Path) else value


def _decode(kind: Any, value: object, member: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _decode_union(get_args(kind), value, member)
    if origin is tuple:
        return _decode_tuple(get_args(kind)[0], value, member)
    if origin is dict:
        return _decode_dictionary(get_args(kind)[1], value, member)
    if origin is Literal:
        return _require(value in get_args(kind), value, member, f"one of {list(get_args(kind))}")
    if dataclasses.is_dataclass(kind) or hasattr(kind, "_fields"):
        return _decode_members(kind, value, member)
    return _decode_scalar(kind, value, member)


def _decode_scalar(kind: Any, value: object, member: str) -> Any:
    expected, wanted = _SCALARS[kind]
    _require(isinstance(value, expected) and (kind is bool or not isinstance(value, bool)), value, member, wanted)
    return _MADE_FROM_TEXT.get(kind, lambda same: same)(value)


_SCALARS: Mapping[Any, tuple[type | tuple[type, ...], str]] = {
    str: (str, "a string"),
    int: (int, "a whole number"),
    float: ((int, float), "a number"),
    bool: (bool, "true or false"),
    Path: (str, "a path"),
    types.NoneType: (types.NoneType, "null"),
}
_MADE_FROM_TEXT: Mapping[Any, Callable[[Any], Any]] = {Path: Path, float: float}


def _decode_tuple(kind: Any, value: object, member: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _wrong(value, member, "a list")
    return tuple(_decode(kind, entry, f"{member}[{place}]") for place, entry in enumerate(value))


def _decode_dictionary(kind: Any, value: object, member: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(value, member, "an object")
    return {name: _decode(kind, entry, _path(member, name)) for name, entry in value.items()}


def _decode_union(kinds: tuple[Any, ...], value: object, member: str) -> Any:
    """An object is read as the union's one object type, so that its errors name the member inside it."""
    if isinstance(value, dict):
        kinds = tuple(kind for kind in kinds if dataclasses.is_dataclass(kind)) or kinds
    for kind in kinds[:-1]:
        try:
            return _decode(kind, value, member)
        except SettingsError:
            continue
    return _decode(kinds[-1], value, member)


def _decode_members(kind: Any, value: object, member: str) -> Any:
    if not isinstance(value, dict):
        raise _wrong(value, member, "an object")
    hints, known = get_type_hints(kind), _members(kind)
    for name in value:
        if name not in known:
            raise SettingsError(f"{_path(member, name)}: is unknown; known here: {', '.join(known)}")
    members = {name: _decode(hints[name], entry, _path(member, name)) for name, entry in value.items()}
    for name in _required_members(kind):
        if name not in members:
            raise SettingsError(f"{_path(member, name)}: is missing")
    return kind(**members)


def _members(kind: Any) -> list[str]:
    if hasattr(kind, "_fields"):
        return list(kind._fields)
    return [field.name for field in dataclasses.fields(kind) if field.metadata != UNWRITTEN]


def _required_members(kind: Any) -> list[str]:
    if hasattr(kind, "_fields"):
        return [name for name in kind._fields if name not in kind._field_defaults]
    without = dataclasses.MISSING
    fields = dataclasses.fields(kind)
    return [field.name for field in fields if field.default is without and field.default_factory is without]


def _path(member: str, name: str) -> str:
    return f"{member}.{name}" if member else name


def _require(holds: bool, value: object, member: str, wanted: str) -> object:
    if not holds:
        raise _wrong(value, member, wanted)
    return value


def _wrong(value: object, member: str, wanted: str) -> SettingsError:
    return SettingsError(f"{member or 'the file'}: must be {wanted}, not {json.dumps(value)[:80]}")
