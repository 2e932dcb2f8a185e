"""Where statements stand, counted by hand."""

import json

from hypothesis import given
from hypothesis import strategies as st

from shared.policy.positions import Position, Span, statement_spans


def test_statements_are_found_by_line_and_column() -> None:
    text = '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {\n      "Sid": "]}"\n    }, {"Sid": "b"}\n  ]\n}'
    assert statement_spans(text) == (Span(Position(4, 5), Position(6, 6)), Span(Position(6, 8), Position(6, 20)))


def test_a_single_statement_needs_no_list() -> None:
    assert statement_spans('{"Id":"x","Statement":{"Sid":"a"},"Version":"v"}') == (
        Span(Position(1, 23), Position(1, 34)),
    )


@given(st.lists(st.dictionaries(st.text(max_size=3), st.lists(st.text(max_size=3))), min_size=1), st.integers(0, 4))
def test_what_stands_there_is_the_statement(statements: list[dict[str, list[str]]], indent: int) -> None:
    text = json.dumps({"Id": "{[", "Statement": statements, "Version": "]"}, indent=indent, ensure_ascii=False)
    lines = text.split("\n")

    def place(position: Position) -> int:
        return sum(len(line) + 1 for line in lines[: position.line - 1]) + position.column - 1

    found = [json.loads(text[place(span.start) : place(span.end)]) for span in statement_spans(text)]
    assert found == statements
