"""How policies are written and put together says nothing: order, white space, escapes, lists of one."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.policy.evaluate import evaluate
from shared.policy.question import PolicyText
from tests.properties.policy_questions import UNREADABLE, answered_otherwise, questions
from tests.properties.policy_sets import SOME, Policy, PolicySet, policy_sets


@SOME
@given(policy_sets(), st.randoms(use_true_random=False))
def test_order_does_not_matter(found: PolicySet, chance: random.Random) -> None:
    def shuffled(values: list[Any]) -> list[Any]:
        return chance.sample(values, len(values))

    def mixed(policy: Policy) -> Policy:
        return policy if isinstance(policy, str) else shuffled(policy)

    other = found._replace(
        key_policy=mixed(found.key_policy),
        identity=shuffled([mixed(policy) for policy in found.identity]),
        session=None if found.session is None else shuffled([mixed(policy) for policy in found.session]),
        service_control=shuffled([shuffled(level) for level in found.service_control]),
        grants=shuffled(found.grants),
    )
    assert not answered_otherwise(questions(found), questions(other))


Rewrite = Callable[[dict[str, Any]], str]
REWRITES: list[Rewrite] = [
    lambda document: json.dumps(document, indent="\t"),
    lambda document: json.dumps(document, separators=(",", ":"), sort_keys=True),
    lambda document: json.dumps(_reversed(document)) + "\n",
    lambda document: "".join(f"\\u{ord(c):04x}" if c.isalpha() and quoted else c for c, quoted in _quoted(document)),
    lambda document: json.dumps({**document, "Statement": _unwrapped(document["Statement"])}),
    lambda document: json.dumps({**document, "Statement": [_listed(one) for one in document["Statement"]]}),
]


def _reversed(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: _reversed(value) for key, value in reversed(found.items())}
    return [_reversed(one) for one in found] if isinstance(found, list) else found


def _quoted(document: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """The letters of the text, and whether each stands in a string. No string of these has a quotation mark."""
    within = False
    for letter in json.dumps(document):
        within ^= letter == '"'
        yield letter, within


def _unwrapped(found: list[Any]) -> Any:
    return found[0] if len(found) == 1 else found


def _listed(statement: dict[str, Any]) -> dict[str, Any]:
    lists = ("Action", "NotAction", "Resource", "NotResource")
    return {key: [value] if key in lists and isinstance(value, str) else value for key, value in statement.items()}


@pytest.mark.parametrize("rewrite", REWRITES)
@settings(SOME, max_examples=4)
@given(found=policy_sets())
def test_formatting_does_not_matter(rewrite: Rewrite, found: PolicySet) -> None:
    for question in questions(found):
        policy, own = question.resource_policy, question.identity
        other = question._replace(
            resource_policy=_rewritten(policy, rewrite) if policy else None,
            identity=own._replace(policies=tuple(_rewritten(one, rewrite) for one in own.policies)),
        )
        assert evaluate(question).reason is evaluate(other).reason, (question, other)


def _rewritten(policy: PolicyText, rewrite: Rewrite) -> PolicyText:
    return policy if policy.name == UNREADABLE else policy._replace(text=rewrite(json.loads(policy.text)))
