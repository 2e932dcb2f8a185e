"""What clients have chosen, on a terminal and as JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.printing import harmless, json_line


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_is_json_whatever_it_holds_and_nothing_in_it_moves_a_terminal(value: object) -> None:
    line = json_line(value)
    assert json.loads(line) == value
    assert line.isprintable()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\x9b31m", r'"\u009b31m"'),
        ("\U000e0001", r'"\udb40\udc01"'),
        ("\x1b\u2028", r'"\u001b\u2028"'),
        ("ä\U0001f511", '"ä\U0001f511"'),
    ],
)
def test_what_cannot_be_printed_stands_in_json_as_json_escapes_it(text: str, line: str) -> None:
    assert json_line(text) == line


def test_on_a_terminal_nothing_is_obeyed() -> None:
    assert harmless("a\x9b31m\n") == r"a\x9b31m\n"
