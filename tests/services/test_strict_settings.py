"""Strict reading of settings: every slip is an error that names its member."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from services.strict_settings import UNWRITTEN, SettingsError, decode_settings, read_settings, write_settings


class Limits(NamedTuple):
    bytes: int = 10


@dataclass(frozen=True)
class Inner:
    host: str
    port: int = 1


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner
    many: tuple[Inner, ...] = ()
    kind: Literal["plain"] | Inner = "plain"
    path: Path | None = None
    flag: bool = False
    limits: Limits = field(default_factory=Limits)
    counts: dict[str, int] = field(default_factory=dict)
    place: str = field(default="here", metadata=UNWRITTEN)


WHOLE = {"name": "n", "inner": {"host": "h"}}


def test_what_is_written_is_read_back_without_unwritten_members(tmp_path: Path) -> None:
    settings = Outer("n", Inner("h", 2), (Inner("a"),), Inner("k"), Path("p"), True, Limits(3), {"a": 1}, "elsewhere")
    write_settings(settings, tmp_path / "file.json")
    assert read_settings(Outer, tmp_path / "file.json") == Outer(
        "n", Inner("h", 2), (Inner("a"),), Inner("k"), Path("p"), True, Limits(3), {"a": 1}
    )
    assert (tmp_path / "file.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nmae": 1}, "nmae: is unknown; known here: name, inner"),
        ({"place": "x"}, "place: is unknown"),
        ({"name": 1}, "name: must be a string, not 1"),
        ({"flag": 1}, "flag: must be true or false, not 1"),
        ({"inner": {"host": "h", "port": True}}, "inner.port: must be a whole number, not true"),
        ({"inner": {"host": "h", "port": 1.5}}, "inner.port: must be a whole number, not 1.5"),
        ({"inner": {}}, "inner.host: is missing"),
        ({"inner": []}, "inner: must be an object"),
        ({"many": {}}, "many: must be a list"),
        ({"many": [{"host": "h"}, {"host": "h", "prot": 1}]}, r"many\[1\].prot: is unknown"),
        ({"kind": {"host": 1}}, "kind.host: must be a string"),
        ({"kind": "other"}, "kind: must be"),
        ({"path": 1}, "path: must be"),
        ({"limits": {"bites": 1}}, "limits.bites: is unknown"),
        ({"counts": {"a": True}}, "counts.a: must be a whole number, not true"),
        ({"counts": []}, "counts: must be an object"),
    ],
)
def test_a_wrong_member_is_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        decode_settings(Outer, {**WHOLE, **change})


def test_a_file_that_is_missing_or_no_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    with pytest.raises(SettingsError, match=r"file\.json: cannot be read: No such file"):
        read_settings(Outer, path)
    path.write_text("{")
    with pytest.raises(SettingsError, match=r"file\.json: is not JSON"):
        read_settings(Outer, path)
    path.write_text("[]")
    with pytest.raises(SettingsError, match=r"file\.json: the file: must be an object, not \[\]"):
        read_settings(Outer, path)
