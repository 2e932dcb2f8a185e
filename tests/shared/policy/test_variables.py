"""What policy variables stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import MalformedPolicy
from shared.policy.glob import Pieces, Wildcard, any_of, joined
from shared.policy.question import Context
from shared.policy.text_comparisons import patterns
from shared.policy.variables import begins, resolved, resolved_text, template

CONTEXT: dict[str, str | tuple[str, ...]] = {
    "aws:username": "alice",
    "aws:principaltag/cost center": "7",
    "aws:userid": "*",
    "aws:tagkeys": ("a", "b"),
    "aws:principaltag/none": (),
    "aws:principaltag/empty": "",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${aws:username}", ("alice",)),
        ("${AWS:UserName}", ("alice",)),
        ("a/${aws:username}/*", ("a/", "alice", "/", Wildcard.MANY)),
        ("${aws:PrincipalTag/cost center}", ("7",)),
        ("${aws:userid}", ("*",)),
        ("${*}${?}${$}", ("*", "?", "$")),
        ("${aws:absent}", None),
        ("${aws:absent, 'x*'}", ("x*",)),
        ("${aws:absent,''}", ("",)),
        ("${aws:username, 'x'}", ("alice",)),
        ("${aws:PrincipalTag/empty, 'x'}", ("",)),
        ("${aws:TagKeys}", None),
        ("${aws:TagKeys, 'x'}", None),
        ("${aws:PrincipalTag/none, 'x'}", ("x",)),
        ("${aws:username}-${aws:absent}", None),
        ("$${aws:username}}", ("$", "alice", "}")),
    ],
)
def test_variables(text: str, expected: Pieces | None) -> None:
    assert resolved(template(text, wildcards=True), CONTEXT) == expected


@pytest.mark.parametrize(
    "text", ["${", "a${aws:username", "${}", "${ }", "${username}", "${aws:x, y}", "${aws:x, 'y}", "${aws:${aws:x}}"]
)
def test_variables_that_are_none(text: str) -> None:
    with pytest.raises(MalformedPolicy):
        template(text, wildcards=True)


def test_without_wildcards_a_star_is_a_star() -> None:
    assert resolved_text(template("*${aws:username}?", wildcards=False), CONTEXT) == "*alice?"


@pytest.mark.parametrize(
    ("text", "place"), [("alice/x", 6), ("alice", -1), ("bob/x", -1), ("alice/", 6), ("alicex/", -1)]
)
def test_how_far_a_text_agrees(text: str, place: int) -> None:
    assert begins(template("${aws:username}/*${aws:absent}", wildcards=True), text, CONTEXT) == place


_PARTS = st.lists(
    st.sampled_from(["a", "b", "*", "?", "${aws:username}", "${aws:team}", "${aws:none}", "${*}"]), max_size=6
)


@given(st.lists(_PARTS.map("".join), min_size=1, max_size=5), st.text("ab*?", max_size=6), st.text("ab*?", max_size=3))
def test_patterns_with_variables_match_what_each_says_for_itself(values: list[str], value: str, name: str) -> None:
    context: Context = {"aws:username": name, "aws:team": "ab"}
    said = [resolved(template(pattern, wildcards=True), context) for pattern in values]
    expected = any(parts is not None and any_of([joined(parts)])(value) for parts in said)
    assert patterns(tuple(values), True)(value, context) is expected
