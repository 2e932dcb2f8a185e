"""Lists as columns and as JSON."""

import json

import pytest

from services.cli.columns import lines, show

ROWS: list[dict[str, object]] = [
    {"account": "111122223333", "stand_by": None, "keys": ["a", "b"], "document": "{}"},
    {"account": "4", "stand_by": "eu-west-1", "keys": [], "document": "{}"},
]


def test_columns_are_as_wide_as_their_widest_value() -> None:
    assert lines(ROWS, frozenset({"document"})) == [
        "account       stand by   keys",
        "111122223333  -          a,b",
        "4             eu-west-1  -",
    ]


def test_a_name_cannot_write_to_the_terminal() -> None:
    assert lines([{"name": "\x1b[2J\r"}]) == ["name", r"\x1b[2J\r"]


@pytest.mark.parametrize(("rows", "wanted"), [(ROWS, ROWS), ([], [])])
def test_json_has_all_of_it(rows: list[dict[str, object]], wanted: object, capsys: pytest.CaptureFixture[str]) -> None:
    show(rows, as_json=True, nothing="There is none.", wide=frozenset({"document"}))
    assert json.loads(capsys.readouterr().out) == wanted


def test_nothing_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    show([], as_json=False, nothing="There is none.")
    assert capsys.readouterr().out == "There is none.\n"
