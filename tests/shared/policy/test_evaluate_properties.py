"""What holds of every decision, whatever the policies say."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.policy.evaluate import evaluate
from shared.policy.question import Question, Values
from tests.shared.policy.policies import ALICE, ROOT
from tests.shared.policy.questions import (
    CAROL,
    GRANT,
    OTHER_ROOT,
    PRINCIPALS,
    ROLE,
    SERVICE,
    SESSION,
    boundary,
    control,
    identity,
    key_policy,
    question,
    session,
)

CONDITIONS = st.sampled_from(
    [
        {},
        {"StringEquals": {"aws:username": "alice"}},
        {"StringNotLike": {"aws:username": "${aws:PrincipalTag/team}*"}},
        {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
        {"Null": {"aws:username": "true"}},
    ]
)
CONTEXTS: st.SearchStrategy[Mapping[str, Values]] = st.fixed_dictionaries(
    {},
    optional={
        "aws:username": st.sampled_from(["alice", "bob"]),
        "aws:principaltag/team": st.sampled_from(["al", "*"]),
        "aws:tagkeys": st.sampled_from([("a",), ("a", "c"), ()]),
    },
)
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Action": st.sampled_from(["*", "kms:*", "kms:E*", "kms:Decrypt"]),
        "Resource": st.sampled_from(["*", "arn:aws:kms:*:*:key/*", "arn:aws:kms:*:*:alias/*"]),
        "Condition": CONDITIONS,
    }
)
NAMES = st.sampled_from(
    ["*", *({"AWS": name} for name in (ROOT, ALICE, ROLE, SESSION, CAROL, OTHER_ROOT)), {"Service": SERVICE}]
)
NAMED = st.builds(lambda statement, principal: {**statement, "Principal": principal}, STATEMENTS, NAMES)
SOME = st.lists(STATEMENTS, min_size=1, max_size=3)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Question, dict[str, list[dict[str, Any]]]]:
    """A question, and the statements that it was made of."""
    parts = {"key": draw(st.lists(NAMED, min_size=1, max_size=3))}
    for name in draw(st.sets(st.sampled_from(["identity", "boundary", "session", "control"]))):
        parts[name] = draw(SOME)
    grants = (GRANT._replace(grantee_principal=draw(st.sampled_from([ALICE, ROLE, CAROL, OTHER_ROOT]))),)
    asked = question(draw(st.sampled_from(list(PRINCIPALS))), key_policy(), context=draw(CONTEXTS))
    return _with(asked._replace(grants=lambda: grants), parts), parts


def _with(asked: Question, parts: dict[str, list[dict[str, Any]]]) -> Question:
    policies = identity(*parts.get("identity", ()))
    return asked._replace(
        resource_policy=key_policy(*parts["key"]),
        identity=policies._replace(
            boundary=_made(boundary, parts, "boundary"),
            session=_made(session, parts, "session"),
            service_control=(control(*parts["control"]),) if "control" in parts else (),
        ),
    )


def _made(make: Any, parts: dict[str, list[dict[str, Any]]], name: str) -> Any:
    return make(*parts[name]) if name in parts else None


@given(questions(), st.data())
def test_another_deny_never_allows(made: tuple[Question, dict[str, list[dict[str, Any]]]], data: st.DataObject) -> None:
    asked, parts = made
    name = data.draw(st.sampled_from(sorted(parts)))
    more = {**data.draw(NAMED if name == "key" else STATEMENTS), "Effect": "Deny"}
    after = evaluate(_with(asked, {**parts, name: [*parts[name], more]}))
    assert evaluate(asked).allowed or not after.allowed


@given(questions())
def test_the_order_of_statements_decides_nothing(made: tuple[Question, dict[str, list[dict[str, Any]]]]) -> None:
    asked, parts = made
    turned = _with(asked, {name: statements[::-1] for name, statements in parts.items()})
    assert evaluate(turned).reason is evaluate(asked).reason


@given(questions(), st.sampled_from(["Encrypt", "kms:", ""]))
def test_a_policy_that_breaks_allows_nothing(
    made: tuple[Question, dict[str, list[dict[str, Any]]]], broken: str
) -> None:
    asked, _parts = made
    assert not evaluate(asked._replace(resource_policy=key_policy()._replace(text=broken))).allowed
